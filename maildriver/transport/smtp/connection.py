"""SMTP delivery: our own dialogue over a connection that aiosmtplib has opened.

MAIL, RCPT and DATA are written ahead as one group if the server allows pipelining (RFC 2920),
then the body; then the fence, and only after it the final dot. aiosmtplib sends body and dot
together, loses replies to commands written ahead, and copies each body several times.
"""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence

from maildriver import failpoints
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
from maildriver.transport.smtp.content import Envelope, check_envelope, slices, wire_content
from maildriver.transport.smtp.login import Smarthost, log_in
from maildriver.transport.smtp.replies import ConnectionLostError, Reply, ReplyReader

__all__ = ["Connection", "Envelope", "Smarthost", "connect"]

#: Called just before the dot, which is sent only if the result is True.
Fence = Callable[[], Awaitable[bool]]
#: Called with the dot, if the server allows pipelining: the next envelope, or None.
Following = Callable[[], Envelope | None]

_SLICE = 64 * 1024  # bytes; the event loop copies a larger piece as a whole
_GOODBYE = 2.0  # seconds
_STAGES: tuple[Stage, ...] = ("mail", "rcpt", "data")


def _no_following() -> None:
    return None


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
    """One session with the smarthost, which delivers messages one after the other."""

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
        self._replies = ReplyReader(transport)
        self._pipelining = pipelining
        self._size_limit = size_limit  # bytes; 0: the server has none
        self._announced: Envelope | None = None  # its commands were written with the last dot

    @property
    def usable(self) -> bool:
        """Whether the connection can deliver another message."""
        return self._replies.lost is None

    @property
    def free(self) -> bool:
        """Whether the connection can deliver any message: none was announced."""
        return self.usable and self._announced is None

    async def deliver(
        self,
        envelope: Envelope,
        chunks: Iterable[bytes],
        fence: Fence,
        following: Following = _no_following,
    ) -> Outcome:
        """Deliver one message and return the outcome.

        `chunks` are the message in order: 7-bit text with CRLF line ends, not dot-stuffed.
        The envelope from `following` must be delivered next, if the connection is still
        usable. Raises ValueError for an invalid envelope or message: a fault of ours.
        """
        parts = list(chunks)
        was_free = self.free
        try:
            if self._announced is None:
                check_envelope(envelope)
            content = wire_content(parts)
        except ValueError:
            if not was_free:
                self.abort()  # the server waits for this message
            raise
        if self._replies.lost is not None:
            return Broken("connect", self._replies.lost)
        if self._size_limit and sum(map(len, parts)) > self._size_limit:
            if not was_free:
                self.abort()
            return Refused("data", 552, f"5.3.4 the server takes {self._size_limit} bytes")
        try:
            refused = await self._envelope(envelope)
            if refused is not None:
                return refused
            return await self._content(content, fence, following)
        except BaseException:  # half a message is on the wire
            self.abort()
            raise

    async def close(self) -> None:
        """Send QUIT and close; the server's reply no longer matters."""
        if self.free:
            with contextlib.suppress(ConnectionLostError):
                self._write(b"QUIT\r\n", 1)
                await self._replies.next(_GOODBYE)
        self.abort()

    def abort(self) -> None:
        """Close the connection at once, so that an unfinished message is not accepted."""
        self._replies.lose("we ended the connection")

    # -- MAIL, RCPT, DATA --------------------------------------------------------------

    async def _envelope(self, envelope: Envelope) -> Outcome | None:
        """Send the envelope; return None if the server now waits for the content."""
        announced, self._announced = self._announced, None
        commands = _commands(envelope) if announced is None else ()
        if announced is not None:
            assert announced == envelope, "another message was announced"
        elif self._pipelining:
            self._write(b"".join(commands), len(commands))
            failpoints.reached("smtp.envelope_written")
        refusal: Refused | None = None
        for number, stage in enumerate(_STAGES):
            if not self._pipelining:
                if refusal is not None:
                    break
                self._write(commands[number], 1)
            try:
                reply = await self._replies.next(self._smarthost.timeout)
            except ConnectionLostError as error:
                self.abort()
                return refusal or Broken(stage, str(error))
            failpoints.reached(f"smtp.{stage}_answered")
            if reply.code == 354 and refusal is not None:
                self.abort()  # the server waits for a message without recipients (RFC 2920 3.1)
                return refusal
            if refusal is None and not _is_expected(stage, reply):
                refusal = self._refused(stage, reply)
        return refusal if refusal is None else await self._after_refusal(refusal)

    def _refused(self, stage: Stage, reply: Reply) -> Refused:
        if reply.code < 400:  # 250 to DATA, 354 to MAIL: replies and commands are out of step
            self.abort()
            return Refused(stage, 451, f"the server answered {reply.code} {reply.text}")
        if reply.code == 421:  # RFC 5321 3.8: the server closes the connection
            self.abort()
        return Refused(stage, reply.code, reply.text)

    async def _after_refusal(self, refusal: Refused) -> Refused:
        """Reset the connection for the next message; return the refusal."""
        if self.usable:
            self._write(b"RSET\r\n", 1)
            try:
                reply = await self._replies.next(self._smarthost.timeout)
            except ConnectionLostError:
                self.abort()
            else:
                if not reply.accepted:
                    self.abort()
        return refusal

    # -- the content, the fence, the dot -----------------------------------------------

    async def _content(
        self, content: Sequence[bytes], fence: Fence, following: Following
    ) -> Outcome:
        for number, piece in enumerate(slices(content, _SLICE)):
            if number:  # read a refusal before a write fails on a closed connection
                await asyncio.sleep(0)
            if (early := self._ended_early()) is not None:
                return early
            self._transport.write(piece)
            await self._replies.writable(self._smarthost.timeout)
            failpoints.reached("smtp.half_body_written")
        if (early := self._ended_early()) is not None:
            return early
        failpoints.reached("smtp.body_written")
        going = await fence()
        if (early := self._ended_early()) is not None:
            return early
        if not going:
            self.abort()
            return Fenced()
        failpoints.reached("smtp.fenced")
        self._write_dot(following)
        failpoints.reached("smtp.dotted")
        return await self._dot_reply()

    def _write_dot(self, following: Following) -> None:
        """Send the dot, and with it the commands of the next message (RFC 2920 3.1)."""
        after = following() if self._pipelining else None
        if after is None or not after.is_valid:
            self._transport.write(b".\r\n")
            return
        commands = _commands(after)
        self._announced = after
        self._replies.expect(len(commands))
        self._transport.write(b"".join((b".\r\n", *commands)))

    def _ended_early(self) -> Outcome | None:
        """Return the outcome if the server replied or left before the whole message; or None."""
        reply = self._replies.arrived()
        if reply is None and self._replies.lost is None:
            return None
        self.abort()
        if reply is None:
            return Broken("data", self._replies.lost or "")
        if reply.code < 400:
            return Broken("data", f"the server answered {reply.code} before the end")
        return Refused("data", reply.code, reply.text)

    async def _dot_reply(self) -> Outcome:
        try:
            reply = await self._replies.next(self._smarthost.dot_timeout)
        except ConnectionLostError as error:
            self.abort()
            return Unanswered(str(error))
        failpoints.reached("smtp.answered")
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


def _commands(envelope: Envelope) -> tuple[bytes, ...]:
    """Return the commands MAIL, RCPT and DATA, one for each stage."""
    return (
        b"MAIL FROM:<%b>\r\n" % envelope.mail_from.encode("ascii"),
        b"RCPT TO:<%b>\r\n" % envelope.rcpt_to.encode("ascii"),
        b"DATA\r\n",
    )


def _is_expected(stage: Stage, reply: Reply) -> bool:
    return reply.code == 354 if stage == "data" else reply.accepted
