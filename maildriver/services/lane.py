"""Pausing a mail account that refuses us or is away."""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.errors import LaneError, UnreachableError
from maildriver.store import lanes
from maildriver.store.thread import DatabaseThread

log = logging.getLogger(__name__)

# A refused login is tried again rarely: providers lock accounts that try often.
REFUSED_PAUSE = (timedelta(minutes=15), timedelta(hours=1))
# A server that is away is looked for soon, then less and less.
AWAY_PAUSE = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 900))


async def pause(db: DatabaseThread, name: lanes.LaneName, error: LaneError, now: datetime) -> None:
    """Let nothing pass over a lane for a while, longer each time it fails again."""

    def write(conn: sa.Connection) -> datetime:
        failures = lanes.get(conn, name).failures
        steps = AWAY_PAUSE if isinstance(error, UnreachableError) else REFUSED_PAUSE
        until = now + steps[min(failures, len(steps) - 1)]
        lanes.pause(conn, name, until, str(error))
        return until

    until = await db.write(write)
    log.error("%s is paused until %s: %s", name, until.isoformat(timespec="seconds"), error)
