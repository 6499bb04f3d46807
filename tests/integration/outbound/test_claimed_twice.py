"""A process that was taken for dead and lives on claims again what it still holds."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import Clock
from support.outbox import a_message, put, states
from support.prepared import prepared
from torture.worker import Worker

from maildriver.database.engine import Database
from maildriver.domain.delivery import AccountPaused, Decision, Deferred, Failed, Sent
from maildriver.store import outbox_claims
from maildriver.store.outbox_claims import Claimed

LATER = Deferred(0, "cut", Clock()() + timedelta(minutes=1))


@pytest.fixture
def worker(tmp_path: Path, clock: Clock) -> Iterator[Worker]:
    database = Database(prepared(tmp_path / "maildriver.db"))
    yield Worker("me", database, clock)
    database.close()


def claim_twice(worker: Worker) -> tuple[Claimed, Claimed]:
    """Return one message as it was claimed before and after others took its owner for dead."""
    put(worker.database, Clock(), a_message())

    def claim() -> Claimed:
        return worker.database.write(
            lambda conn: outbox_claims.claim(conn, "me", worker.now(), 1)
        )[0]

    first = claim()
    until = worker.now() + timedelta(minutes=15)
    assert worker.database.write(lambda conn: outbox_claims.recover(conn, until, ["me"])) == (1, 0)
    return first, claim()


@pytest.mark.parametrize("gone", [0, 1], ids=["the first goes", "the second goes"])
@pytest.mark.parametrize(
    "other",
    [LATER, Failed(550, "5.1.1 unknown", address_is_bad=True), AccountPaused("530 log in")],
    ids=["breaks", "is refused", "finds the account paused"],
)
def test_what_is_on_the_wire_is_not_moved_by_its_other_claim(
    worker: Worker, gone: int, other: Decision
) -> None:
    claimed = claim_twice(worker)
    assert worker.fence(claimed[gone])
    assert not worker.fence(claimed[1 - gone]), "one of them may go"

    worker.record(claimed[1 - gone], other)
    worker.database.write(lambda conn: worker.ledger.put_back(conn, [claimed[1 - gone]]))
    assert states(worker.database) == {"dotted": 1}

    worker.record(claimed[gone], Sent(250, "ok"))
    assert states(worker.database) == {"sent": 1}


def test_what_is_not_on_the_wire_yet_is_moved_by_either(worker: Worker) -> None:
    first, second = claim_twice(worker)
    worker.record(first, LATER)
    assert states(worker.database) == {"ready": 1}
    assert not worker.fence(second), "its row was given back"
