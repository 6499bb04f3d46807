"""Three senders share the packets while they, and their PostgreSQL, are killed again and again.

A tenth of all messages meets a fault at the mail server as well. Here is a share of it; the
whole is `make torture`.
"""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg
import pytest
from bench.site import planned
from support.deadlines import wait_until
from support.fork_server import Child
from support.servers.postgres import Postgres
from support.servers.sink_process import SinkProcess
from support.site import TestSite
from torture.truth import FAULTS, PATIENCE, SEED, WHOLE, check, hurry, in_state, report

from maildriver.errors import StoreError

PACKETS = 10_000 if WHOLE else 400
WORKERS, CONNECTIONS = 3, 8
WORKER_KILLS, BACKEND_KILLS, STOPS = (60, 20, 10) if WHOLE else (4, 2, 1)


class Torture:
    """Three workers on one database, and what is done to them and to it."""

    def __init__(self, site: TestSite, server: SinkProcess, postgres: Postgres, name: str) -> None:
        self.site, self.server, self.postgres, self.name = site, server, postgres, name
        self.workers: list[Child] = []
        self._random = random.Random(SEED)

    def go(self) -> None:
        """Let some messages go between any two of the faults, and all the others after them."""
        faults: list[Callable[[], None]] = [
            *[self._kill_a_worker] * WORKER_KILLS,
            *[self._kill_a_backend] * BACKEND_KILLS,
            *[self._stop_postgres] * STOPS,
        ]
        self._random.shuffle(faults)
        self.workers = [self._start() for _ in range(WORKERS)]
        for fault in faults:
            more = self._random.randint(1, PACKETS * 8 // 5 // len(faults))
            enough = min(self.server.count() + more, PACKETS * 9 // 10)
            self._wait(partial(self._goes_on, enough), PATIENCE)
            fault()
        self._wait(partial(self._goes_on, 10 * PACKETS), 600)

    def end(self) -> None:
        """Kill whoever still works."""
        for worker in self.workers:
            worker.kill()
            worker.wait()

    def _wait(self, condition: Callable[[], bool], limit: float) -> None:
        """Wait; to ask this database takes three connections, so that is done seldom."""
        wait_until(condition, limit, "nothing goes on", every=0.2)

    def _start(self) -> Child:
        return self.site.start("run", "--only", "sender")

    def _goes_on(self, enough: int) -> bool:
        """Whether enough has gone, or all; nobody waits, and whoever has ended is replaced."""
        self._replace_the_ended()
        with contextlib.suppress(StoreError):  # it may be starting again
            if in_state(self.site, "sent", "held") == PACKETS:
                return True
            hurry(self.site)
        return self.server.count() >= enough

    def _replace_the_ended(self) -> None:
        self.workers = [each if each.poll() is None else self._start() for each in self.workers]

    def _kill_a_worker(self) -> None:
        victim = self.workers.pop(self._random.randrange(WORKERS))
        victim.kill()
        victim.wait()
        self.workers.append(self._start())

    def _kill_a_backend(self) -> None:
        number = self._random.randrange(100)
        self._wait(partial(self._killed, number), PATIENCE)

    def _killed(self, number: int) -> bool:
        self._replace_the_ended()
        with contextlib.suppress(psycopg.OperationalError):  # still recovering from the last
            return self.postgres.kill_backend(self.name, number)
        return False

    def _stop_postgres(self) -> None:
        self.postgres.stop_at_once()
        self.postgres.start()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """One of its own: it is killed."""
    server = Postgres(fsync=True)
    server.up()
    yield server
    server.down()


@pytest.mark.timeout(1800)
def test_nothing_is_lost_however_often_workers_and_database_are_killed(
    tmp_path: Path, postgres: Postgres
) -> None:
    name = postgres.create()
    site, _ = planned(tmp_path / "site", 5, PACKETS, postgres.url(name))
    server = SinkProcess(tmp_path)
    start = time.monotonic()
    with server.running(seed=SEED, faults=FAULTS):
        site.write_settings(
            "course@example.org", smtp=server.port, imap=1, database=postgres.url(name)
        )
        torture = Torture(site, server, postgres, name)
        try:
            torture.go()
        finally:
            torture.end()
    found = report(site, server, WORKER_KILLS + BACKEND_KILLS + STOPS, 0, start)

    assert found.packets == PACKETS
    check(found)
