"""The key of the site, and whether its `run` lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.database.schema import site

#: How often a living `run` updates its row, and the silence after which it counts as gone.
ALIVE_EVERY = timedelta(seconds=10)
GONE_AFTER = timedelta(seconds=35)


@dataclass(frozen=True, slots=True)
class Run:
    """The process that sends and polls."""

    started_at: datetime
    alive_at: datetime

    def is_alive(self, now: datetime) -> bool:
        """Return whether the process has updated its row lately."""
        return now - self.alive_at < GONE_AFTER


def signing_key(conn: sa.Connection) -> bytes:
    """Return the key that signs all tokens of this site."""
    return bytes(conn.execute(sa.select(site.c.signing_key)).scalar_one())


def last_run(conn: sa.Connection) -> Run | None:
    """Return the `run` that lives or was killed; None if the last one has ended."""
    row = conn.execute(sa.select(site.c.run_started_at, site.c.run_alive_at)).one()
    return None if row.run_started_at is None else Run(row.run_started_at, row.run_alive_at)


def start_run(conn: sa.Connection, now: datetime) -> None:
    """Record that a `run` begins now."""
    conn.execute(sa.update(site).values(run_started_at=now, run_alive_at=now))


def touch_run(conn: sa.Connection, now: datetime) -> None:
    """Record that the `run` lives."""
    since = sa.func.coalesce(site.c.run_started_at, sa.literal(now, site.c.run_started_at.type))
    conn.execute(sa.update(site).values(run_alive_at=now, run_started_at=since))


def end_run(conn: sa.Connection) -> None:
    """Record that the `run` has ended."""
    conn.execute(sa.update(site).values(run_started_at=None, run_alive_at=None))
