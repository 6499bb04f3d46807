"""Release of the claims of dead processes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database import live_processes
from maildriver.database.thread import DatabaseThread
from maildriver.store import inbox_claims, outbox_claims

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """The service that finds dead processes and releases what they had claimed."""

    db: DatabaseThread
    process: str
    unsure_after: timedelta
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Release the claims of other processes that died; return whether one had died."""
        freed = await self.db.write(self._release_dead)
        if freed:
            failpoints.reached("recovery.committed")
        return freed

    async def begin_alone(self) -> None:
        """Release all claims: this is the only process, so they are its predecessor's."""
        await self.db.write(lambda conn: self._release(conn, None))
        failpoints.reached("recovery.committed")

    def _release_dead(self, conn: sa.Connection) -> bool:
        dead = live_processes.dead(conn, self.process)
        if dead:
            self._release(conn, dead)
        return bool(dead)

    def _release(self, conn: sa.Connection, dead: list[str] | None) -> None:
        failpoints.reached("recovery.begin")
        untouched, unsure = outbox_claims.recover(conn, self.now() + self.unsure_after, dead)
        inbox_claims.release(conn, dead)
        failpoints.reached("recovery.freed")
        if untouched or unsure:
            log.warning(
                "a process ended in the middle: %d messages were not sent yet, %d may have been",
                untouched,
                unsure,
            )
