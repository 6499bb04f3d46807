"""Freeing what a process had claimed that lives no more, so that the others go on with it."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver import crashpoint
from maildriver.store import claims, owners, taking
from maildriver.store.thread import DatabaseThread

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Recovery:
    """Looks for the dead among the owners of what is claimed."""

    db: DatabaseThread
    owner: str
    unsure_after: timedelta
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Free what the dead of many processes left; return whether there was anything."""
        freed = await self.db.write(self._free_dead)
        if freed:
            crashpoint.reached("recovery.committed")
        return freed

    async def begin_alone(self) -> None:
        """Free what the last process left: the only one there was."""
        await self.db.write(lambda conn: self._free(conn, None))
        crashpoint.reached("recovery.committed")

    def _free_dead(self, conn: sa.Connection) -> bool:
        dead = owners.dead(conn, self.owner)
        if dead:
            self._free(conn, dead)
        return bool(dead)

    def _free(self, conn: sa.Connection, dead: list[str] | None) -> None:
        crashpoint.reached("recovery.begin")
        untouched, unsure = claims.recover(conn, self.now() + self.unsure_after, dead)
        taking.give_back(conn, dead)
        crashpoint.reached("recovery.freed")
        if untouched or unsure:
            log.warning(
                "a process ended in the middle: %d messages were not sent yet, %d may have been",
                untouched,
                unsure,
            )
