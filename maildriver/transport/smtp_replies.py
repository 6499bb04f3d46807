"""The replies of an SMTP server, read strictly and in order (RFC 5321 4.2)."""

import asyncio
import re
from collections import deque
from dataclasses import dataclass

_LINE = re.compile(rb"([2-5][0-9][0-9])([ -]|$)(.*)", re.DOTALL)
_LONGEST = 64 * 1024  # bytes of one reply
_SHOWN = 500  # characters of a reply that are worth keeping
_HIGH_WATER = 64 * 1024  # bytes; TLS would let half a megabyte wait before it says stop


class LostError(Exception):
    """The connection ended, or what came over it is no SMTP; the text says which."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A code and its text, with the lines of a long reply joined."""

    code: int
    text: str

    @property
    def accepted(self) -> bool:
        """Whether the server does what was asked."""
        return 200 <= self.code < 300


class Replies(asyncio.Protocol):
    """Takes over a connection and hands out one reply after the other.

    A line that is no reply, or one that nobody has asked for, ends the connection: after
    that nobody could tell which reply answers which command.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self.lost: str | None = None  # why the connection is of no use any more
        self._transport = transport
        self._buffer = b""
        self._lines: list[bytes] = []
        self._size = 0  # bytes in _lines
        self._ready: deque[Reply] = deque()
        self._wanted = 0  # replies asked for and not yet handed out
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        transport.set_protocol(self)
        transport.set_write_buffer_limits(high=_HIGH_WATER)

    def expect(self, count: int) -> None:
        """Say that as many commands have been written."""
        self._wanted += count

    async def next(self, seconds: float) -> Reply:
        """Return the next reply; raise LostError if none comes in time or ever."""
        if (reply := self.early()) is not None:
            return reply
        try:
            async with asyncio.timeout(seconds):
                while not self._ready and self.lost is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.lose(f"no answer in {seconds:g} s")
        reply = self.early()
        if reply is None:
            raise LostError(self.lost)
        return reply

    def early(self) -> Reply | None:
        """Return a reply that has come already, without waiting.

        What came before the end still counts: servers refuse and hang up.
        """
        if not self._ready:
            return None
        self._wanted -= 1
        return self._ready.popleft()

    async def writable(self, seconds: float) -> None:
        """Wait until the server has taken most of what was written, and hear what it says."""
        await asyncio.sleep(0)  # a refusal must be read before a write finds the door closed
        if self._writable.is_set():
            return
        try:
            async with asyncio.timeout(seconds):
                await self._writable.wait()
        except TimeoutError:
            self.lose(f"nothing more was taken in {seconds:g} s")

    def lose(self, why: str) -> None:
        """End the connection at once; the first reason is the one that is kept."""
        if self.lost is None:
            self.lost = why
        self._transport.abort()
        self._news.set()
        self._writable.set()

    # -- called by the event loop ----------------------------------------------------

    def data_received(self, data: bytes) -> None:
        if self.lost is not None:
            return
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        for line in lines:
            if self.lost is None:
                self._take(line.removesuffix(b"\r"))
        if self._size + len(self._buffer) > _LONGEST:
            self.lose("the server's reply does not end")
        self._news.set()

    def eof_received(self) -> None:
        self.lose("the server closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        self.lose(f"the connection broke: {exc}" if exc else "the server closed the connection")

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _take(self, line: bytes) -> None:
        match = _LINE.fullmatch(line)
        if match is None or (self._lines and match[1] != self._lines[0][:3]):
            self.lose(f"the server sent {line[:80]!r}, which is no reply")
            return
        self._lines.append(line)
        self._size += len(line)
        if match[2] == b"-":
            return
        if len(self._ready) >= self._wanted:
            self.lose(f"the server said {line[:80]!r} though nothing was asked")
            return
        text = " ".join(each[4:].decode("utf-8", "replace").strip() for each in self._lines)
        self._ready.append(Reply(int(match[1]), shown(text)))
        if match[1] == b"354":
            self._wanted += 1  # for the content; it may come at once, as a refusal
        self._lines.clear()
        self._size = 0


def shown(text: str) -> str:
    """Return what a server said as one short line that can do no harm in a log or a table."""
    text = text[:_SHOWN]
    if not text.isprintable():
        text = "".join(char if char.isprintable() else " " for char in text)
    return text.strip()
