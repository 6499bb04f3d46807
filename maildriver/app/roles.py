"""The right to do what only one process of a site may do at a time.

On SQLite one process does everything: it holds a lock file for life. On PostgreSQL there can be
many; each of the single services is done by whoever holds its lock, and the others stand by. A
lock goes with the process, however that ends. No clock has a say in it.
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

_LOCK = 0x6D64_726F  # PostgreSQL's advisory locks are numbers
_ROLES = 0x6D65  # or pairs of them; the first says that roles are meant
#: TCP watches the connection: of a host that was lost, the locks are free within a minute.
_KEEPALIVE = {"keepalives_idle": 10, "keepalives_interval": 10, "keepalives_count": 3}
_ASK_EVERY = 2.0  # seconds, for a lock that another holds, and whether ours still lives


@contextmanager
def held_alone(database: Database, var: Path) -> Iterator[None]:
    """Be the only process for as long as the context lasts; raise BusyError if one lives."""
    lock = _file_lock(var / "run.lock") if database.is_sqlite else _database_lock(database)
    with lock as taken:
        if not taken:
            run = database.read(site.last_run)
            since = f" since {run.started_at:%Y-%m-%d %H:%M:%S} UTC" if run else ""
            raise BusyError(f"maildriver is already running here{since}")
        yield


class Roles:
    """Which single services this process does, of those that it is asked for."""

    def __init__(self, database: Database) -> None:
        self._engine = sa.create_engine(
            database.url,
            poolclass=sa.NullPool,
            isolation_level="AUTOCOMMIT",
            connect_args=_KEEPALIVE,
        )
        self._connection: sa.Connection | None = None
        self._held: set[str] = set()
        self._asked: dict[str, float] = {}
        self._turn = asyncio.Lock()

    def only(self, role: str, step: Step) -> Step:
        """Return a step that is taken only while this process has that role."""

        async def step_if_held() -> bool:
            return await step() if await self.has(role) else False

        return step_if_held

    async def has(self, role: str) -> bool:
        """Tell whether this process has a role, after asking for it."""
        async with self._turn:
            if time.monotonic() - self._asked.get(role, -_ASK_EVERY) >= _ASK_EVERY:
                await asyncio.to_thread(self._ask, role)
                self._asked[role] = time.monotonic()
        return role in self._held

    def close(self) -> None:
        """Let go of everything, so that whoever stands by goes on at once."""
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()

    def _ask(self, role: str) -> None:
        """Ask for a lock, or whether the connection that holds it still lives."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            if role in self._held:
                self._connection.execute(sa.select(1))
                return
            lock = sa.func.pg_try_advisory_lock(_ROLES, _number(role))
            if self._connection.execute(sa.select(lock)).scalar_one():
                self._held.add(role)
                log.warning("%s: this process does it now", role)
        except sa.exc.OperationalError as error:
            log.warning("the database does not answer: %s", error.orig)
            self._held.clear()
            self._asked.clear()
            self._connection = None


def _number(role: str) -> int:
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
        yield bool(conn.execute(sa.select(sa.func.pg_try_advisory_lock(_LOCK))).scalar_one())
    engine.dispose()
