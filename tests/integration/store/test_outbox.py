"""The outbox, on both databases."""

from datetime import timedelta
from functools import partial

import pytest
from support.clock import Clock
from support.outbox import a_message, put, states

from maildriver.database.engine import Database
from maildriver.domain.ids import MessageId
from maildriver.store import held, outbox, outbox_claims

MINUTE = timedelta(minutes=1)


def claim(database: Database, clock: Clock, owner: str = "me", limit: int = 9) -> list[int]:
    rows = database.write(lambda conn: outbox_claims.claim(conn, owner, clock(), limit))
    return [row.id for row in rows]


def test_the_same_key_goes_in_once(database: Database, clock: Clock) -> None:
    assert put(database, clock, a_message(), a_message()) == [True, False]

    assert states(database) == {"ready": 1}


def test_a_claimed_message_is_nobody_elses(database: Database, clock: Clock) -> None:
    put(database, clock, a_message(1), a_message(2))

    mine = claim(database, clock, "me", limit=1)
    yours = claim(database, clock, "you")

    assert len(mine) == len(yours) == 1
    assert mine != yours
    assert not database.write(lambda conn: outbox_claims.fence(conn, [MessageId(mine[0])], "you"))
    assert database.write(lambda conn: outbox_claims.fence(conn, [MessageId(mine[0])], "me"))


def test_a_message_is_not_claimed_before_its_time_nor_after_its_slot(
    database: Database, clock: Clock
) -> None:
    put(database, clock, a_message(good_until=clock() + MINUTE))
    clock.advance(-MINUTE)
    assert claim(database, clock) == []

    clock.advance(2 * MINUTE)

    assert claim(database, clock) == []
    assert len(database.read(lambda conn: outbox.overdue(conn, clock(), 9))) == 1


def test_sent_names_each_message_once_and_forgets_the_bytes(
    database: Database, clock: Clock
) -> None:
    put(database, clock, a_message(effect="had"))
    (number,) = claim(database, clock)
    database.write(lambda conn: outbox_claims.fence(conn, [MessageId(number)], "me"))

    def sent() -> set[MessageId]:
        return database.write(
            lambda conn: outbox_claims.record_sent(
                conn, {MessageId(number): (250, "ok")}, "me", clock()
            )
        )

    assert [sent(), sent()] == [{number}, set()]
    assert states(database) == {"sent": 1}


def test_nothing_is_sent_without_the_fence(database: Database, clock: Clock) -> None:
    put(database, clock, a_message(effect="had"))
    (number,) = claim(database, clock)

    taken = database.write(
        lambda conn: outbox_claims.record_sent(
            conn, {MessageId(number): (250, "ok")}, "me", clock()
        )
    )

    assert taken == set()
    assert states(database) == {"claimed": 1}


def test_recovery_frees_what_was_claimed_and_doubts_what_was_dotted(
    database: Database, clock: Clock
) -> None:
    put(database, clock, a_message(1), a_message(2))
    first, _ = claim(database, clock)
    database.write(lambda conn: outbox_claims.fence(conn, [MessageId(first)], "me"))

    freed = database.write(lambda conn: outbox_claims.recover(conn, clock() + MINUTE))

    assert freed == (1, 1)
    assert states(database) == {"ready": 1, "unsure": 1}


def test_an_unsure_message_goes_again_twice_and_is_then_held(
    database: Database, clock: Clock
) -> None:
    put(database, clock, a_message())
    seen = []
    for _ in range(3):
        (number,) = claim(database, clock)
        database.write(partial(outbox_claims.fence, message_ids=[MessageId(number)], process="me"))
        database.write(lambda conn: outbox_claims.recover(conn, clock() + MINUTE))
        assert database.write(lambda conn: outbox_claims.settle_unsure(conn, clock(), 2)) == 0
        clock.advance(MINUTE)
        database.write(lambda conn: outbox_claims.settle_unsure(conn, clock(), 2))
        seen.append(states(database))

    assert seen == [{"ready": 1}, {"ready": 1}, {"held": 1}]


def test_a_named_token_settles_an_unsure_message(database: Database, clock: Clock) -> None:
    message = a_message(effect="had")
    put(database, clock, message)
    (number,) = claim(database, clock)
    database.write(lambda conn: outbox_claims.fence(conn, [MessageId(number)], "me"))
    database.write(lambda conn: outbox_claims.recover(conn, clock()))
    row = database.read(lambda conn: outbox.by_token(conn, [message.token, "b" * 24]))

    assert list(row) == [message.token]
    assert (
        database.write(lambda conn: outbox.assume_sent(conn, MessageId(number), clock())) == "had"
    )
    assert states(database) == {"sent": 1}


@pytest.mark.parametrize("state", ["failed", "held"])
def test_what_is_set_aside_is_shown_and_goes_again_when_released(
    database: Database, clock: Clock, state: str
) -> None:
    put(database, clock, a_message())
    (number,) = claim(database, clock)
    database.write(
        lambda conn: outbox_claims.set_aside(
            conn, MessageId(number), "me", state=state, code=554, text="no", now=clock()
        )
    )
    (shown,) = database.read(lambda conn: held.messages(conn, 9))

    assert (shown.state, shown.last_code, shown.last_text) == (state, 554, "no")
    assert database.write(lambda conn: held.release_message(conn, MessageId(number), clock()))
    assert claim(database, clock) == [number]
