"""What a provider allows in a stretch of time, on both databases."""

from datetime import timedelta
from functools import partial

import sqlalchemy as sa
from support.clock import Clock

from maildriver.database.engine import Database
from maildriver.database.schema import blob
from maildriver.domain.ids import MailId, MessageId
from maildriver.domain.quantity import Rate
from maildriver.store import blobs, inbox, outbox, outbox_claims

MINUTE = timedelta(minutes=1)
RATES = (Rate(3, MINUTE), Rate(5, timedelta(hours=1)))


def put(database: Database, clock: Clock, count: int) -> None:
    for number in range(count):
        message = outbox.Message(
            key=f"note:{number}",
            token=f"{number:a>24}",
            kind="note",
            address="ada@example.org",
            mail_from="course@example.org",
            parts=b"Subject: 1\r\n\r\nHello\r\n",
        )
        database.write(partial(outbox.put, message=message, now=clock()))


def allowed(database: Database, clock: Clock) -> int:
    return database.read(lambda conn: outbox_claims.allowance(conn, RATES, clock(), 9))


def send(database: Database, clock: Clock, count: int) -> int:
    def claim_and_send(conn: sa.Connection) -> int:
        for message in claimed(conn, count):
            outbox_claims.fence(conn, [MessageId(message)], "me")
            outbox_claims.record_sent(conn, {MessageId(message): (250, "ok")}, "me", clock())
        return count

    def claimed(conn: sa.Connection, count: int) -> list[int]:
        return [each.id for each in outbox_claims.claim(conn, "me", clock(), count)]

    return database.write(claim_and_send)


def test_no_more_is_claimed_than_each_rate_allows(database: Database, clock: Clock) -> None:
    put(database, clock, 9)
    assert allowed(database, clock) == 3

    send(database, clock, 2)
    assert allowed(database, clock) == 1
    database.write(lambda conn: outbox_claims.claim(conn, "me", clock(), 1))
    assert allowed(database, clock) == 0, "what is under way counts"


def test_a_rate_is_free_again_when_its_time_is_over(database: Database, clock: Clock) -> None:
    put(database, clock, 9)
    send(database, clock, 3)
    clock.advance(MINUTE)
    assert allowed(database, clock) == 2, "the hour allows five"
    send(database, clock, 2)

    clock.advance(MINUTE)
    assert allowed(database, clock) == 0
    clock.advance(timedelta(hours=1))
    assert allowed(database, clock) == 3


def test_raw_mail_is_found_once_it_is_old_and_settled(database: Database, clock: Clock) -> None:
    def fetch(uid: int, state: str, raw: bytes) -> int | None:
        fetched = inbox.Fetched("INBOX", 1, uid, len(raw), clock(), state=state)
        return database.write(lambda conn: inbox.put(conn, fetched, blobs.put(conn, raw)))

    old, same = fetch(1, "done", b"one"), fetch(2, "held", b"one")
    fetch(3, "new", b"two")
    dropped = fetch(4, "dropped", b"three")
    clock.advance(timedelta(days=10))
    fetch(5, "done", b"four")

    def forget(conn: sa.Connection) -> list[MailId]:
        numbers = inbox.with_bytes_before(conn, clock() - timedelta(days=9), 9)
        for number in numbers:
            inbox.delete_raw(conn, number)
        return numbers

    assert database.write(forget) == [old, dropped]
    assert same is not None
    assert database.read(lambda conn: inbox.raw(conn, MailId(same))) == b"one", (
        "still held elsewhere"
    )
    kept = database.read(lambda conn: conn.execute(sa.select(blob.c.bytes)).scalars().all())
    assert sorted(map(bytes, kept)) == [b"four", b"one", b"two"]
    assert database.write(forget) == []
