"""What the connections of a sender want written down: one transaction for all of them.

A connection needs two things of the disk for each message: a fence before its dot, and the
server's answer after it. Both wait here until the last transaction is done, and go with the
next, in few statements however many they are; so one commit carries the answers to the last
messages, the fences of those under way, and the claims of those that follow.
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
from maildriver.enrolment import bounces
from maildriver.errors import StoreError
from maildriver.outbound import account_pause
from maildriver.store import mail_accounts, outbox_claims
from maildriver.store.outbox_claims import Claimed

log = logging.getLogger(__name__)

#: How long an answer waits for a fence to go with. Until it is written down, a kill repeats
#: the message, so this is short.
_TOGETHER = 0.001
_LAST = 2.0  # seconds that the last answers get before the process ends
_RETRY = 1.0  # seconds between two tries to write an answer that the database did not take

Answer = tuple[Claimed, Decision]


class _Fence(NamedTuple):
    message: Claimed
    given: asyncio.Future[bool]


@dataclass(slots=True)
class Ledger:
    """Writes fences and answers, and claims what comes next with them."""

    db: DatabaseThread
    owner: str
    now: Callable[[], datetime]
    claim: Callable[[sa.Connection], list[Claimed]]  # what may be sent next
    take: Callable[[Sequence[Claimed]], None]  # is given what was claimed
    working: Callable[[], int]  # how many connections are at work
    _answers: list[Answer] = field(default_factory=list)
    _fences: dict[int, _Fence] = field(default_factory=dict)
    _fenced: dict[int, Claimed] = field(default_factory=dict)  # may be on the wire
    _asked: asyncio.Event = field(default_factory=asyncio.Event)  # somebody waits
    _writing: asyncio.Task[None] | None = None

    async def fence(self, message: Claimed) -> bool:
        """Write down that a dot is about to be sent; False if it must not be."""
        if message.id in self._fences:  # claimed twice, see `claims.fence`; one asks already
            return False
        fence = _Fence(message, asyncio.get_running_loop().create_future())
        self._fences[message.id] = fence
        if len(self._fences) >= self.working():
            self._asked.set()
        self._write_soon()
        return await fence.given

    def record(self, message: Claimed, decision: Decision) -> None:
        """Take what became of a message; it is written however long that takes."""
        self._answers.append((message, decision))
        self._write_soon()

    async def written(self) -> None:
        """Return when all that was recorded is on the disk, and the next are claimed."""
        while self._answers or self._is_writing:
            self._asked.set()
            self._write_soon()
            assert self._writing is not None
            await asyncio.shield(self._writing)

    async def close(self) -> None:
        """Write down what is left, unless the database does not take it: then a restart asks."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST):
                await self.written()
        if self._writing is not None:
            self._writing.cancel()

    @property
    def _is_writing(self) -> bool:
        return self._writing is not None and not self._writing.done()

    def _write_soon(self) -> None:
        if not self._is_writing:
            self._writing = asyncio.create_task(self._write_all(), name="ledger")

    async def _write_all(self) -> None:
        while self._answers or self._fences:
            await self._all_asked()
            answers, self._answers = self._answers, []
            fences, self._fences = self._fences, {}
            try:
                await self._write(answers, fences)
            except StoreError as error:
                log.warning("%d results wait to be written: %s", len(answers), error)
                self._answers = answers + self._answers
                await asyncio.sleep(_RETRY)
            except Exception:  # a fault of ours in one of them must not cost the others theirs
                log.exception("the results of %d messages broke", len(answers))
                await self._write_singly(answers)
            finally:
                for fence in fences.values():  # unless it is durable there is no dot
                    if not fence.given.done():
                        fence.given.set_result(False)

    async def _all_asked(self) -> None:
        """Return when all connections wait, or somebody has waited long enough.

        To write for a part of them while the others are on the wire costs more than it gains:
        two threads that work at the same time fight for the interpreter's lock.
        """
        if len(self._fences) < self.working():
            timer = asyncio.get_running_loop().call_later(_TOGETHER, self._asked.set)
            await self._asked.wait()
            timer.cancel()
        self._asked.clear()

    async def _write(self, answers: Sequence[Answer], fences: Mapping[int, _Fence]) -> None:
        allowed, claimed = await self.db.write(lambda conn: self.book(conn, answers, list(fences)))
        _reached("committed", answers, fences)
        self.booked(
            answers, [each.message for each in fences.values() if each.message.id in allowed]
        )
        self.take(claimed)
        for number, fence in fences.items():
            if not fence.given.done():
                fence.given.set_result(number in allowed)

    async def _write_singly(self, answers: Sequence[Answer]) -> None:
        """Let what breaks break alone: its row stays dotted, and is unsure at the next start."""
        for answer in answers:
            try:
                await self._write([answer], {})
            except StoreError:
                self._answers.append(answer)
            except Exception:  # the same: the next one is tried
                log.exception("%s: its result broke", answer[0].key)

    def book(
        self, conn: sa.Connection, answers: Sequence[Answer], fences: Sequence[int]
    ) -> tuple[set[int], list[Claimed]]:
        """Write it all down; return which dots may be sent, and what was claimed."""
        now = self.now()
        sent = {
            message.id: (decision.code, decision.text)
            for message, decision in answers
            if isinstance(decision, Sent)
        }
        if sent:
            taken = outbox_claims.sent(conn, sent, self.owner, now)
            effects.apply(
                conn, [message.effect for message, _ in answers if message.id in taken], now
            )
        for message, decision in answers:
            if not self._elsewhere(message):
                _book_other(conn, message, self.owner, decision, now)
        allowed = outbox_claims.fence(conn, fences, self.owner) if fences else set[int]()
        _reached("booked", answers, fences)
        return allowed, self.claim(conn)

    def booked(self, answers: Iterable[Answer], fenced: Iterable[Claimed]) -> None:
        """Take note of what is durable now: whose answers, and who may send its dot."""
        for message, _ in answers:
            if not self._elsewhere(message):
                self._fenced.pop(message.id, None)
        self._fenced |= {message.id: message for message in fenced}

    def put_back(self, conn: sa.Connection, messages: Iterable[Claimed]) -> None:
        """Give back what was claimed and not tried."""
        for message in messages:
            if not self._elsewhere(message):
                outbox_claims.put_back(conn, message.id, self.owner)

    def _elsewhere(self, message: Claimed) -> bool:
        """Whether the message is on the wire by another claim of ours, to which the row belongs.

        A process that was taken for dead and lives on may have claimed again what it still held.
        """
        return self._fenced.get(message.id, message) is not message


def _reached(how: str, answers: Sized, fences: Sized) -> None:
    if answers:
        failpoints.reached(f"ledger.answers_{how}")
    if fences:
        failpoints.reached(f"ledger.fences_{how}")


def _book_other(
    conn: sa.Connection, message: Claimed, owner: str, decision: Decision, now: datetime
) -> None:
    number = message.id
    match decision:
        case Sent():
            pass
        case Deferred(code=code, text=text, until=until):
            outbox_claims.defer(conn, number, owner, until=until, code=code, text=text)
        case Failed(code=code, text=text, address_is_bad=bad):
            if bad:
                bounces.bounced(conn, message.address, permanent=True, now=now)
            outbox_claims.set_aside(
                conn, number, owner, state="failed", code=code, text=text, now=now
            )
        case Held(code=code, text=text):
            outbox_claims.set_aside(
                conn, number, owner, state="held", code=code, text=text, now=now
            )
        case Unsure(text=text, until=until):
            outbox_claims.unsure(conn, number, owner, until=until, text=text)
        case AccountPaused(text=text):
            outbox_claims.put_back(conn, number, owner)
            mail_accounts.pause(conn, "smtp", now + account_pause.REFUSED_PAUSE[0], text)
