"""Students who write to a site, for what becomes of their mail."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support.intake_site import with_a_packet

from maildriver.app.site import open_site
from maildriver.domain.token import SiteAddress
from maildriver.letters.writer import MailWriter

STUDENTS = 2


@dataclass(frozen=True, slots=True)
class Original:
    """A site in which each student has had a packet, to be copied."""

    database: bytes
    letters: MailWriter
    own: SiteAddress
    tokens: Sequence[tuple[str, str]]  # each student's address, and the token of their packet


@cache
def original() -> Original:
    """Return the one site that all courses of events begin with."""
    with tempfile.TemporaryDirectory(prefix="maildriver-") as name:
        folder = Path(name) / "site"
        _, tokens = with_a_packet(folder, STUDENTS)
        with open_site(folder) as site:
            letters, own = site.mail_writer(), site.address
        return Original(
            (folder / "var/maildriver.db").read_bytes(), letters, own, list(tokens.items())
        )


@dataclass(frozen=True, slots=True)
class Written:
    """A mail that somebody has written."""

    sender: str
    says: str
    raw: bytes
    about: int = 0  # the mail of which they say whose it is

    @property
    def is_post(self) -> bool:
        """Whether it is neither a command nor an answer to a question."""
        return self.says.startswith("I saw")


def written(number: int, sender: str, token: str, says: str, about: int = 0) -> Written:
    """Return a reply to one of our mails, with a Message-ID of that number."""
    name, domain = str(original().own.address).split("@")
    raw = (
        f"From: {sender}\nTo: {name}+{token}@{domain}\nSubject: Re: 1. The pole\n"
        f"Message-ID: <{number}@client.test>\n\n{says}\n"
    ).encode()
    return Written(sender, says, raw, about)
