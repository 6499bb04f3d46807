"""Group commit for a sender's connections: fences, results and claims together.

For each message a connection writes twice to disk: a fence before the dot, and the result after
it. Both wait here until the last transaction is done, and join the next, in few statements
however many they are. So one commit carries the results of the last messages, the fences of the
current ones, and the claims of the next.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from maildriver import effects, failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain.delivery import (
    AccountPaused,
    Decision,
    Deferred,
    Failed,
    Held,
    Sent,
    Unsure,
)
from maildriver.domain.ids import MessageId
from maildriver.enrolment import bounces
from maildriver.errors import StoreError
from maildriver.outbound import account_pause
from maildriver.store import mail_accounts, outbox_claims
from maildriver.store.outbox_claims import Claimed

log = logging.getLogger(__name__)

#: Seconds that a result waits for a fence to share its commit. Until the commit, a kill means
#: that the message is sent again, so this is short.
_WAIT_FOR_FENCE = 0.001
_LAST = 2.0  # seconds to write the last results before the process ends
_RETRY = 1.0  # seconds until a failed write is tried again

Result = tuple[Claimed, Decision]


class _Fence(NamedTuple):
    message: Claimed
    allowed: asyncio.Future[bool]


@dataclass(slots=True)
class ResultWriter:
    """A writer of fences and results, which claims the next messages in the same commit."""

    db: DatabaseThread
    process: str
    now: Callable[[], datetime]
    claim: Callable[[sa.Connection], list[Claimed]]  # claims and returns the next messages
    on_claimed: Callable[[Sequence[Claimed]], None]  # receives the claimed messages
    busy_connections: Callable[[], int]  # the number of busy connections
    _results: list[Result] = field(default_factory=list)
    _fences: dict[MessageId, _Fence] = field(default_factory=dict)
    _fenced: dict[MessageId, Claimed] = field(default_factory=dict)  # may be on the wire
    _write_now: asyncio.Event = field(default_factory=asyncio.Event)  # write at once
    _writing: asyncio.Task[None] | None = None

    async def fence(self, message: Claimed) -> bool:
        """Record durably that a dot is about to be sent; return whether it may be sent."""
        if message.id in self._fences:  # a second claim, see `outbox_claims.fence`
            return False
        fence = _Fence(message, asyncio.get_running_loop().create_future())
        self._fences[message.id] = fence
        if len(self._fences) >= self.busy_connections():
            self._write_now.set()
        self._write_soon()
        return await fence.allowed

    def record(self, message: Claimed, decision: Decision) -> None:
        """Queue a message's result, which is written however long that takes."""
        self._results.append((message, decision))
        self._write_soon()

    async def flush(self) -> None:
        """Return when all recorded results are on disk, and the next messages are claimed."""
        while self._results or self._is_writing:
            self._write_now.set()
            self._write_soon()
            assert self._writing is not None
            await asyncio.shield(self._writing)

    async def close(self) -> None:
        """Write the last results; if the database refuses, these messages become unsure."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST):
                await self.flush()
        if self._writing is not None:
            self._writing.cancel()

    @property
    def _is_writing(self) -> bool:
        return self._writing is not None and not self._writing.done()

    def _write_soon(self) -> None:
        if not self._is_writing:
            self._writing = asyncio.create_task(self._write_all(), name="ledger")

    async def _write_all(self) -> None:
        while self._results or self._fences:
            await self._wait_for_all()
            answers, self._results = self._results, []
            fences, self._fences = self._fences, {}
            try:
                await self._write(answers, fences)
            except StoreError as error:
                log.warning("%d results wait to be written: %s", len(answers), error)
                self._results = answers + self._results
                await asyncio.sleep(_RETRY)
            except Exception:  # a fault of ours in one result must not lose the others
                log.exception("the results of %d messages broke", len(answers))
                await self._write_singly(answers)
            finally:
                for fence in fences.values():  # no dot without a durable fence
                    if not fence.allowed.done():
                        fence.allowed.set_result(False)

    async def _wait_for_all(self) -> None:
        """Return when all busy connections wait, or one has waited long enough.

        Writing for some while the others send costs more than it gains: two threads that work
        at the same time compete for the interpreter's lock.
        """
        if len(self._fences) < self.busy_connections():
            timer = asyncio.get_running_loop().call_later(_WAIT_FOR_FENCE, self._write_now.set)
            await self._write_now.wait()
            timer.cancel()
        self._write_now.clear()

    async def _write(self, answers: Sequence[Result], fences: Mapping[MessageId, _Fence]) -> None:
        allowed, claimed = await self.db.write(
            lambda conn: self.record_all(conn, answers, list(fences))
        )
        _reached("committed", answers, fences)
        self.note_committed(
            answers, [each.message for each in fences.values() if each.message.id in allowed]
        )
        self.on_claimed(claimed)
        for number, fence in fences.items():
            if not fence.allowed.done():
                fence.allowed.set_result(number in allowed)

    async def _write_singly(self, answers: Sequence[Result]) -> None:
        """Write each result alone: a faulty one stays dotted, and is unsure after a restart."""
        for answer in answers:
            try:
                await self._write([answer], {})
            except StoreError:
                self._results.append(answer)
            except Exception:  # a fault of ours: the next result is tried
                log.exception("%s: its result broke", answer[0].key)

    def record_all(
        self, conn: sa.Connection, answers: Sequence[Result], fences: Sequence[MessageId]
    ) -> tuple[set[MessageId], list[Claimed]]:
        """Write results and fences; return the ids whose dot may be sent, and new claims."""
        now = self.now()
        sent = {
            message.id: (decision.code, decision.text)
            for message, decision in answers
            if isinstance(decision, Sent)
        }
        if sent:
            taken = outbox_claims.record_sent(conn, sent, self.process, now)
            effects.apply(
                conn, [message.effect for message, _ in answers if message.id in taken], now
            )
        for message, decision in answers:
            if not self._is_reclaimed(message):
                _record_other(conn, message, self.process, decision, now)
        allowed = outbox_claims.fence(conn, fences, self.process) if fences else set[MessageId]()
        _reached("booked", answers, fences)
        return allowed, self.claim(conn)

    def note_committed(self, answers: Iterable[Result], fenced: Iterable[Claimed]) -> None:
        """Remember which fences are durable and not answered yet."""
        for message, _ in answers:
            if not self._is_reclaimed(message):
                self._fenced.pop(message.id, None)
        self._fenced |= {message.id: message for message in fenced}

    def put_back(self, conn: sa.Connection, messages: Iterable[Claimed]) -> None:
        """Put claimed messages that were not tried back into the outbox."""
        for message in messages:
            if not self._is_reclaimed(message):
                outbox_claims.release(conn, message.id, self.process)

    def _is_reclaimed(self, message: Claimed) -> bool:
        """Return whether a later claim of this process owns the row now.

        A process that was mistaken for dead may have claimed again a message that it still held.
        """
        return self._fenced.get(message.id, message) is not message


def _reached(how: str, results: Sized, fences: Sized) -> None:
    if results:
        failpoints.reached(f"ledger.answers_{how}")
    if fences:
        failpoints.reached(f"ledger.fences_{how}")


def _record_other(
    conn: sa.Connection, message: Claimed, process: str, decision: Decision, now: datetime
) -> None:
    number = message.id
    match decision:
        case Sent():
            pass
        case Deferred(code=code, text=text, until=until):
            outbox_claims.defer(conn, number, process, until=until, code=code, text=text)
        case Failed(code=code, text=text, address_is_bad=bad):
            if bad:
                bounces.count_bounce(conn, message.address, permanent=True, now=now)
            outbox_claims.set_aside(
                conn, number, process, state="failed", code=code, text=text, now=now
            )
        case Held(code=code, text=text):
            outbox_claims.set_aside(
                conn, number, process, state="held", code=code, text=text, now=now
            )
        case Unsure(text=text, until=until):
            outbox_claims.record_unsure(conn, number, process, until=until, text=text)
        case AccountPaused(text=text):
            outbox_claims.release(conn, number, process)
            mail_accounts.pause(conn, "smtp", now + account_pause.REFUSED_PAUSE[0], text)
