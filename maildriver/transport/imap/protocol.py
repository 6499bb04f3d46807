"""Hardened aioimaplib protocol: every command ends in bounded time.

aioimaplib 2.0.3 hangs for ever when the connection drops, recurses once per received
line, drops `* ` from inside texts, and logs each chunk it receives. Its commands, tags
and states are sound. So the class below replaces how bytes are read (`data_received`)
and how a command waits (`run`, instead of `execute`), and keeps the rest; each method names
the fault that it repairs. One command runs at a time.
"""

import asyncio
import base64
import logging
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from aioimaplib import aioimaplib

from maildriver.errors import FloodError, UnreachableError
from maildriver.transport.imap.syntax import (
    LONGEST_LINE,
    Response,
    ResponseReader,
    TooMuchError,
    printable,
)

log = logging.getLogger(__name__)

#: A server that sends more slowly than this many bytes a second counts as silent.
SLOWEST = 16_000

_SMALL_LITERAL = 65_536  # an odd server writes a name or a text as a literal


@dataclass(frozen=True, slots=True)
class ResponseLimits:
    """How many bytes a server may send in answer to a command; more ends the connection."""

    literal: int = _SMALL_LITERAL  # in one literal
    line: int = LONGEST_LINE
    total: int = 4_000_000


_SMALL_RESPONSE = ResponseLimits()


class RefusedError(Exception):
    """The server answered NO or BAD, with this text."""


class _Command(aioimaplib.Command):
    def is_done(self) -> bool:
        return self._event.is_set()


