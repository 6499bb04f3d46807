"""The database thread: group commit, failures, and several writers."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from support.clock import Clock

from maildriver.database.engine import Database
from maildriver.database.schema import mail_account
from maildriver.database.thread import DatabaseThread
from maildriver.errors import StoreError
from maildriver.store import mail_accounts


@pytest.fixture
def thread(database: Database) -> Iterator[DatabaseThread]:
    thread = DatabaseThread(database)
    yield thread
    thread.close()


async def test_changes_that_wait_together_are_committed_together(
    thread: DatabaseThread, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("maildriver.database.thread.BATCH_SECONDS", 10)  # however slow it is here
    commits: list[object] = []
    sa.event.listen(thread.database._writer, "commit", commits.append)

    all_wait = threading.Event()
    first = asyncio.create_task(thread.write(lambda _: all_wait.wait(10)))
    others = [
        asyncio.create_task(
            thread.write(lambda conn: mail_accounts.record_use(conn, "smtp", clock()))
        )
        for _ in range(50)
    ]
    await asyncio.sleep(0)  # so that each task has begun
    all_wait.set()
    await asyncio.gather(first, *others)

    assert len(commits) == 1


async def test_a_change_that_fails_fails_alone(thread: DatabaseThread, clock: Clock) -> None:
    def broken(conn: sa.Connection) -> None:
        mail_accounts.record_use(conn, "imap", clock())
        raise ZeroDivisionError

    results = await asyncio.gather(
        thread.write(lambda conn: mail_accounts.record_use(conn, "smtp", clock())),
        thread.write(broken),
        thread.write(
            lambda conn: mail_accounts.pause(conn, "smtp", clock() + timedelta(1), "why")
        ),
        return_exceptions=True,
    )

    assert isinstance(results[1], ZeroDivisionError)
    assert results[0] is results[2] is None
    assert (await thread.read(lambda conn: mail_accounts.get(conn, "smtp"))).why == "why"
    assert (await thread.read(lambda conn: mail_accounts.get(conn, "imap"))).seen_at is None


async def test_a_table_that_is_missing_is_told_as_a_store_error_or_a_bug(
    thread: DatabaseThread,
) -> None:
    with pytest.raises((StoreError, sa.exc.ProgrammingError), match="nothing_here"):
        await thread.read(lambda conn: conn.execute(sa.text("SELECT * FROM nothing_here")))


_ADD = """
import sys
from pathlib import Path
import sqlalchemy as sa
from maildriver.database.engine import Database
from maildriver.database.schema import mail_account
database = Database(sys.argv[1], turn=Path(sys.argv[2]))
for _ in range(50):
    def add(conn):
        smtp = mail_account.c.name == "smtp"
        number = conn.execute(sa.select(mail_account.c.failures).where(smtp)).scalar_one()
        conn.execute(sa.update(mail_account).where(smtp).values(failures=number + 1))
    database.write(add)
database.close()
"""


def test_no_update_of_several_processes_is_lost(
    database: Database, clock: Clock, tmp_path_factory: pytest.TempPathFactory, url: str
) -> None:
    turn = tmp_path_factory.mktemp("turn") / "turn.lock"
    database.write(lambda conn: mail_accounts.record_use(conn, "smtp", clock()))
    command = [sys.executable, "-c", _ADD, url, str(turn)]
    children = [subprocess.Popen(command) for _ in range(4)]

    assert [child.wait(60) for child in children] == [0] * 4

    query = sa.select(mail_account.c.failures).where(mail_account.c.name == "smtp")
    assert database.read(lambda conn: conn.execute(query).scalar_one()) == 200
