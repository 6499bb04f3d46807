"""The test mail of `doctor`: writing, sending and finding it."""

import asyncio
import base64
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import compat32
from email.utils import format_datetime

from maildriver.domain.credential import Credential
from maildriver.domain.delivery import Accepted, Broken, Fenced, Refused, Unanswered
from maildriver.domain.token import SiteAddress
from maildriver.errors import (
    LoginError,
    MailAccountError,
    MaildriverError,
    TlsError,
    UnreachableError,
)
from maildriver.transport.imap.mailbox import ImapAccount, Mailbox, open_mailbox
from maildriver.transport.smtp.connection import Connection, Envelope, Smarthost, connect

#: Folders where providers put spam. Our IMAP client does not list folders, so each name is
#: tried.
SPAM_FOLDERS = ("INBOX", "Junk", "Spam", "INBOX.Junk", "INBOX.Spam", "Junk Email", "[Gmail]/Spam")

_LOOK_EVERY = 2.0  # seconds between two looks
_EARLIER_MESSAGES = 100  # messages to search that were in a folder before

#: Exchange and Outlook begin with a result in place of the name, so a name has no "=".
_AUTHSERV_ID = re.compile(r'\s*"?([A-Za-z0-9][A-Za-z0-9._-]{0,252})"?(?:\s+1)?\s*(?:;|\Z)')
_COMMENT = re.compile(r"\([^()]*\)")


@dataclass(frozen=True, slots=True)
class Probe:
    """A test mail to ourselves."""

    sender: str  # of the envelope
    recipient: str
    message_id: str
    subject: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Arrival:
    """A test mail that arrived, and what the servers on its way added."""

    probe: Probe
    folder: str
    return_path: str | None  # None: no server noted the envelope sender
    authserv_id: str
    signatures: tuple[str, ...]


def make_probe(own: SiteAddress, *, detail: bool, verp: bool) -> Probe:
    """Return a new test mail; `detail` puts one into the recipient, `verp` into the sender."""
    token = base64.b32encode(secrets.token_bytes(15)).decode("ascii").lower()
    recipient = own.reply_to(f"doctor-{secrets.token_hex(4)}") if detail else own.address
    subject = f"maildriver doctor, test mail {token[:8]}"
    fields = {
        "From": own.address,
        "To": recipient,
        "Subject": subject,
        "Date": format_datetime(datetime.now(UTC)),
        "Message-ID": own.message_id(token),
        "Auto-Submitted": "auto-generated",  # RFC 3834 5
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=us-ascii",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    body = "maildriver doctor sent this mail to see whether it comes.\r\nYou may delete it.\r\n"
    sender = own.reverse_path(token) if verp else own.address
    raw = f"{head}\r\n{body}".encode("ascii")
    return Probe(sender, recipient, own.message_id(token), subject, raw)


def read_arrival(probe: Probe, folder: str, header: bytes) -> Arrival | None:
    """Return the arrival if this is the header of the test mail, else None.

    Some providers replace the Message-ID, so an equal subject is enough.
    """
    mail = message_from_bytes(header, policy=compat32)
    subject = " ".join(str(mail.get("Subject", "")).split())
    if str(mail.get("Message-ID", "")).strip() != probe.message_id and subject != probe.subject:
        return None
    path = mail.get("Return-Path")
    results = [str(value) for value in mail.get_all("Authentication-Results", [])]
    return Arrival(
        probe,
        folder,
        None if path is None else str(path).strip().removeprefix("<").removesuffix(">"),
        read_authserv_id(results[0]) if results else "",
        tuple(str(value) for value in mail.get_all("DKIM-Signature", [])),
    )


def read_authserv_id(value: str) -> str:
    """Return the name of the server that wrote an Authentication-Results header, else ""."""
    match = _AUTHSERV_ID.match(_COMMENT.sub(" ", value))
    return match[1] if match else ""


# -- sending -----------------------------------------------------------------------


@dataclass(slots=True)
class Sender:
    """The SMTP client for test mails, with one connection, replaced only when it is lost."""

    smarthost: Smarthost
    credential: Callable[[], Awaitable[Credential | None]]
    connection: Connection | None = None

    async def open(self) -> None:
        """Log in; raise LoginError, TlsError or UnreachableError."""
        self.connection = await connect(self.smarthost, await self.credential())

    async def close(self) -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            await self.connection.close()

    async def send(self, probe: Probe) -> Refused | None:
        """Send a mail; return None if it was accepted, or the permanent refusal of an address."""
        if self.connection is None or not self.connection.usable:
            await self.open()
        assert self.connection is not None
        envelope = Envelope(probe.sender, probe.recipient)
        outcome = await self.connection.deliver(envelope, [probe.raw], _allow_dot)
        peer = self.smarthost.peer
        match outcome:
            case Accepted():
                return None
            case Fenced():
                raise AssertionError("nobody else sends this mail")
            case Broken(why=why) | Unanswered(why=why):
                raise UnreachableError(f"{peer} did not take the test mail: {why}")
            case Refused(code=code, text=text) if code < 500:
                raise UnreachableError(
                    f"{peer} takes no mail now: {code} {text}", hint="Try again later."
                )
            case Refused(stage="mail" | "rcpt"):
                return outcome
            case Refused(code=code, text=text):
                raise MaildriverError(
                    f"{peer} refuses the test mail: {code} {text}",
                    hint="Ask your mail provider what it has against this mail.",
                )


async def _allow_dot() -> bool:
    return True


# -- finding -----------------------------------------------------------------------


@dataclass(slots=True)
class Finder:
    """The mailboxes of the site, searched from their end at the time they were opened."""

    account: ImapAccount
    credential: Callable[[], Awaitable[Credential]]
    mailboxes: Mapping[str, Mailbox]
    _next: dict[str, int] = field(default_factory=dict)

    async def find(self, probes: Sequence[Probe], seconds: float) -> Arrival | None:
        """Return the first of these mails to arrive, in whatever folder; None if none arrives."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while True:
            for name, mailbox in self.mailboxes.items():
                first = self._next.setdefault(name, mailbox.uidnext)
                if arrival := await self._look(name, mailbox, probes, first):
                    return arrival
            if (left := end - loop.time()) <= 0:
                return await self._elsewhere(probes)
            await asyncio.sleep(min(_LOOK_EVERY, left))

    async def _look(
        self, name: str, mailbox: Mailbox, probes: Sequence[Probe], first: int
    ) -> Arrival | None:
        for header in await mailbox.headers(await mailbox.uids_from(first)):
            self._next[name] = header.uid + 1
            for probe in probes:
                if arrival := read_arrival(probe, name, header.header):
                    return arrival
        return None

    async def _elsewhere(self, probes: Sequence[Probe]) -> Arrival | None:
        for name in (each for each in SPAM_FOLDERS if each not in self.mailboxes):
            try:
                async with open_mailbox(self.account, await self.credential(), name) as mailbox:
                    first = max(1, mailbox.uidnext - _EARLIER_MESSAGES)
                    if arrival := await self._look(name, mailbox, probes, first):
                        return arrival
            except (LoginError, TlsError, UnreachableError):
                return None  # the server refuses another login
            except MailAccountError:
                continue  # there is no such folder
        return None
