"""The header of every mail we send, in one place, with the RFC of each field."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import decode_header
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Literal

from maildriver.domain.token import SiteAddress

Auto = Literal["generated", "replied"]

_LONGEST = 200
_ROUNDS = 3
#: Cc: controls; Cf: marks without a shape, such as those that turn the direction of text;
#: Zl, Zp: line and paragraph separators, which some programs take for line ends.
_DROPPED = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}


@dataclass(frozen=True, slots=True)
class Heading:
    """What the header of one mail says."""

    site: SiteAddress
    token: str
    sender: str  # the name shown: the course's or the site's
    to: str
    subject: str
    date: datetime
    language: str
    auto: Auto
    course: str = ""  # its slug; empty for mail that is of no course
    answers: str | None = None  # a Message-ID
    can_post: bool = True


def clean(text: str) -> str:
    """Return a text that can stand in a header and stays one line whoever decodes it.

    Python before 3.11.8 wrote a second header line for an encoded word in an encoded word
    (CVE-2024-6923), so what still looks like one after three rounds is refused.
    """
    for _ in range(_ROUNDS):
        if "=?" not in text:
            break
        text = _decoded(text)
    text = unicodedata.normalize("NFC", text.replace("=?", "= ?"))
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if char.isspace() or unicodedata.category(char) not in _DROPPED
    )
    return " ".join(kept.split())[:_LONGEST]


def _decoded(text: str) -> str:
    try:
        return "".join(
            part.decode(charset or "utf-8", "replace") if isinstance(part, bytes) else part
            for part, charset in decode_header(text)
        )
    except (LookupError, ValueError):  # HeaderParseError is a ValueError
        return text.replace("=?", "= ?")


def set_header(message: EmailMessage, heading: Heading) -> list[str]:
    """Write the header of a mail and return the names of its fields, in order."""
    fields = _fields(heading)
    for name, value in fields:
        message[name] = value
    return [name for name, _ in fields]


def _fields(heading: Heading) -> Sequence[tuple[str, str | Address | datetime]]:
    site, token = heading.site, heading.token
    reply_to = site.reply_to(token)
    fields: list[tuple[str, str | Address | datetime]] = [
        ("From", _sender(heading.sender, site.address)),  # RFC 5322 3.6.2
        ("To", heading.to),  # RFC 5322 3.6.3: one recipient, never a second
        ("Reply-To", reply_to),  # RFC 5322 3.6.2
        ("Subject", clean(heading.subject)),  # RFC 5322 3.6.5
        ("Date", heading.date),  # RFC 5322 3.6.1: when it was frozen
        ("Message-ID", site.message_id(token)),  # RFC 5322 3.6.4: the same at every attempt
        ("Auto-Submitted", f"auto-{heading.auto}"),  # RFC 3834 5
        # Exchange's own; `All` would silence the delivery reports that we want to read.
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        ("Content-Language", heading.language),  # RFC 3282
    ]
    if heading.answers:
        fields.append(("In-Reply-To", heading.answers))  # RFC 5322 3.6.4
        fields.append(("References", heading.answers))
    if heading.course:
        fields.append(("List-Id", f"<{heading.course}.{site.domain}>"))  # RFC 2919
        fields.append(("List-Unsubscribe", f"<mailto:{reply_to}?subject=leave>"))  # RFC 2369 3.2
        fields.append(("List-Help", f"<mailto:{reply_to}?subject=help>"))  # RFC 2369 3.1
        post = f"<mailto:{reply_to}>" if heading.can_post else "NO"
        fields.append(("List-Post", post))  # RFC 2369 3.4
    return fields


def _sender(name: str, address: str) -> Address:
    return Address(display_name=clean(name)[:80], addr_spec=address)
