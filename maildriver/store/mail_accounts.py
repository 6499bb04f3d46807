"""The two mail accounts, smtp and imap, either of which may be paused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.schema import lane

LaneName = Literal["smtp", "imap"]


@dataclass(frozen=True, slots=True)
class Lane:
    """One account. Nothing passes while `paused_until` is in the future."""

    name: LaneName
    paused_until: datetime | None = None
    why: str = ""
    failures: int = 0  # in a row
    seen_at: datetime | None = None  # when it last worked

    def open(self, now: datetime) -> bool:
        """Tell whether anything may pass."""
        return self.paused_until is None or self.paused_until <= now


def get(conn: sa.Connection, name: LaneName) -> Lane:
    """Return the lane of that name, open if nothing was ever said about it."""
    row = conn.execute(sa.select(lane).where(lane.c.name == name)).one_or_none()
    if row is None:
        return Lane(name)
    return Lane(name, row.paused_until, row.why, row.failures, row.seen_at)


def pause(conn: sa.Connection, name: LaneName, until: datetime, why: str) -> None:
    """Let nothing pass before `until`."""
    insert_new(conn, lane, name=name)
    conn.execute(
        sa.update(lane)
        .where(lane.c.name == name)
        .values(paused_until=until, why=why, failures=lane.c.failures + 1)
    )


def worked(conn: sa.Connection, name: LaneName, now: datetime) -> None:
    """Write down that the account took us: the lane is open and has no failures."""
    insert_new(conn, lane, name=name)
    conn.execute(
        sa.update(lane)
        .where(lane.c.name == name)
        .values(paused_until=None, why="", failures=0, seen_at=now)
    )
