"""The thread that writes, with a group commit, and the one that reads.

A commit costs a disk flush, whatever it holds. So changes that arrive while one commit is on its
way to the disk share the next one (group commit): measured at two to four times the rate of an
asynchronous driver. `Database` says what a transaction is.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from maildriver.database.engine import Database, Work

T = TypeVar("T")

#: Other processes wait while a transaction is open, so after this no more changes join it.
BATCH_SECONDS = 0.025


@dataclass(slots=True)
class _Request:
    """A change or a query that waits, and its result."""

    work: Work[Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    value: Any = None
    error: BaseException | None = None

    def resolve(self) -> None:
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.value)


class DatabaseThread:
    """A database whose results coroutines can await."""

    def __init__(self, database: Database) -> None:
        """Start two threads: one for changes, one for queries."""
        self.database = database
        self._changes: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._reads: queue.SimpleQueue[_Request | None] = queue.SimpleQueue()
        self._threads = (
            threading.Thread(target=self._write_all, name="database", daemon=True),
            threading.Thread(target=self._read_all, name="database-reader", daemon=True),
        )
        for thread in self._threads:
            thread.start()

    async def write(self, work: Work[T]) -> T:
        """Return the result of `work`, once its changes are on the disk."""
        return await self._wait(self._changes, work)

    async def read(self, work: Work[T]) -> T:
        """Return the result of `work`, a short query."""
        return await self._wait(self._reads, work)

    def close(self) -> None:
        """End both threads, after they have done what waits already."""
        self._changes.put(None)
        self._reads.put(None)
        for thread in self._threads:
            thread.join()

    async def _wait(self, requests: queue.SimpleQueue[_Request | None], work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        requests.put(_Request(work, future, loop))
        return await future  # to cancel it ends the waiting, not the change

    def _read_all(self) -> None:
        while (waiting := self._reads.get()) is not None:
            _run_one(self.database.read, waiting)
            _wake([waiting])

    def _write_all(self) -> None:
        while (first := self._changes.get()) is not None:
            batch = [first]
            if not self._write_batch(batch):
                # One of them failed, which rolled back the others: run each by itself.
                for waiting in batch:
                    _run_one(self.database.write, waiting)
            _wake(batch)

    def _write_batch(self, batch: list[_Request]) -> bool:
        """Run `batch` and what arrives meanwhile in one transaction; return whether it worked."""

        def all_waiting(conn: sa.Connection) -> None:
            until = time.monotonic() + BATCH_SECONDS
            waiting: _Request | None = batch[0]
            while waiting is not None:
                waiting.value = waiting.work(conn)
                if time.monotonic() > until:
                    return
                waiting = self._next_change()
                if waiting is not None:
                    batch.append(waiting)

        try:
            self.database.write(all_waiting)
        except Exception:  # noqa: BLE001 - raised in the callers by the second try
            return False
        return True

    def _next_change(self) -> _Request | None:
        try:
            waiting = self._changes.get_nowait()
        except queue.Empty:
            return None
        if waiting is None:
            self._changes.put(None)  # found again after this batch
        return waiting


def _run_one(run: Callable[[Work[Any]], Any], waiting: _Request) -> None:
    waiting.error = None
    try:
        waiting.value = run(waiting.work)
    except Exception as error:  # noqa: BLE001 - raised in the caller, in its own thread
        waiting.error = error


def _wake(batch: list[_Request]) -> None:
    for loop in {waiting.loop for waiting in batch}:
        if not loop.is_closed():
            mine = [waiting for waiting in batch if waiting.loop is loop]
            loop.call_soon_threadsafe(_resolve_all, mine)


def _resolve_all(batch: list[_Request]) -> None:
    for waiting in batch:
        waiting.resolve()
