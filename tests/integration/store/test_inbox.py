"""Fetched mail: stored once, and known again, on both databases."""

from datetime import UTC, datetime
from functools import partial

import sqlalchemy as sa

from maildriver.database.engine import Database
from maildriver.domain.ids import EnrolmentId, MailId
from maildriver.store import inbox

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def fetched(uid: int, uidvalidity: int = 1) -> inbox.Fetched:
    return inbox.Fetched("INBOX", uidvalidity, uid, 3, NOW)


def test_a_batch_is_stored_once_and_its_bytes_once(database: Database) -> None:
    batch = [(fetched(1), b"one"), (fetched(2), None), (fetched(3), b"one"), (fetched(4), b"")]
    for _ in range(2):
        database.write(lambda conn: inbox.put_all(conn, batch))

    assert database.read(inbox.count) == {"new": 4}
    assert database.read(lambda conn: inbox.raw(conn, MailId(3))) == b"one"
    assert database.read(lambda conn: inbox.raw(conn, MailId(4))) == b""


def test_a_mail_is_known_again_once_it_is_settled_whichever_came_first(
    database: Database,
) -> None:
    def put(conn: sa.Connection) -> None:
        inbox.put_all(conn, [(fetched(1), b"one"), (fetched(1, 2), b"one")])

    database.write(put)
    for number in (1, 2):
        assert not database.write(
            partial(inbox.seen_before, mail_id=MailId(number), content_hash="same")
        )
    assert (
        database.read(lambda conn: inbox.same_bytes_before(conn, [MailId(1), MailId(2)])) == set()
    )

    database.write(lambda conn: inbox.settle(conn, MailId(2), state="done", content_hash="same"))

    assert database.write(lambda conn: inbox.seen_before(conn, MailId(1), "same"))
    assert database.read(lambda conn: inbox.same_bytes_before(conn, [MailId(1), MailId(2)])) == {1}
    assert not database.write(lambda conn: inbox.seen_before(conn, MailId(2), "same"))
    assert not database.write(lambda conn: inbox.seen_before(conn, MailId(1), "another"))


def test_what_a_sender_sent_is_counted_in_mails_and_bytes(database: Database) -> None:
    def put(conn: sa.Connection) -> None:
        inbox.put_all(conn, [(fetched(uid), b"%d" % uid) for uid in range(4)])
        for number, state in ((1, "done"), (2, "done"), (3, "held")):
            inbox.settle(conn, MailId(number), state=state, sender="anna@example.org")

    database.write(put)

    def count(*states: str) -> tuple[int, int]:
        return database.read(
            lambda conn: inbox.count_from(conn, "anna@example.org", EnrolmentId(1), NOW, states)
        )

    assert count("done") == (2, 6)
    assert count("done", "held") == (3, 9)
