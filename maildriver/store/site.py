"""The one row that says who this site is, and whether its `run` lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.database.schema import site

#: How often a living `run` touches its row, and how long silence means that it is gone.
ALIVE_EVERY = timedelta(seconds=10)
GONE_AFTER = timedelta(seconds=35)


@dataclass(frozen=True, slots=True)
class Run:
    """The process that sends and polls."""

    started_at: datetime
    alive_at: datetime

    def lives(self, now: datetime) -> bool:
        """Tell whether it has touched its row lately."""
        return now - self.alive_at < GONE_AFTER


def key(conn: sa.Connection) -> bytes:
    """Return the key from which all tokens of this site are made."""
    return bytes(conn.execute(sa.select(site.c.signing_key)).scalar_one())


def last_run(conn: sa.Connection) -> Run | None:
    """Return the `run` that lives, or else the last one."""
    row = conn.execute(sa.select(site.c.run_started_at, site.c.run_alive_at)).one()
    return None if row.run_started_at is None else Run(row.run_started_at, row.run_alive_at)


def start_run(conn: sa.Connection, now: datetime) -> None:
    """Write down that a `run` begins now."""
    conn.execute(sa.update(site).values(run_started_at=now, run_alive_at=now))


def touch_run(conn: sa.Connection, now: datetime) -> None:
    """Write down that the `run` lives."""
    since = sa.func.coalesce(site.c.run_started_at, sa.literal(now, site.c.run_started_at.type))
    conn.execute(sa.update(site).values(run_alive_at=now, run_started_at=since))


def end_run(conn: sa.Connection) -> None:
    """Write down that no `run` lives any more."""
    conn.execute(sa.update(site).values(run_started_at=None, run_alive_at=None))
