"""The replies of an SMTP server, read strictly and in order (RFC 5321 4.2)."""

import asyncio
import re
from collections import deque
from dataclasses import dataclass

_LINE = re.compile(rb"([2-5][0-9][0-9])([ -]|$)(.*)")
_LONGEST = 64 * 1024  # of all lines of one reply


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

    def __init__(self) -> None:
        self.lost: str | None = None  # why the connection is of no use any more
        self._buffer = b""
        self._lines: list[bytes] = []
        self._ready: deque[Reply] = deque()
        self._wanted = 0  # replies asked for and not yet handed out
        self._news = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()

    def expect(self, count: int) -> None:
        """Say that as many commands have been written."""
        self._wanted += count

    async def next(self, seconds: float) -> Reply:
        """Return the next reply; raise LostError if none comes in time or ever."""
        try:
            async with asyncio.timeout(seconds):
                while not self._ready and self.lost is None:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            self.lost = f"no answer in {seconds:g} s"
        # What came before the end still counts: servers refuse and hang up.
        if self._ready:
            self._wanted -= 1
            return self._ready.popleft()
        raise LostError(self.lost or "closed")

    def early(self) -> Reply | None:
        """Return a reply that has come already, without waiting."""
        if not self._ready:
            return None
        self._wanted -= 1
        return self._ready.popleft()

    async def writable(self) -> None:
        """Wait until the server has taken most of what was written."""
        if self.lost is None:
            await self._writable.wait()

    # -- called by the event loop ----------------------------------------------------

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            self._take(line.rstrip(b"\r"))
        if len(self._buffer) + sum(map(len, self._lines)) > _LONGEST:
            self._lose("the server's reply does not end")
        self._news.set()

    def eof_received(self) -> bool:
        self._lose("the server closed the connection")
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose(f"the connection broke: {exc}" if exc else "the server closed the connection")

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def _take(self, line: bytes) -> None:
        if self.lost is not None:
            return
        match = _LINE.fullmatch(line)
        if match is None or (self._lines and match[1] != self._lines[0][:3]):
            self._lose(f"the server sent {line[:80]!r}, which is no reply")
            return
        self._lines.append(line)
        if match[2] == b"-":
            return
        text = " ".join(each[4:].decode("utf-8", "replace").strip() for each in self._lines)
        reply = Reply(int(match[1]), text[:500])
        self._lines.clear()
        if len(self._ready) >= self._wanted:
            self._lose(f"the server said {reply.code} though nothing was asked")
        else:
            self._ready.append(reply)

    def _lose(self, why: str) -> None:
        if self.lost is None:
            self.lost = why
        self._news.set()
        self._writable.set()
