"""Sending service, from outbox to SMTP: claim, deliver, fence, dot, record.

Each connection has at most one message between its dot and the recorded result; only a kill
in this window can cause a duplicate. See store.outbox for the states.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain.alerts import Alert
from maildriver.domain.credential import Credential
from maildriver.domain.delivery import (
    MAX_UNSURE,
    AccountPaused,
    Broken,
    Decision,
    Failed,
    Fenced,
    Held,
    Outcome,
    decide,
)
from maildriver.domain.quantity import Rate
from maildriver.errors import MailAccountError, StoreError
from maildriver.outbound import account_pause
from maildriver.outbound.result_writer import ResultWriter
from maildriver.outbound.shared_parts import SharedParts
from maildriver.store import mail_accounts, outbox_claims
from maildriver.store.outbox_claims import Claimed
from maildriver.transport.smtp.connection import (
    Connection,
    Envelope,
    Following,
    Smarthost,
    connect,
)

log = logging.getLogger(__name__)

_REFUSED = "mail that the server did not take (see: maildriver held)"


@dataclass(slots=True)
class Sender:
    """The service that sends ready messages over several connections at once."""

    db: DatabaseThread
    smarthost: Smarthost
    credential: Callable[[], Awaitable[Credential | None]]
    process: str
    now: Callable[[], datetime]
    connections: int
    shared_parts: SharedParts
    unsure_after: timedelta
    alert: Alert
    rates: Sequence[Rate] = ()
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _idle: list[Connection] = field(default_factory=list)
    _connecting: asyncio.Lock = field(default_factory=asyncio.Lock)
    _waiting: deque[Claimed] = field(default_factory=deque)  # claimed, not started
    _untried: list[Claimed] = field(default_factory=list)  # claimed, to be put back
    _account_open: bool = True
    _busy: int = 0  # busy connections
    results: ResultWriter = field(init=False)

    def __post_init__(self) -> None:
        """Create the writer of results."""
        self.results = ResultWriter(
            self.db,
            self.process,
            self.now,
            self._claim_next,
            self._waiting.extend,
            lambda: self._busy,
        )

    @property
    def _may_send(self) -> bool:
        return self._account_open and not self.stopping.is_set()

    async def step(self) -> bool:
        """Send all messages that are due; return whether any was claimed or settled."""
        now = self.now()
        self._mark_untried()  # claims that were made after a failed step
        await self._put_back_untried()
        failpoints.reached("sender.before_claim")
        settled, self._account_open, first = await self.db.write(
            lambda c: self._settle_and_claim(c, now)
        )
        if not first:
            await self.close()
            return settled > 0
        failpoints.reached("sender.claimed")
        self._waiting.extend(first)
        try:
            await _await_all([self._work() for _ in first])
            await self.results.flush()
        finally:  # whatever failed, messages that were not tried go back to the outbox
            self._mark_untried()
        await self._put_back_untried()
        return True

    async def close(self) -> None:
        """Write the last results, and close the idle connections."""
        await self.results.close()
        while self._idle:
            await self._idle.pop().close()

    async def _work(self) -> None:
        """Send messages one after the other over one connection, until none is left."""
        connection: Connection | None = None
        message: Claimed | None = None
        self._busy += 1
        try:
            while self._may_send and (message := message or await self._next()):
                connection = await self._connected(connection)
                if connection is None:
                    break
                current, message = message, None  # _send is responsible for it now
                message = await self._send(current, connection)
        except MailAccountError as error:
            await self._pause_account(error)
        finally:
            self._busy -= 1
            if message is not None:
                self._untried.append(message)
            if connection is not None and connection.free:
                self._idle.append(connection)
            elif connection is not None:
                connection.abort()

    async def _next(self) -> Claimed | None:
        """Return the next message; it may be claimed in the commit of the last results."""
        if not self._waiting:
            await self.results.flush()
        return self._waiting.popleft() if self._waiting and self._may_send else None

    async def _connected(self, connection: Connection | None) -> Connection | None:
        """Return a usable connection; None if the mail account was paused meanwhile.

        Logins go one at a time: a wrong password must cost one, not one for each connection.
        """
        if connection is not None and connection.usable:
            return connection
        while self._idle:
            if (idle := self._idle.pop()).usable:
                return idle
        async with self._connecting:
            if not self._may_send:
                return None
            connection = await connect(self.smarthost, await self.credential())
            failpoints.reached("sender.connected")
            try:
                await self.db.write(
                    lambda conn: mail_accounts.record_use(conn, "smtp", self.now())
                )
            except BaseException:
                self._idle.append(connection)  # reused later, or closed
                raise
            return connection

    async def _send(self, message: Claimed, connection: Connection) -> Claimed | None:
        """Send one message and record the result; return the announced next message, if any."""
        announced: list[Claimed] = []

        def following() -> Envelope | None:
            if not self._waiting or not self._may_send:
                return None
            announced.append(self._waiting.popleft())
            return _envelope(announced[0])

        try:
            outcome = await self._deliver(message, connection, following)
        except BaseException:
            self._untried += announced
            raise
        failpoints.reached("sender.answered")
        if isinstance(outcome, Fenced):
            log.info("%s to=%s withdrawn before its dot", message.key, message.address)
            self._untried.append(message)
        else:
            decision = decide(
                outcome, message.attempts, message.unsure_count, self.now(), self.unsure_after
            )
            log.info("%s to=%s %s", message.key, message.address, decision)
            await self._record(message, decision)
        return announced[0] if announced else None

    async def _deliver(
        self, message: Claimed, connection: Connection, following: Following
    ) -> Outcome:
        try:
            return await connection.deliver(
                _envelope(message),
                await self.shared_parts.pieces_of(message.parts),
                fence=lambda: self.results.fence(message),
                following=following,
            )
        except Exception as error:
            # A fault of ours neither loses the message nor repeats for ever: the attempt counts.
            log.exception("%s: the attempt broke", message.key)
            connection.abort()
            return Broken("data", repr(error))
        except asyncio.CancelledError:
            connection.abort()
            raise

    async def _record(self, message: Claimed, decision: Decision) -> None:
        if isinstance(decision, AccountPaused):
            self._account_open = False
            log.error("sending is paused: %s", decision.text)
        self.results.record(message, decision)
        if isinstance(decision, Failed | Held):
            await self.results.flush()
            with contextlib.suppress(StoreError):  # `status` shows it in any case
                await self.alert(_REFUSED, f"The first is out-{message.id}: {decision.text}")

    def _settle_and_claim(
        self, conn: sa.Connection, now: datetime
    ) -> tuple[int, bool, list[Claimed]]:
        """Settle unsure messages, and claim messages if the mail account is not paused."""
        outbox_claims.release_unconfirmed(conn, self.process)
        settled = outbox_claims.settle_unsure(conn, now, MAX_UNSURE)
        is_open = mail_accounts.get(conn, "smtp").is_open(now)
        may_claim = is_open and not self.stopping.is_set()
        return settled, is_open, self._claim_for_connections(conn) if may_claim else []

    def _claim_next(self, conn: sa.Connection) -> list[Claimed]:
        """Claim the next messages for the connections, unless these are to end."""
        return self._claim_for_connections(conn) if self._may_send else []

    def _claim_for_connections(self, conn: sa.Connection) -> list[Claimed]:
        """Claim one message for each connection, as far as the rates allow."""
        most = self.connections - len(self._waiting)
        if most <= 0:
            return []
        now = self.now()
        allowed = outbox_claims.allowance(conn, self.rates, now, most)
        return outbox_claims.claim(conn, self.process, now, allowed) if allowed else []

    async def _pause_account(self, error: MailAccountError) -> None:
        self._account_open = False
        await account_pause.pause(self.db, "smtp", error, self.now())

    def _mark_untried(self) -> None:
        self._untried += self._waiting
        self._waiting.clear()

    async def _put_back_untried(self) -> None:
        """Put untried messages back; they remain listed until the change is on disk."""
        owed = list(self._untried)
        if owed:
            await self.db.write(lambda conn: self.results.put_back(conn, owed))
            self._untried = [message for message in self._untried if message not in owed]


def _envelope(message: Claimed) -> Envelope:
    return Envelope(message.mail_from, message.address)


async def _await_all(work: Iterable[Awaitable[None]]) -> None:
    """Await all; if one fails, the others still finish their message first."""
    results = await asyncio.gather(*work, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
