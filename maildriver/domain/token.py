"""The token of a message, and our addresses that contain it.

Every message we send has one token: in its Message-ID, in the address for replies, in the
envelope sender for bounces, and in its last line. Whoever presents a token has had our mail.
A token is a keyed hash of the message's natural key, so it survives retries, restarts and
restored backups, and nobody can guess another.
"""

import base64
import hmac
import re
from dataclasses import dataclass

#: The grammar of a token: base32 of 120 bits. Use `fullmatch`.
TOKEN = re.compile(r"[a-z2-7]{24}")

_BOUNCE = "b-"
#: What may follow a token: the number of the post that is answered, or `private`.
_ABOUT = re.compile(r"\d{1,12}|private")


def mint(site_key: bytes, key: str) -> str:
    """Return the token of the message with that natural key."""
    digest = hmac.digest(site_key, key.encode(), "sha256")
    return base64.b32encode(digest[:15]).decode("ascii").lower()


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """The parts of an address of ours: `course+detail@domain`."""

    token: str | None
    bounce: bool  # the address is an envelope sender of ours
    detail: str  # lower case; "" in the plain address
    about: str = ""  # after the token: the number of a post, or "private"


@dataclass(frozen=True, slots=True)
class SiteAddress:
    """The one address of a site, and the separator between its local part and a detail.

    `subaddress` is "" where the provider has no sub-addressing: a reply then comes to the
    plain address, and is recognised by the Message-IDs in its header.
    """

    address: str
    subaddress: str = "+"

    @property
    def domain(self) -> str:
        """The part after the @, in lower case."""
        return self.address.rpartition("@")[2].lower()

    def reply_to(self, token: str, about: str = "") -> str:
        """Return the address for replies to a message, or to one post in it."""
        return self._with_detail(f"{token}-{about}" if about else token)

    def reverse_path(self, token: str) -> str:
        """Return the envelope sender of a message, where its bounces go."""
        return self._with_detail(_BOUNCE + token)

    def message_id(self, token: str) -> str:
        """Return the Message-ID of a message, in its angle brackets."""
        return f"<{token}@{self.domain}>"

    def parse(self, address: str) -> ParsedAddress | None:
        """Return the parts of an address, or None if it is not ours. Case does not matter."""
        local, _, domain = address.strip().lower().rpartition("@")
        own = self.address.rpartition("@")[0].lower()
        if domain != self.domain:
            return None
        if local == own:
            return ParsedAddress(None, bounce=False, detail="")
        if not self.subaddress or not local.startswith(own + self.subaddress.lower()):
            return None
        detail = local[len(own) + len(self.subaddress) :]
        word = detail.removeprefix(_BOUNCE)
        if TOKEN.fullmatch(word):
            return ParsedAddress(word, bounce=word != detail, detail=detail)
        token, _, about = detail.partition("-")
        if TOKEN.fullmatch(token) and _ABOUT.fullmatch(about):
            return ParsedAddress(token, bounce=False, detail=detail, about=about)
        return ParsedAddress(None, bounce=False, detail=detail)

    def token_of(self, text: str) -> str | None:
        """Return the token in one Message-ID, or None if the Message-ID is not ours."""
        plain = text.strip().removeprefix("<").removesuffix(">").lower()
        token, _, domain = plain.rpartition("@")
        return token if domain == self.domain and TOKEN.fullmatch(token) else None

    def is_ours(self, address: str) -> bool:
        """Return whether mail to an address comes to this site."""
        return self.parse(address) is not None

    def _with_detail(self, detail: str) -> str:
        if not self.subaddress:
            return self.address
        local, _, domain = self.address.rpartition("@")
        return f"{local}{self.subaddress}{detail}@{domain}"
