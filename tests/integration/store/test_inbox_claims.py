"""Who may understand which mail, and in which order, on both databases."""

from contextlib import closing
from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa

from maildriver.database.engine import Database
from maildriver.store import inbox, inbox_claims

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
ANNA, BEN = "anna@example.org", "ben@example.org"


def put(database: Database, *senders: str) -> None:
    """Let mails come in, numbered from 1."""
    mails = [
        (inbox.Fetched("INBOX", 1, number, 1, NOW, sender=sender), b"%d" % number)
        for number, sender in enumerate(senders, 1)
    ]
    database.write(lambda conn: inbox.put_all(conn, mails))


def take(database: Database, owner: str, limit: int = 9) -> list[inbox.Row]:
    return database.write(lambda conn: inbox_claims.claim(conn, owner, limit, shared=True))


def ids(rows: list[inbox.Row]) -> list[int]:
    return [row.id for row in rows]


def test_two_mails_of_a_sender_are_never_with_two_owners(database: Database) -> None:
    put(database, ANNA, BEN, ANNA, "", "", BEN)

    one = take(database, "one", 1)
    other = take(database, "other")

    assert ids(one) == [1]
    assert ids(other) == [2, 4, 5], "the second of Anna waits, and that of Ben until he is begun"
    assert ids(take(database, "other")) == [2, 4, 5, 6], "whose first it has, it may go on with"
    assert ids(take(database, "one")) == [1, 3]


def test_a_mail_waits_until_the_one_before_it_is_settled(database: Database) -> None:
    put(database, ANNA, ANNA)
    (first,) = take(database, "one", 1)
    assert take(database, "other") == []

    assert database.write(lambda conn: inbox.settle_claimed(conn, first, state="done"))

    assert ids(take(database, "other")) == [2]


def test_who_is_alone_takes_them_all_at_once(database: Database) -> None:
    put(database, ANNA, ANNA, BEN)

    rows = database.write(lambda conn: inbox_claims.claim(conn, "one", 9, shared=False))

    assert ids(rows) == [1, 2, 3]


def test_what_is_tried_often_keeps_nobody_waiting(database: Database) -> None:
    put(database, ANNA, ANNA)
    (first,) = take(database, "one", 1)
    for expected in (1, 2):
        assert database.write(partial(inbox_claims.count_try, mail=first)) == expected

    assert ids(take(database, "other")) == [2]


def test_what_was_given_back_is_its_owners_no_more(database: Database) -> None:
    put(database, ANNA)
    (late,) = take(database, "late")
    database.write(lambda conn: inbox_claims.release(conn, ["late"]))
    (again,) = take(database, "other")

    assert database.write(lambda conn: inbox_claims.count_try(conn, late)) == 0
    assert not database.write(lambda conn: inbox.settle_claimed(conn, late, state="held"))
    database.write(lambda conn: inbox_claims.uncount_try(conn, late))
    assert database.write(lambda conn: inbox_claims.count_try(conn, again)) == 1
    assert database.write(lambda conn: inbox.settle_claimed(conn, again, state="done"))
    assert not database.write(lambda conn: inbox.settle_claimed(conn, again, state="held"))


def test_a_take_that_is_not_written_yet_counts(prepared_postgres_url: str) -> None:
    """Another process looks before the first has committed what it takes."""
    with (
        closing(Database(prepared_postgres_url)) as here,
        closing(Database(prepared_postgres_url)) as there,
    ):
        put(here, ANNA, BEN, ANNA)

        def both(conn: sa.Connection) -> list[inbox.Row]:
            assert ids(inbox_claims.claim(conn, "one", 1, shared=True)) == [1]
            return take(there, "other")

        assert ids(here.write(both)) == [2]
