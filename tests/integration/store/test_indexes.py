"""What looks for messages finds them by an index: we keep all that there ever were."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.clock import Clock

from maildriver.database import live_processes
from maildriver.database.engine import Database
from maildriver.database.migrate import prepare
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.quantity import Rate
from maildriver.store import held, inbox_claims, outbox, outbox_claims, outbox_unsent

NOW = Clock()()
_WHOLE = re.compile("SCAN (outbox|inbox|earlier)")
LOOKS: dict[str, Callable[[sa.Connection], object]] = {
    "claim": lambda conn: outbox_claims.claim(conn, "me", NOW, 8),
    "allowance": lambda conn: outbox_claims.allowance(conn, [Rate(9, timedelta(hours=1))], NOW, 8),
    "put back": lambda conn: outbox_claims.release_unconfirmed(conn, "me"),
    "recover": lambda conn: outbox_claims.recover(conn, NOW, ["you"]),
    "recover all": lambda conn: outbox_claims.recover(conn, NOW),
    "settle": lambda conn: outbox_claims.settle_unsure(conn, NOW, 3),
    "owners": lambda conn: live_processes.dead(conn, "me"),
    "room": lambda conn: outbox.room(conn, 100),
    "earliest": outbox.earliest,
    "late": lambda conn: outbox.overdue(conn, NOW, 8),
    "waits": lambda conn: outbox.has_unsent(conn, EnrolmentId(1), ["packet"]),
    "withdraw": lambda conn: outbox.withdraw(conn, EnrolmentId(1), NOW, "pause"),
    "unsent": lambda conn: outbox_unsent.with_prefix(conn, "relay:1:"),
    "held": lambda conn: held.messages(conn, 8),
    "count held": held.count,
    "drop failed": lambda conn: held.drop_failed(conn, EnrolmentId(1)),
    "count": outbox.count,
    "take": lambda conn: inbox_claims.claim(conn, "me", 8, shared=True),
    "give back": lambda conn: inbox_claims.release(conn, ["you"]),
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    folder: Path = tmp_path_factory.mktemp("indexes")
    database = Database(f"sqlite:///{folder}/maildriver.db", turn=folder / "turn.lock")
    prepare(database)
    yield database
    database.close()


@pytest.mark.parametrize("look", LOOKS)
def test_no_look_goes_through_all_messages(database: Database, look: str) -> None:
    said: list[str] = []

    def plans(conn: sa.Connection) -> list[str]:
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(said.append)
        LOOKS[look](conn)
        driver.set_trace_callback(None)
        asked = [each for each in said if "box" in each]
        assert asked
        return [row[3] for each in asked for row in driver.execute(f"EXPLAIN QUERY PLAN {each}")]

    steps = database.write(plans)

    assert [each for each in steps if _WHOLE.match(each) and "ix_" not in each] == []
