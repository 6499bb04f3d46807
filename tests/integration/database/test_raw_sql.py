"""Statements that go straight to the driver, on both databases."""

from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.clock import Clock

from maildriver.database import live_processes
from maildriver.database.engine import Database
from maildriver.database.migrate import prepare
from maildriver.database.raw_sql import RawStatement
from maildriver.database.schema import outbox as messages
from maildriver.errors import StoreError
from maildriver.store import outbox, outbox_claims


def put(database: Database, clock: Clock, count: int) -> None:
    for number in range(count):
        message = outbox.Message(
            key=f"packet:{number}",
            token=f"{number:a>24}",
            kind="packet",
            address="ada@example.org",
            mail_from="course@example.org",
            parts=b"Subject: x\r\n\r\n",
        )
        assert database.write(partial(outbox.put, message=message, now=clock()))


def test_it_says_how_many_rows_it_changed_in_all(database: Database, clock: Clock) -> None:
    put(database, clock, 3)
    mark = RawStatement(
        sa.update(messages)
        .where(messages.c.key == sa.bindparam("name"))
        .values(last_text=sa.bindparam("said"))
    )
    values = [{"name": f"packet:{number}", "said": f"it's {number}"} for number in (0, 2, 7)]

    assert database.write(lambda conn: mark.many(conn, values)) == 2
    said = database.read(
        lambda conn: conn.execute(sa.select(messages.c.last_text).order_by(messages.c.id)).all()
    )
    assert [row[0] for row in said] == ["it's 0", "", "it's 2"]


def test_an_error_of_the_driver_is_told_as_that_of_any_statement(database: Database) -> None:
    nowhere = RawStatement(sa.select(sa.column("x")).select_from(sa.table("nowhere")))

    with pytest.raises((StoreError, sa.exc.ProgrammingError)):
        database.read(lambda conn: nowhere.rows(conn, {}))


def test_a_full_disk_is_a_change_that_was_not_taken(tmp_path: Path, clock: Clock) -> None:
    database = Database(f"sqlite:///{tmp_path}/maildriver.db", turn=tmp_path / "turn.lock")
    prepare(database)
    put(database, clock, 1)

    def full(conn: sa.Connection) -> None:
        pages = conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        for number in range(100):
            message = outbox.Message(
                key=f"big:{number}", token=f"{number:b>24}", kind="packet", address="a@b.c",
                mail_from="", parts=b"x" * 100_000,
            )  # fmt: skip
            outbox.put(conn, message, clock())

    with pytest.raises(StoreError, match="full"):
        database.write(full)
    assert database.write(lambda conn: len(outbox_claims.claim(conn, "me", clock(), 9))) == 1
    database.close()


def test_a_backend_that_is_ended_is_a_change_that_was_not_taken(
    postgres_url: str, clock: Clock
) -> None:
    database = Database(postgres_url)
    prepare(database)
    database.hold_lock("me")
    put(database, clock, 1)
    end_it = RawStatement(sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid())))

    with pytest.raises(StoreError):
        database.write(lambda conn: end_it.rows(conn, {}))
    assert database.write(lambda conn: len(outbox_claims.claim(conn, "me", clock(), 9))) == 1
    other = Database(postgres_url)
    assert other.write(lambda conn: live_processes.dead(conn, "you")) == [], (
        "it holds its lock again"
    )
    database.close()
    assert other.write(lambda conn: live_processes.dead(conn, "you")) == ["me"]
    other.close()
