"""Replies of an SMTP server, parsed strictly and in order (RFC 5321 4.2)."""

import asyncio
import re
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

_LINE = re.compile(rb"([2-5][0-9][0-9])([ -]|$)(.*)", re.DOTALL)
_LONGEST = 64 * 1024  # bytes of one reply
_SHOWN = 500  # characters of a reply that are kept
_HIGH_WATER = 64 * 1024  # bytes; TLS would buffer half a megabyte before it pauses us


class ConnectionLostError(Exception):
    """The connection has ended, or the server does not speak SMTP; the text says which."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A code and its text, with the lines of a long reply joined."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """Whether the server accepts the command."""
        return 200 <= self.code < 300


class ReplyReader(asyncio.Protocol):
    """The reader of a connection, which returns one reply after the other.

    A malformed or unexpected reply ends the connection, because it would no longer be clear
    which reply answers which command.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.lost: str | None = None  # why the connection is no longer usable
        self._transport = transport
        self._buffer = b""
        self._lines: list[Reply] = []  # of a reply that is not complete
        self._size = 0  # bytes in _lines
        self._ready: deque[Reply] = deque()
        self._wanted = 0  # expected replies that were not returned yet
        self._waiter: asyncio.Future[None] | None = None  # of the task that waits
        self._paused = False  # the server reads more slowly than we write
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=_HIGH_WATER)

    def expect(self, count: int) -> None:
        """Expect `count` more replies, one for each command that is written."""
        self._wanted += count

    async def next(self, seconds: float) -> Reply:
        """Return the next reply; raise ConnectionLostError if none comes within `seconds`."""
        if not self._ready and self.lost is None:
            await self._wait(lambda: not self._ready, seconds, "no answer")
        reply = self.arrived()
        if reply is None:
            raise ConnectionLostError(self.lost)
        return reply

    def arrived(self) -> Reply | None:
        """Return a reply that has already come, without waiting; or None.

        A reply before the end of the connection counts: servers refuse and hang up.
        """
        if not self._ready:
            return None
        self._wanted -= 1
        return self._ready.popleft()

    async def writable(self, seconds: float) -> None:
        """Wait until the server has read most of what was written."""
        if self._paused:
            await self._wait(lambda: self._paused, seconds, "nothing more was taken")

    def lose(self, why: str) -> None:
        """Close the connection at once; of several reasons the first is kept."""
        if self.lost is None:
            self.lost = why
        self._transport.abort()
        self._wake()

    async def _wait(self, still: Callable[[], bool], seconds: float, else_lost: str) -> None:
        """Wait while `still` returns True; after `seconds` the connection is lost."""
        loop = asyncio.get_running_loop()
        timer = loop.call_later(seconds, self.lose, f"{else_lost} in {seconds:g} s")
        try:
            while still() and self.lost is None:
                self._waiter = loop.create_future()
                await self._waiter
        finally:
            timer.cancel()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    # -- called by the event loop ----------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.lost is not None:
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if self.lost is None:
                self._read_line(line.removesuffix(b"\r"))
        if self._size + len(self._buffer) > _LONGEST:
            self.lose("the server's reply does not end")
        if self._ready:
            self._wake()

    def eof_received(self) -> None:
        self.lose("the server closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        if exc is not None:
            self.data_received(self._last_bytes())
        self.lose(f"the connection broke: {exc}" if exc else "the server closed the connection")

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        self._wake()

    def _last_bytes(self) -> bytes:
        """Return the server's last bytes, if a write found the connection closed before a read.

        The event loop then reads no more, and the refusal that explains the end would be lost.
        Under TLS the refusal is lost, since only the loop can decrypt it.
        """
        connection = self._transport.get_extra_info("socket")
        if connection is None or self._transport.get_extra_info("ssl_object") is not None:
            return b""
        try:
            with connection.dup() as again:
                return bytes(again.recv(_LONGEST))
        except OSError:
            return b""

    def _read_line(self, line: bytes) -> None:
        read = _parse_line(line)
        if read is None or (self._lines and read.reply.code != self._lines[0].code):
            self.lose(f"the server sent {line[:80]!r}, which is no reply")
            return
        if read.more or self._lines:
            self._lines.append(read.reply)
            self._size += len(line)
        if read.more:
            return
        if len(self._ready) >= self._wanted:
            self.lose(f"the server said {line[:80]!r} though nothing was asked")
            return
        self._ready.append(_joined(self._lines) if self._lines else read.reply)
        if read.reply.code == 354:
            self._wanted += 1  # for the content: a refusal may come at once
        self._lines.clear()
        self._size = 0


class _Line(NamedTuple):
    """A line of a reply, and whether more lines follow."""

    reply: Reply
    more: bool


@lru_cache(maxsize=64)  # a server repeats the same few lines
def _parse_line(line: bytes) -> _Line | None:
    match = _LINE.fullmatch(line)
    if match is None:
        return None
    return _Line(
        Reply(int(match[1]), printable(match[3].decode("utf-8", "replace"))), match[2] == b"-"
    )


def _joined(lines: Sequence[Reply]) -> Reply:
    return Reply(lines[0].code, printable(" ".join(line.text for line in lines)))


def printable(text: str) -> str:
    """Return a server's text as one short line that is safe in a log or a table."""
    text = text[:_SHOWN]
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text.strip()
