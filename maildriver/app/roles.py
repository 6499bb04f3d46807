"""Roles: services that one process at a time may run.

On SQLite one process does everything, and holds a lock file for life. On PostgreSQL there can
be many processes: each role belongs to the process that holds its lock, and the others stand
by. A lock ends with its process, however that ends; no lease expires by the clock.
"""

import asyncio
import fcntl
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from maildriver.app.loop import Step
from maildriver.database.engine import Database
from maildriver.errors import BusyError
from maildriver.store import site

log = logging.getLogger(__name__)

_RUN_LOCK = 0x6D64_726F  # PostgreSQL names an advisory lock by one number
_ROLE_LOCKS = 0x6D65  # or by two; this is the first of every role's lock
#: TCP keepalive: the locks of a host that is lost become free within a minute.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 10, "keepalives_count": 3}
_TRY_EVERY = 2.0  # seconds between two tries for a lock, or two checks of our own


@contextmanager
def single_process(database: Database, var: Path) -> Iterator[None]:
    """Hold the lock of a site's only process; raise BusyError if another process holds it."""
    lock = _file_lock(var / "run.lock") if database.is_sqlite else _database_lock(database)
    with lock as taken:
        if not taken:
            run = database.read(site.last_run)
            since = f" since {run.started_at:%Y-%m-%d %H:%M:%S} UTC" if run else ""
            raise BusyError(f"maildriver is already running here{since}")
        yield


class Roles:
    """The roles that this process holds."""

    def __init__(self, database: Database) -> None:
        self._engine = sa.create_engine(
            database.url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_KEEPALIVE,
        )
        self._connection: sa.Connection | None = None
        self._held: set[str] = set()
        self._tried_at: dict[str, float] = {}
        self._mutex = asyncio.Lock()

    def guard(self, role: str, step: Step) -> Step:
        """Return a step that does nothing unless this process has that role."""

        async def step_if_held() -> bool:
            return await step() if await self.has(role) else False

        return step_if_held

    async def has(self, role: str) -> bool:
        """Return whether this process has a role, after trying to get it."""
        async with self._mutex:
            if time.monotonic() - self._tried_at.get(role, -_TRY_EVERY) >= _TRY_EVERY:
                await asyncio.to_thread(self._try_lock, role)
                self._tried_at[role] = time.monotonic()
        return role in self._held

    def close(self) -> None:
        """Release all roles, so that a process that stands by goes on at once."""
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

    def _try_lock(self, role: str) -> None:
        """Try to get the lock of a role, or check that the connection holding it is alive."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            if role in self._held:
                self._connection.execute(sa.select(1))
                return
            lock = sa.func.pg_try_advisory_lock(_ROLE_LOCKS, _lock_number(role))
            if self._connection.execute(sa.select(lock)).scalar_one():
                self._held.add(role)
                log.warning("%s: this process does it now", role)
        except sa.exc.OperationalError as error:
            log.warning("the database does not answer: %s", error.orig)
            self._held.clear()
            self._tried_at.clear()
            self._connection = None


def _lock_number(role: str) -> int:
    return int.from_bytes(role.encode()[:3])


@contextmanager
def _file_lock(path: Path) -> Iterator[bool]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(descriptor)


@contextmanager
def _database_lock(database: Database) -> Iterator[bool]:
    """Hold an advisory lock on a connection of its own."""
    engine = sa.create_engine(database.url, poolclass=sa.NullPool, connect_args=_KEEPALIVE)
    with engine.connect() as conn:
        yield bool(conn.execute(sa.select(sa.func.pg_try_advisory_lock(_RUN_LOCK))).scalar_one())
    engine.dispose()
