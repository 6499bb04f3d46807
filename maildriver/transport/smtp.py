"""Delivering an envelope: our own dialogue over the connection that aiosmtplib has opened.

MAIL, RCPT and DATA are written ahead as one group where the server allows it (RFC 2920),
then the body; then the fence, and only after it the final dot. aiosmtplib sends body and dot
together, loses replies to commands written ahead, and copies each body several times.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from itertools import pairwise

from maildriver.domain.address import parse_address
from maildriver.domain.credential import Credential
from maildriver.domain.delivery import (
    Accepted,
    Broken,
    Fenced,
    Outcome,
    Refused,
    Stage,
    Unanswered,
)
from maildriver.errors import AddressError
from maildriver.transport.smtp_login import Smarthost, log_in
from maildriver.transport.smtp_replies import LostError, Replies, Reply

__all__ = ["Connection", "Smarthost", "connect"]

#: Asked just before the dot; only True lets it be sent.
Fence = Callable[[], Awaitable[bool]]

_SLICE = 64 * 1024  # larger pieces are copied by the event loop as a whole
_GOODBYE = 2.0  # seconds


async def connect(smarthost: Smarthost, credential: Credential | None) -> "Connection":
    """Return a connection that can deliver; raise LoginError, TlsError or UnreachableError."""
    transport, offered = await log_in(smarthost, credential)
    extensions = {name.lower(): value for name, value in offered.items()}
    limit = re.fullmatch(r"[0-9]{1,18}", extensions.get("size", ""))
    return Connection(
        smarthost,
        transport,
        pipelining="pipelining" in extensions,
        size_limit=int(limit[0]) if limit else 0,
    )


class Connection:
    """One session with the smarthost; it delivers one message after the other."""

    def __init__(
        self,
        smarthost: Smarthost,
        transport: asyncio.Transport,
        *,
        pipelining: bool,
        size_limit: int,
    ) -> None:
        self._smarthost = smarthost
        self._transport = transport
        self._replies = Replies(transport)
        self._pipelining = pipelining
        self._size_limit = size_limit  # bytes; 0: the server names none

    @property
    def usable(self) -> bool:
        """Whether another message can be delivered over it."""
        return self._replies.lost is None

    async def deliver(
        self, mail_from: str, rcpt_to: str, chunks: Iterable[bytes], fence: Fence
    ) -> Outcome:
        """Deliver one message and return how that ended.

        `chunks` are the message in order: 7-bit text with CRLF line ends, not dot-stuffed.
        Raises ValueError for what may not go on the wire; that is a fault of ours.
        """
        parts = [chunk for chunk in chunks if chunk]
        _check_envelope(mail_from, rcpt_to)
        _check_content(parts)
        if self._replies.lost is not None:
            return Broken("connect", self._replies.lost)
        if self._size_limit and sum(map(len, parts)) > self._size_limit:
            return Refused("data", 552, f"5.3.4 the server takes {self._size_limit} bytes")
        try:
            refused = await self._envelope(mail_from, rcpt_to)
            if refused is not None:
                return refused
            return await self._content(parts, fence)
        except BaseException:  # whatever it was, half a message is on the wire
            self.abort()
            raise

    async def close(self) -> None:
        """Say goodbye; what the server answers does not matter any more."""
        if self.usable:
            with contextlib.suppress(LostError):
                self._write(b"QUIT\r\n", 1)
                await self._replies.next(_GOODBYE)
        self.abort()

    def abort(self) -> None:
        """End the connection at once, so that an unfinished message is not taken."""
        self._replies.lose("we ended the connection")

    # -- MAIL, RCPT, DATA --------------------------------------------------------------

    async def _envelope(self, mail_from: str, rcpt_to: str) -> Outcome | None:
        """Name sender and recipient; return None if the server now waits for the content."""
        commands: list[tuple[Stage, bytes]] = [
            ("mail", b"MAIL FROM:<%b>\r\n" % mail_from.encode("ascii")),
            ("rcpt", b"RCPT TO:<%b>\r\n" % rcpt_to.encode("ascii")),
            ("data", b"DATA\r\n"),
        ]
        if self._pipelining:
            self._write(b"".join(line for _, line in commands), len(commands))
        refusal: Refused | None = None
        for stage, line in commands:
            if not self._pipelining:
                if refusal is not None:
                    break
                self._write(line, 1)
            try:
                reply = await self._replies.next(self._smarthost.timeout)
            except LostError as error:
                self.abort()
                return refusal or Broken(stage, str(error))
            if reply.code == 354 and refusal is not None:
                self.abort()  # it waits for a message that nobody may get (RFC 2920 3.1)
                return refusal
            if refusal is None and not _fits(stage, reply):
                refusal = self._refused(stage, reply)
        return refusal if refusal is None else await self._after_refusal(refusal)

    def _refused(self, stage: Stage, reply: Reply) -> Refused:
        if reply.code < 400:  # 250 to DATA, 354 to MAIL: we are not talking of the same thing
            self.abort()
            return Refused(stage, 451, f"the server answered {reply.code} {reply.text}")
        if reply.code == 421:  # RFC 5321 3.8: the server closes the connection
            self.abort()
        return Refused(stage, reply.code, reply.text)

    async def _after_refusal(self, refusal: Refused) -> Refused:
        """Make the connection fit for the next message."""
        if self.usable:
            self._write(b"RSET\r\n", 1)
            try:
                reply = await self._replies.next(self._smarthost.timeout)
            except LostError:
                self.abort()
            else:
                if not reply.accepted:
                    self.abort()
        return refusal

    # -- the content, the fence, the dot -----------------------------------------------

    async def _content(self, parts: Iterable[bytes], fence: Fence) -> Outcome:
        for chunk in _dot_stuffed(parts):
            for start in range(0, len(chunk), _SLICE):
                self._transport.write(memoryview(chunk)[start : start + _SLICE])
                await self._replies.writable(self._smarthost.timeout)
                if (early := self._ended_early()) is not None:
                    return early
        going = await fence()
        if (early := self._ended_early()) is not None:
            return early
        if not going:
            self.abort()
            return Fenced()
        self._transport.write(b".\r\n")
        return await self._answer()

    def _ended_early(self) -> Outcome | None:
        """Return what the server said, or that it went, before it had the whole message."""
        reply = self._replies.early()
        if reply is None and self._replies.lost is None:
            return None
        self.abort()
        if reply is None:
            return Broken("data", self._replies.lost or "")
        if reply.code < 400:
            return Broken("data", f"the server answered {reply.code} before the end")
        return Refused("data", reply.code, reply.text)

    async def _answer(self) -> Outcome:
        try:
            reply = await self._replies.next(self._smarthost.dot_timeout)
        except LostError as error:
            self.abort()
            return Unanswered(str(error))
        if reply.accepted:
            return Accepted(reply.code, reply.text)
        if reply.code < 400:
            self.abort()
            return Unanswered(f"the server answered {reply.code} {reply.text}")
        if reply.code == 421:
            self.abort()
        return Refused("dot", reply.code, reply.text)

    def _write(self, data: bytes, replies: int) -> None:
        self._replies.expect(replies)
        self._transport.write(data)


def _fits(stage: Stage, reply: Reply) -> bool:
    return reply.code == 354 if stage == "data" else reply.accepted


def _dot_stuffed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content so that no line of it is a lone dot (RFC 5321 4.5.2), ending in CRLF.

    A piece without a leading dot, such as an attachment, is the same object, not a copy.
    """
    tail = b"\r\n"
    for part in parts:
        chunk = part.replace(b"\r\n.", b"\r\n..")
        if tail == b"\r\n" and chunk.startswith(b"."):
            yield b"."
        elif tail.endswith(b"\r") and chunk.startswith(b"\n."):
            chunk = b"\n.." + chunk[2:]
        tail = (tail + part[-2:])[-2:]
        yield chunk
    if tail != b"\r\n":
        yield b"\r\n"


def _check_envelope(mail_from: str, rcpt_to: str) -> None:
    """Raise ValueError for an address that could mean something else on the wire than to us."""
    for address in (mail_from, rcpt_to) if mail_from else (rcpt_to,):
        try:
            exact = parse_address(address) == address
        except AddressError:
            exact = False
        if not exact:
            raise ValueError(f"{address!r} would not go on the wire as it stands")


def _check_content(parts: Sequence[bytes]) -> None:
    """Raise ValueError for content in which some server could see another end (RFC 5321 2.3.8).

    All line ends must be CRLF; there is no lone CR or LF, no NUL, no eighth bit.
    """
    ends = sum(part.count(b"\r\n") for part in parts)
    ends += sum(
        before.endswith(b"\r") and after.startswith(b"\n") for before, after in pairwise(parts)
    )
    for byte in (b"\r", b"\n"):
        if sum(part.count(byte) for part in parts) != ends:
            raise ValueError("the message has a line end that is not CRLF")
    if not all(part.isascii() and b"\0" not in part for part in parts):
        raise ValueError("the message is not seven-bit text")
