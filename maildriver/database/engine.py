"""A database, SQLite or PostgreSQL: one connection writes, another reads.

SQLite's defaults lose updates between processes (a read lock is upgraded too late), so every
writing transaction begins with BEGIN IMMEDIATE. It also holds a lock file, the *turn*: without
it, a second writer starves beside a busy sender (for 9.7 s; with it 24 ms).
"""

import fcntl
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import QueuePool

from maildriver.database import live_processes
from maildriver.errors import StoreError

T = TypeVar("T")

#: What runs on a connection in one transaction. It may run again after a rollback, so it must
#: change nothing but the database.
Work = Callable[[sa.Connection], T]

_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "busy_timeout=15000",
)

#: Seconds without a change, after which the connection is tested before use.
_IDLE_SECONDS = 1.0


class Database:
    """An open database. One thread at a time may write, and another may read."""

    def __init__(self, url: str, *, turn: Path | None = None) -> None:
        """Open the database at `url`; `turn` is the lock file that writers share."""
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = _WriterTurn(turn) if turn is not None else None
        self._writer = self._engine("BEGIN IMMEDIATE")
        self._reader = self._engine("BEGIN")
        self._writing = threading.Lock()
        self._kept_connection: sa.Connection | None = None  # the pool costs more than a change
        self._last_write_at = 0.0

    def write(self, work: Work[T]) -> T:
        """Return the result of `work`, once its changes are on the disk.

        Raises StoreError if the database cannot make them, for instance on a full disk.
        """
        with self._writing, self._turn or nullcontext(), _as_store_error():
            conn = self._connection()
            try:
                with conn.begin():
                    return work(conn)
            except BaseException:
                self._release_connection()
                raise

    def read(self, work: Work[T]) -> T:
        """Return the result of `work`, which sees one snapshot and must be short."""
        with _as_store_error(), self._reader.begin() as conn:
            return work(conn)

    def hold_lock(self, process: str) -> None:
        """Hold the lock of a process on the writing connection, also after a reconnect.

        On SQLite there is no such lock: see `live_processes`.
        """

        def take(connection: Any, _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute(live_processes.TAKE_LOCK, live_processes.lock_of(process))
            connection.commit()

        if not self.is_sqlite:
            sa.event.listen(self._writer, "connect", take)
            self._release_connection()
            self._writer.dispose()

    def close(self) -> None:
        """Close all connections."""
        self._release_connection()
        self._writer.dispose()
        self._reader.dispose()
        if self._turn is not None:
            self._turn.close()

    def _engine(self, begin: str) -> sa.Engine:
        if not self.is_sqlite:
            return sa.create_engine(self.url, pool_size=1, max_overflow=1, pool_pre_ping=True)
        # One connection, kept: to open the file and set the pragmas costs more than a write.
        engine = sa.create_engine(
            self.url,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            connect_args={"check_same_thread": False},
        )
        sa.event.listen(engine, "connect", _set_pragmas)
        sa.event.listen(engine, "begin", lambda conn: _driver_connection(conn).execute(begin))
        return engine

    def _connection(self) -> sa.Connection:
        """Return the writing connection."""
        now = time.monotonic()
        if now - self._last_write_at > _IDLE_SECONDS:
            self._release_connection()
        self._last_write_at = now
        if self._kept_connection is None:
            self._kept_connection = self._writer.connect()
        return self._kept_connection

    def _release_connection(self) -> None:
        """Return the connection to the pool, which tests it when it lends it again."""
        kept, self._kept_connection = self._kept_connection, None  # even if closing it fails
        if kept is not None:
            kept.close()


class _WriterTurn:
    """A blocking lock between processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        self._file.close()


def insert_new(conn: sa.Connection, table: sa.Table, **values: object) -> Any | None:
    """Insert a row; return its primary key, or None if one of its unique keys exists."""
    row = conn.execute(_insert_returning_key(table, conn.dialect.name), values).one_or_none()
    return None if row is None else row[0]


def insert_all_new(
    conn: sa.Connection, table: sa.Table, rows: Sequence[Mapping[str, object]]
) -> None:
    """Insert rows with the same columns, except those whose unique key exists."""
    if rows:
        conn.execute(insert_or_skip(table, conn.dialect.name), rows)


def insert_from(
    conn: sa.Connection, table: sa.Table, columns: Sequence[str], rows: sa.Select[Any]
) -> None:
    """Insert the rows of a query, except those whose unique key exists."""
    conn.execute(_insert(conn)(table).from_select(columns, rows).on_conflict_do_nothing())


@cache
def insert_or_skip(table: sa.Table, dialect: str) -> sa.Insert:
    """Return an INSERT that skips rows whose unique key exists."""
    statement: sa.Insert = _insert_of(dialect)(table).on_conflict_do_nothing()
    return statement


@cache
def _insert_returning_key(table: sa.Table, dialect: str) -> Any:
    key = next(iter(table.primary_key.columns))
    return insert_or_skip(table, dialect).returning(key)


def _insert(conn: sa.Connection) -> Callable[[sa.Table], Any]:
    """Return the dialect's own INSERT, which has ON CONFLICT."""
    return _insert_of(conn.dialect.name)


def _insert_of(dialect: str) -> Callable[[sa.Table], Any]:
    if dialect == "sqlite":
        return sqlite.insert
    from sqlalchemy.dialects import postgresql  # noqa: PLC0415 - loading it takes 25 ms

    return postgresql.insert


def _set_pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin transactions by itself
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _driver_connection(conn: sa.Connection) -> Any:
    """Return the driver's own connection."""
    return conn.connection.dbapi_connection


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except (sa.exc.OperationalError, sa.exc.InternalError, sqlite3.OperationalError) as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()
        raise StoreError(f"the database refused a change: {reason[0]}") from error