class Protocol(aioimaplib.IMAP4ClientProtocol):
    """One connection, with one command at a time."""

    loop: Any  # upstream says None where it means "not yet"
    transport: Any
    pending_sync_command: Any

    def __init__(self, peer: str, timeout: float) -> None:
        super().__init__(asyncio.get_running_loop())
        self.greeting: bytes | None = None
        self.news = False  # a message may have come since this was last set to False
        self.unasked = 0  # responses that came while no command was waiting
        self._peer = peer
        self._timeout = timeout
        self._reader = ResponseReader()
        self._lost: str | None = None
        self._as: type[UnreachableError] = UnreachableError  # the error that a loss raises
        self._leaving = False
        self._stirred = asyncio.Event()  # bytes came, or the connection broke
        self._heard = self._now()
        self._received = 0
        self._untagged: list[Response] = []
        self._room = 0
        self._answers: deque[bytes] = deque()

    # -- bytes come in -------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Read all complete responses.

        Upstream recurses once per line (RecursionError at about 980, after which the
        command hangs), copies the rest for each line, and formats every chunk for a log.
        """
        if self._lost is not None:
            return
        self._heard = self._now()
        self._received += len(data)
        try:
            for response in self._reader.feed(data):
                self._handle(response)
        except TooMuchError as error:
            self._as = FloodError
            self.fail(f"{self._peer} sends {error}")
        except Exception as error:  # noqa: BLE001 - aioimaplib raises many kinds
            self.fail(f"{self._peer} sends what is not IMAP: {error}")
        self._stirred.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail the waiting command; upstream leaves it waiting for ever."""
        self.fail(f"{self._peer} closed the connection{f': {exc}' if exc else ''}")

    def fail(self, reason: str) -> None:
        """Break the connection off; the waiting and all later commands raise `reason`."""
        if self._lost is None:
            self._lost = reason
            self._stirred.set()
        if self.transport is not None:
            self.transport.abort()

    def _handle(self, response: Response) -> None:
        line = response[0]
        if self.greeting is not None and self.pending_sync_command is None:
            self.unasked += 1
        if self.greeting is None:
            # Upstream handles the greeting in a task whose errors are lost.
            self.greeting = line
        elif line.startswith(b"* "):
            self._handle_untagged(response)
        elif line.startswith(b"+"):
            self._continue()
        elif line:
            self._response_done(line)  # raises on a tag that is not ours

    def _handle_untagged(self, response: Response) -> None:
        # Upstream removes every "* " from the line, even within a subject.
        words = response[0].split(None, 2)
        if len(words) > 1 and words[1].upper() == b"BYE" and not self._leaving:
            self.fail(f"{self._peer} closes the connection: {printable(response[0][5:])}")
        elif len(words) == 3 and words[2].upper() == b"EXISTS":
            self.news = True
        if self.pending_sync_command is not None and not self._is_pending("IDLE"):
            self._room -= sum(map(len, response)) + 64
            if self._room <= 0:
                raise TooMuchError("more than was asked for")
            self._untagged.append(response)

    def _continue(self) -> None:
        """Note that IDLE has begun, or send the next answer of a login.

        Upstream does not answer the challenge that carries the reason of a refused XOAUTH2,
        and then waits for a NO that never comes (RFC 7628 3.2.3).
        """
        if self._answers:
            self._write(self._answers.popleft())
        elif self._is_pending("AUTHENTICATE"):
            self._write(b"")
        elif self._is_pending("IDLE"):
            self._idle_event.set()

    # -- commands go out -----------------------------------------------------------

    async def run(
        self, name: str, *words: str, prefix: str = "", room: ResponseLimits = _SMALL_RESPONSE
    ) -> list[Response]:
        """Return the untagged responses to a command; raise RefusedError if it is refused."""
        command = _Command(name, self.new_tag(), *words, prefix=prefix, loop=self.loop)
        with self._pending(command, room):
            self._write(str(command).encode())
            await self._wait_until(command.is_done)
        return self._result(command)

    async def authenticate(self, mechanism: str, answer: bytes) -> None:
        """Log in; the answer follows the server's challenge, which every server supports."""
        self._answers.append(base64.b64encode(answer))
        try:
            await self.run("AUTHENTICATE", mechanism)
        finally:
            self._answers.clear()

    async def idle_for(self, seconds: float) -> None:
        """Return as soon as there is news, or after `seconds` without any."""
        command = _Command("IDLE", self.new_tag(), loop=self.loop)
        self._idle_event.clear()
        with self._pending(command, _SMALL_RESPONSE):
            self._write(str(command).encode())
            # A server that is going away answers BYE or NO instead of "+".
            await self._wait_until(lambda: self._idle_event.is_set() or command.is_done())
            if not command.is_done():
                end = self._now() + seconds
                await self._wait_until(lambda: self._idle_ends(command, end), end)
                self._begin_waiting()  # the minutes of IDLE were no silence
                self._write(b"DONE")
                await self._wait_until(command.is_done)
        self._result(command)

    def _idle_ends(self, command: _Command, end: float) -> bool:
        return self.news or command.is_done() or self._now() >= end

    async def wait_greeting(self) -> bytes:
        """Return the first line that the server sends."""
        with self._bounded():
            await self._wait_until(lambda: self.greeting is not None)
        assert self.greeting is not None
        return self.greeting

    async def log_out(self, limit: float) -> None:
        """Send LOGOUT and close, in `limit` seconds at most."""
        self._leaving, self._timeout = True, min(limit, self._timeout)
        try:
            if self._lost is None:
                await self.run("LOGOUT")
        except (UnreachableError, RefusedError) as error:
            log.debug("%s: logout: %s", self._peer, error)
        finally:
            self.fail("this connection is closed")

    def is_quiet(self) -> bool:
        """Return whether the server has sent only answers so far."""
        return self.unasked == 0 and self._reader.is_empty()

    # -- waiting -------------------------------------------------------------------

    @contextmanager
    def _pending(self, command: _Command, room: ResponseLimits) -> Iterator[None]:
        """Make a command the one that awaits its answer.

        An abandoned command leaves the connection out of step, so the connection is broken
        off; upstream goes on with a connection on which everything then times out.
        """
        if self._lost is not None:
            raise self._as(self._lost)
        self._reader.longest_literal = max(room.literal, _SMALL_LITERAL)
        self._reader.longest_line = room.line
        self._untagged, self._room = [], room.total
        self.pending_sync_command = command
        with self._bounded():
            yield

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        self._begin_waiting()
        try:
            yield
        except UnreachableError as error:
            self.fail(str(error))
            raise
        except BaseException:
            self.fail(f"{self._peer}: a command was given up")
            raise

    def _begin_waiting(self) -> None:
        self._heard = self._began = self._now()
        self._received = 0

    async def _wait_until(self, condition: Callable[[], bool], end: float | None = None) -> None:
        """Return when `condition` holds, or at `end`; else raise UnreachableError in time."""
        while not condition():
            if self._lost is not None:
                raise self._as(self._lost)
            self._stirred.clear()
            try:
                async with asyncio.timeout_at(end or self._deadline()):
                    await self._stirred.wait()
            except TimeoutError:
                if end is None and self._now() >= self._deadline():
                    raise UnreachableError(f"{self._peer} does not answer") from None

    def _deadline(self) -> float:
        """Return the time to give up: after a silence, or if bytes come too slowly."""
        fair = self._began + self._timeout + self._received / SLOWEST
        return min(self._heard + self._timeout, fair)

    def _result(self, command: _Command) -> list[Response]:
        result, lines = command.response
        found, self._untagged = self._untagged, []
        if result.upper() == "OK":
            return found
        if result.upper() in ("NO", "BAD"):
            raise RefusedError(printable(lines[-1]))
        self.fail(f"{self._peer} answers what is not IMAP")
        raise UnreachableError(f"{self._peer} answers what is not IMAP")

    def _is_pending(self, name: str) -> bool:
        command = self.pending_sync_command
        return command is not None and command.name == name

    def _write(self, line: bytes) -> None:
        # Upstream logs each line, with passwords that it fails to recognise.
        self.transport.write(line + b"\r\n")

    def _now(self) -> float:
        return float(self.loop.time())
