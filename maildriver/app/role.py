"""The right to be the one process of a site that polls, plans and sends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from maildriver.errors import BusyError
from maildriver.store import sites
from maildriver.store.database import Database

_LOCK = 0x6D64_726F  # PostgreSQL's advisory locks are numbers


@contextmanager
def held_role(database: Database, var: Path) -> Iterator[None]:
    """Hold the role for as long as the context lasts; raise BusyError if another does.

    The lock goes with the process, however it ends. No clock has a say in it.
    """
    lock = _file_lock(var / "run.lock") if database.is_sqlite else _database_lock(database)
    with lock as taken:
        if not taken:
            run = database.read(sites.last_run)
            since = f" since {run.started_at:%Y-%m-%d %H:%M:%S} UTC" if run else ""
            raise BusyError(f"maildriver is already running here{since}")
        yield


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
    """Hold an advisory lock on a connection of its own, which TCP keepalive watches."""
    keepalive = {"keepalives_idle": 10, "keepalives_interval": 10, "keepalives_count": 3}
    engine = sa.create_engine(database.url, poolclass=sa.NullPool, connect_args=keepalive)
    with engine.connect() as conn:
        yield bool(conn.execute(sa.select(sa.func.pg_try_advisory_lock(_LOCK))).scalar_one())
    engine.dispose()
