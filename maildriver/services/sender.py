"""From the outbox to the wire: claim, deliver, fence, dot, record.

Each connection has at most one message between its dot and the recorded answer; that
is the whole window in which a kill can make a duplicate. See store.outbox for the states.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.actions import bounce, settle
from maildriver.domain.credential import Credential
from maildriver.domain.delivery import (
    MAX_UNSURE,
    Accepted,
    Broken,
    Decision,
    Deferred,
    Failed,
    Fenced,
    Held,
    LanePaused,
    Refused,
    Sent,
    Unanswered,
    Unsure,
    decide,
)
from maildriver.domain.quantity import Rate
from maildriver.errors import LaneError, StoreError
from maildriver.services import lane
from maildriver.services.attachments import Attachments
from maildriver.services.tell import Tell
from maildriver.store import claims, lanes
from maildriver.store.claims import Claimed
from maildriver.store.thread import DatabaseThread
from maildriver.transport.smtp import Connection, Smarthost, connect

log = logging.getLogger(__name__)

_REFUSED = "mail that the server did not take (see: maildriver held)"
_RETRY_RECORD = 1.0  # seconds between two tries to write a result the database did not take


@dataclass(slots=True)
class Sender:
    """Sends what is ready, over several connections at once."""

    db: DatabaseThread
    smarthost: Smarthost
    credential: Callable[[], Awaitable[Credential | None]]
    owner: str
    now: Callable[[], datetime]
    connections: int
    attachments: Attachments
    unsure_after: timedelta
    tell: Tell
    rates: Sequence[Rate] = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: list[Connection] = field(default_factory=list)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _owed: list[Claimed] = field(default_factory=list)
    _lane_open: bool = True

    @property
    def _going_on(self) -> bool:
        return self._lane_open and not self.stopping.is_set()

    async def step(self) -> bool:
        """Send all that may go now; return whether anything was sent or settled."""
        now = self.now()
        await self._put_back_owed()
        settled, self._lane_open, first = await self.db.write(lambda c: self._begin(c, now))
        if not first:
            await self.close()
            return settled > 0
        line = deque(first)
        try:
            await _all([self._work(line) for _ in first])
        finally:  # what was claimed and not tried is owed to the outbox, whatever went wrong
            self._owed += line
        await self._put_back_owed()
        return True

    async def close(self) -> None:
        """End the connections that nothing is sent on."""
        while self._idle:
            await self._idle.pop().close()

    async def _work(self, line: deque[Claimed]) -> None:
        """Send one message after the other over one connection, until none is left."""
        connection: Connection | None = None
        try:
            while self._going_on and line:
                message = line.popleft()
                try:
                    connection = await self._connected(connection)
                except LaneError as error:
                    line.append(message)
                    await self._pause_lane(error)
                    return
                except StoreError:
                    line.append(message)
                    raise
                if connection is None:
                    line.append(message)
                    return
                line.extend(await self._send(message, connection))
        finally:
            if connection is not None and connection.usable:
                self._idle.append(connection)

    async def _connected(self, connection: Connection | None) -> Connection | None:
        """Return a usable connection; None if the lane was closed meanwhile.

        One after the other: a wrong password must cost one login, not one for each.
        """
        if connection is not None and connection.usable:
            return connection
        while self._idle:
            if (idle := self._idle.pop()).usable:
                return idle
        async with self._connecting:
            if not self._going_on:
                return None
            connection = await connect(self.smarthost, await self.credential())
            self._idle.append(connection)  # found there again if the next line breaks
            await self.db.write(lambda conn: lanes.worked(conn, "smtp", self.now()))
            self._idle.remove(connection)
            return connection

    async def _send(self, message: Claimed, connection: Connection) -> list[Claimed]:
        """Send one message, write down what came of it, and claim the next one with that."""
        try:
            outcome = await connection.deliver(
                message.mail_from,
                message.address,
                await self.attachments.chunks(message.parts),
                fence=lambda: self._fence(message),
            )
        except Exception as error:
            # A fault of ours neither loses the message nor repeats for ever: it is counted.
            log.exception("%s: the attempt broke", message.key)
            connection.abort()
            broke = Broken("data", repr(error))
            return await self._record(message, self._decide(message, broke))
        except asyncio.CancelledError:
            connection.abort()
            raise
        if isinstance(outcome, Fenced):
            log.info("%s to=%s withdrawn before its dot", message.key, message.address)
            self._owed.append(message)
            return []
        decision = self._decide(message, outcome)
        log.info("%s to=%s %s", message.key, message.address, decision)
        return await self._record(message, decision)

    def _decide(
        self, message: Claimed, outcome: Accepted | Refused | Broken | Unanswered
    ) -> Decision:
        return decide(
            outcome, message.attempts, message.unsure_count, self.now(), self.unsure_after
        )

    async def _fence(self, message: Claimed) -> bool:
        try:
            return await self.db.write(lambda conn: claims.fence(conn, message.id, self.owner))
        except StoreError as error:
            log.warning("%s: not sent: %s", message.key, error)
            return False

    async def _record(self, message: Claimed, decision: Decision) -> list[Claimed]:
        """Write the decision down however long that takes: the server will not say it again."""
        now = self.now()

        def record(conn: sa.Connection) -> list[Claimed]:
            _write_decision(conn, message, self.owner, decision, now)
            if not self._going_on:
                return []
            return self._claim(conn, 1)

        if isinstance(decision, LanePaused):
            self._lane_open = False
            log.error("sending is paused: %s", decision.text)
        claimed = await self._write_whatever_it_takes(message, record)
        if isinstance(decision, Failed | Held):
            with contextlib.suppress(StoreError):  # it is in `status` all the same
                await self.tell(_REFUSED, f"The first is out-{message.id}: {decision.text}")
        return claimed

    async def _write_whatever_it_takes(
        self, message: Claimed, record: Callable[[sa.Connection], list[Claimed]]
    ) -> list[Claimed]:
        while True:
            try:
                return await self.db.write(record)
            except StoreError as error:
                log.warning("%s: its result waits to be written: %s", message.key, error)
                await asyncio.sleep(_RETRY_RECORD)

    def _begin(self, conn: sa.Connection, now: datetime) -> tuple[int, bool, list[Claimed]]:
        """Settle what was unsure, look whether the lane is open, and claim if it is."""
        settled = claims.settle_unsure(conn, now, MAX_UNSURE)
        is_open = lanes.get(conn, "smtp").open(now)
        may_claim = is_open and not self.stopping.is_set()
        return settled, is_open, self._claim(conn, self.connections) if may_claim else []

    def _claim(self, conn: sa.Connection, most: int) -> list[Claimed]:
        """Take what may go now, as far as the provider's rates allow."""
        now = self.now()
        allowed = claims.allowance(conn, self.rates, now, most)
        return claims.claim(conn, self.owner, now, allowed) if allowed else []

    async def _pause_lane(self, error: LaneError) -> None:
        self._lane_open = False
        await lane.pause(self.db, "smtp", error, self.now())

    async def _put_back_owed(self) -> None:
        """Give back what was claimed and not tried; it stays owed until that is on the disk."""
        owed = list(self._owed)
        if owed:
            await self.db.write(lambda conn: self._put_back(conn, owed))
            self._owed = [message for message in self._owed if message not in owed]

    def _put_back(self, conn: sa.Connection, messages: Iterable[Claimed]) -> None:
        for message in messages:
            claims.put_back(conn, message.id, self.owner)


def _write_decision(
    conn: sa.Connection, message: Claimed, owner: str, decision: Decision, now: datetime
) -> None:
    number = message.id
    match decision:
        case Sent(code=code, text=text):
            settle.apply(
                conn, claims.sent(conn, number, owner, code=code, text=text, now=now), now
            )
        case Deferred(code=code, text=text, until=until):
            claims.defer(conn, number, owner, until=until, code=code, text=text)
        case Failed(code=code, text=text, address_is_bad=bad):
            if bad:
                bounce.bounced(conn, message.address, permanent=True, now=now)
            claims.set_aside(conn, number, owner, state="failed", code=code, text=text, now=now)
        case Held(code=code, text=text):
            claims.set_aside(conn, number, owner, state="held", code=code, text=text, now=now)
        case Unsure(text=text, until=until):
            claims.unsure(conn, number, owner, until=until, text=text)
        case LanePaused(text=text):
            claims.put_back(conn, number, owner)
            lanes.pause(conn, "smtp", now + lane.REFUSED_PAUSE[0], text)


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Await all; if one breaks, the others still end their message first."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
