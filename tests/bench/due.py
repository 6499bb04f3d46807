"""What it costs to find who is due, in classes of ten thousand, a hundred thousand and a million.

A thousand are due in each, so the cost should be the same. On SQLite and on PostgreSQL.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from support.servers.postgres import Postgres

from maildriver.database.engine import Database
from maildriver.database.migrate import prepare
from maildriver.database.schema import enrolment, student
from maildriver.store import enrolments

SIZES = (10_000, 100_000, 1_000_000)
DUE = 1000
_AT_ONCE = 10_000
_ROUNDS = 21
NOW = datetime(2026, 11, 24, 7, 30, tzinfo=UTC)


def main() -> None:
    table = Table(title=f"{DUE} due, of all enrolments: milliseconds")
    for title in ("", *(f"{size:,}" for size in SIZES)):
        table.add_column(title, justify="right" if title else "left")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        postgres = Postgres(fsync=False)
        postgres.up()
        stack.callback(postgres.down)
        for name, urls in (
            ("SQLite", [f"sqlite:///{folder}/{size}.db" for size in SIZES]),
            ("PostgreSQL", [postgres.url(postgres.create()) for _ in SIZES]),
        ):
            cells = [_cost(url, size) for url, size in zip(urls, SIZES, strict=True)]
            table.add_row(name, *(f"{cell:.2f}" for cell in cells))
    Console(file=sys.stdout).print(table)


def _cost(url: str, size: int) -> float:
    """Return the milliseconds that the query of the scheduler takes, in one look."""
    database = Database(url)
    prepare(database)
    for first in range(0, size, _AT_ONCE):
        database.write(partial(_enrol, first=first, size=size))
    database.write(lambda conn: conn.execute(sa.text("ANALYZE")))
    query = (
        sa.select(enrolment.c.id)
        .where(enrolment.c.state == "active", enrolment.c.due_at <= NOW)
        .order_by(enrolment.c.due_at, enrolment.c.id)
        .limit(DUE)
    )
    assert database.read(lambda conn: len(enrolments.due(conn, NOW, 2 * DUE))) == DUE
    times = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        assert database.read(lambda conn: len(conn.execute(query).all())) == DUE
        times.append(time.perf_counter() - start)
    database.close()
    return median(times) * 1000


def _enrol(conn: sa.Connection, first: int, size: int) -> None:
    numbers = range(first + 1, min(first + _AT_ONCE, size) + 1)
    conn.execute(
        sa.insert(student), [{"id": n, "address": f"student-{n}@example.net"} for n in numbers]
    )
    conn.execute(sa.insert(enrolment), list(_rows(numbers, size)))


def _rows(numbers: range, size: int) -> Iterator[dict[str, object]]:
    every = size // DUE
    for number in numbers:
        due = NOW - timedelta(seconds=number) if number % every == 0 else NOW + timedelta(days=1)
        yield {
            "student_id": number, "course": "night-sky", "state": "active", "due_at": due,
            "days": "mon", "at": "07:30", "enrolled_at": NOW,
        }  # fmt: skip


if __name__ == "__main__":
    main()
