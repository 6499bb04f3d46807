"""The SMTP and IMAP servers of a demo, in this process.

They listen on loopback. Nothing needs to be installed, and no mail can leave: the servers know
the mailboxes of the demo's people and refuse all others. The mailbox of the site is read by
IMAP, as a provider's would be.
"""

import asyncio
import email
from argparse import Namespace
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import EmailPolicy, Policy
from functools import cached_property
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session
from proxyprotocol.sock import SocketInfoLocal
from pymap.backend.dict import DictBackend, Identity
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.user import Passwords, UserMetadata

_LOOPBACK = "127.0.0.1"
_LARGEST = 50_000_000  # bytes of a message
_GREETING = "mail.example"

#: The options that pymap's own command line would have parsed.
_PYMAP = Namespace(
    host=[_LOOPBACK],
    port="0",
    cert=None,
    key=None,
    tls=False,
    debug=False,
    proxy_protocol=None,
    inherited_sockets=None,
    passlib_cfg=None,
    demo_data=False,
    demo_user="nobody",
    demo_password="nobody",  # noqa: S106 - of a mailbox that nobody uses
    skip_services=[],
)


class _ParseOncePolicy(EmailPolicy):
    """Parses each header once, together with the mail, and not at every access."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, Any]:
        """Return the name of a header, and its parsed value."""
        name, value = super().header_source_parse(sourcelines)
        return name, self.header_factory(name, value)


#: A policy is generic for type checkers alone.
_POLICY = cast("Policy[EmailMessage]", _ParseOncePolicy())


@dataclass(frozen=True)
class Delivery:
    """A message that has reached a mailbox."""

    at: datetime
    mail_from: str
    rcpt_to: str
    raw: bytes

    @cached_property
    def mail(self) -> EmailMessage:
        """The message, parsed once."""
        return email.message_from_bytes(self.raw, policy=_POLICY)


@dataclass(slots=True)
class MailSystem:
    """All mailboxes of the demo's world."""

    site: str  # the address whose mailbox is read by IMAP
    password: str
    now: Callable[[], datetime]
    smtp_port: int = 0
    imap_port: int = 0
    #: The mails of everybody else, by address, in the order of arrival.
    mailboxes: dict[str, list[Delivery]] = field(default_factory=dict)
    #: Mailboxes that refuse all mail for now.
    full: set[str] = field(default_factory=set)
    #: Mailboxes that were closed: mail to them is accepted first, and comes back later.
    closed: set[str] = field(default_factory=set)
    #: Mails since the last `collect_arrivals`: mailbox, mail, and whether it is in the mailbox.
    arrivals: list[tuple[str, Delivery, bool]] = field(default_factory=list)
    #: Whether new mail for the site has arrived, which IDLE would announce at once.
    site_has_mail: bool = False
    _backend: DictBackend | None = None

    async def handle_RCPT(  # noqa: N802 - as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: object
    ) -> str:
        """Return the reply to RCPT: whether there is such a mailbox."""
        owner = _mailbox_of(address)
        if owner in self.full:
            return "452 4.2.2 The mailbox is full"
        if owner != self.site and owner not in self.mailboxes:
            return "550 5.1.1 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 - the same
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Put a message into the mailboxes of its recipients; return the reply to the dot."""
        assert isinstance(envelope.original_content, bytes)
        for address in envelope.rcpt_tos:
            await self._deliver(envelope.mail_from or "", address, envelope.original_content)
        return "250 2.0.0 Delivered"

    async def _deliver(self, mail_from: str, address: str, content: bytes) -> None:
        trace = f"Return-Path: <{mail_from}>\r\nDelivered-To: {address}\r\n".encode()
        owner = _mailbox_of(address)
        if owner == self.site:
            await self._append(trace + content)
            return
        delivery = Delivery(self.now(), mail_from, address, trace + content)
        arrives = owner not in self.closed
        if arrives:
            self.mailboxes[owner].append(delivery)
        self.arrivals.append((owner, delivery, arrives))

    def collect_arrivals(self) -> list[tuple[str, Delivery, bool]]:
        """Return the mails that have arrived since the last call."""
        news, self.arrivals = self.arrivals, []
        return news

    async def _append(self, raw: bytes) -> None:
        assert self._backend is not None
        message = AppendMessage(raw, self.now(), frozenset())
        identity = Identity(self.site, self._backend.login, None, frozenset())
        async with identity.new_session() as session:
            await session.append_messages("INBOX", [message])
        self.site_has_mail = True

    async def _listen(self, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        smtp = await loop.create_server(
            lambda: SMTP(self, hostname=_GREETING, data_size_limit=_LARGEST, loop=loop),
            _LOOPBACK,
            0,
        )
        await stack.enter_async_context(smtp)
        self.smtp_port = smtp.sockets[0].getsockname()[1]

        self._backend, config = await DictBackend.init(_PYMAP)
        config.apply_context()
        # Loopback needs no encryption, and pymap has no public option for that.
        config._reject_insecure_auth = False  # type: ignore[attr-defined]  # noqa: SLF001
        password = await Passwords(config).hash_password(self.password)
        user = UserMetadata(config, self.site, password=password)
        await Identity(self.site, self._backend.login, None, frozenset()).set(user)
        server = IMAPServer(self._backend.login, config)
        talking: set[asyncio.Task[None]] = set()

        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # pymap's own listener keeps no reference to a connection: Python 3.13 collects it.
            task = asyncio.current_task()
            assert task is not None
            talking.add(task)
            try:
                await server(reader, writer, SocketInfoLocal(writer))
            finally:
                talking.discard(task)

        imap = await asyncio.start_server(talk, _LOOPBACK, 0)
        await stack.enter_async_context(imap)
        stack.push_async_callback(_cancel_all, talking)
        self.imap_port = imap.sockets[0].getsockname()[1]


@asynccontextmanager
async def mail_system(
    site: str, password: str, now: Callable[[], datetime]
) -> AsyncIterator[MailSystem]:
    """Provide a mail system on ports that the operating system picks."""
    async with AsyncExitStack() as stack:
        system = MailSystem(site, password, now)
        await system._listen(stack)  # noqa: SLF001 - its own maker
        yield system


async def _cancel_all(talking: set[asyncio.Task[None]]) -> None:
    for task in talking:
        task.cancel()
    await asyncio.gather(*talking, return_exceptions=True)


def _mailbox_of(address: str) -> str:
    """Return the mailbox of an address: `course@…` for `course+anything@…`."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"
