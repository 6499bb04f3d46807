"""A post that is withdrawn or edited while its digests are on their way, on both databases."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.composed_mails import COURSE, SITE
from support.prepared import prepared
from support.shipped_words import GRAMMAR

from maildriver import effects
from maildriver.courses.publish import publish
from maildriver.database.engine import Database
from maildriver.database.schema import had
from maildriver.database.schema import outbox as messages
from maildriver.database.schema import post as post_table
from maildriver.database.thread import DatabaseThread
from maildriver.discussion import digest, digester, own_post
from maildriver.discussion.digester import Digester
from maildriver.discussion.own_post import PostChange
from maildriver.domain.cadence import Cadence, parse_at, parse_days
from maildriver.domain.enrolment import Enrolment
from maildriver.enrolment import lifecycle
from maildriver.enrolment.enrol import EnrolRequest, enrol
from maildriver.letters.composer import Composer
from maildriver.letters.writer import MailWriter, Turn
from maildriver.mail.command.grammar import Command
from maildriver.store import digests, enrolments, inbox, outbox, outbox_claims, posts

LETTERS = MailWriter(Composer(SITE), b"key", "")
#: Everybody gets their digest at noon, and the clock stands there.
NOON = replace(COURSE, cadence=Cadence(parse_days("daily"), parse_at("12:00")))
ADA, BO, CARLA = "ada@example.org", "bo@example.org", "carla@example.org"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Database]:
    if request.param == "postgresql":
        url = str(request.getfixturevalue("prepared_postgres_url"))
    else:
        url = prepared(tmp_path / "maildriver.db")
    database = Database(url, turn=tmp_path / "turn.lock")
    database.write(lambda conn: _begin(conn, clock))
    yield database
    database.close()


def _begin(conn: sa.Connection, clock: Clock) -> None:
    publish(conn, NOON, clock())
    wishes = [EnrolRequest(each, confirmed=True, zone="UTC") for each in (ADA, BO, CARLA)]
    enrol(conn, NOON, wishes, clock())
    for each in (ADA, BO, CARLA):
        (found,) = enrolments.of_address(conn, each)
        enrolments.change(conn, found.id, due_at=None)


def of(database: Database, address: str) -> Enrolment:
    return database.read(lambda conn: enrolments.of_address(conn, address))[0]


def say(database: Database, clock: Clock, address: str, text: str) -> int:
    """Let somebody say something about the course, and return the id of the post."""

    def work(conn: sa.Connection) -> int:
        mails = conn.execute(sa.select(sa.func.count()).select_from(post_table)).scalar_one()
        fetched = inbox.Fetched("INBOX", 1, mails + 1, 100, clock(), state="done")
        mail = inbox.put(conn, fetched, None)
        assert mail is not None
        (writer,) = enrolments.of_address(conn, address)
        new = posts.NewPost(
            course=COURSE.slug, cohort="", lesson="", enrolment_id=writer.id, text=text,
            elided="", inbox_id=mail, part=0, at=clock(),
        )  # fmt: skip
        made = posts.put(conn, new)
        assert made is not None
        return made

    return database.write(work)


def digest_steps(database: Database, clock: Clock) -> None:
    """Let the digester work until it has nothing to do."""

    async def work() -> None:
        thread = DatabaseThread(database)
        made = Digester(thread, LETTERS, clock)
        while await made.step():
            pass
        thread.close()

    asyncio.run(work())


def ask(database: Database, clock: Clock, address: str, name: str, text: str = "") -> PostChange:
    writer = of(database, address)
    command = Command(name, text=text)
    return database.write(
        lambda conn: own_post.change(Turn(conn, LETTERS, clock()), command, writer, None, GRAMMAR)
    )


def waiting(database: Database) -> dict[str, str]:
    """Return the words of each digest that has not gone, by whose it is."""
    rows = database.read(
        lambda conn: conn.execute(
            sa.select(messages.c.address, messages.c.parts).where(
                messages.c.kind == "digest", messages.c.state.in_(("ready", "claimed"))
            )
        ).all()
    )
    return {row.address: bytes(row.parts).decode() for row in rows}


def send_all(database: Database, clock: Clock) -> None:
    """Let a sender send all that waits."""

    def work(conn: sa.Connection) -> None:
        found = outbox_claims.claim(conn, "me", clock(), 99)
        outbox_claims.fence(conn, [each.id for each in found], "me")
        outbox_claims.record_sent(conn, {each.id: (250, "ok") for each in found}, "me", clock())
        effects.apply(conn, [each.effect for each in found], clock())

    database.write(work)


@pytest.mark.parametrize("state", ["ready", "claimed"])
@pytest.mark.parametrize(("name", "text"), [("withdraw", ""), ("edit", "I saw Mars.")])
def test_a_digest_that_has_not_gone_is_planned_anew(
    database: Database, clock: Clock, state: str, name: str, text: str
) -> None:
    say(database, clock, ADA, "I saw Marz.")
    say(database, clock, BO, "Mine stays.")
    digest_steps(database, clock)
    clock.advance(timedelta(days=1))
    digest_steps(database, clock)
    assert set(waiting(database)) == {ADA, BO, CARLA}
    if state == "claimed":
        database.write(lambda conn: len(outbox_claims.claim(conn, "me", clock(), 99)))

    done = ask(database, clock, ADA, name, text)
    assert (done.outcome, done.readers) == ("withdrawn" if not text else "edited", 0)
    assert set(waiting(database)) == {ADA}, "those that showed it are taken back"
    digest_steps(database, clock)

    found = waiting(database)
    assert set(found) == ({ADA, CARLA} if not text else {ADA, BO, CARLA})
    assert not any("Marz" in each for each in found.values())
    assert "Mine stays." in found[CARLA]
    assert all(("I saw Mars." in found[each]) == bool(text) for each in found if each != ADA)


def test_what_is_on_the_wire_is_left_alone_and_counted(database: Database, clock: Clock) -> None:
    say(database, clock, ADA, "I saw Marz.")
    digest_steps(database, clock)
    clock.advance(timedelta(days=1))
    digest_steps(database, clock)

    def leave_unsure(conn: sa.Connection) -> None:
        found = outbox_claims.claim(conn, "me", clock(), 99)
        outbox_claims.fence(conn, [each.id for each in found], "me")
        outbox_claims.record_unsure(
            conn, found[0].id, "me", until=clock() + timedelta(hours=1), text="gone"
        )

    database.write(leave_unsure)
    done = ask(database, clock, ADA, "withdraw")
    assert (done.outcome, done.readers) == ("withdrawn", 2), "one unsure, and one dotted"
    rows = database.read(
        lambda conn: conn.execute(sa.select(messages.c.state).order_by(messages.c.state)).all()
    )
    assert [row.state for row in rows] == ["dotted", "unsure"]


def test_who_has_had_it_is_counted_and_the_cursor_goes_on(
    database: Database, clock: Clock
) -> None:
    first = say(database, clock, ADA, "I saw Marz.")
    digest_steps(database, clock)
    clock.advance(timedelta(days=1))
    digest_steps(database, clock)
    send_all(database, clock)
    (number,) = database.read(
        lambda conn: conn.execute(
            sa.select(post_table.c.number).where(post_table.c.id == first)
        ).one()
    )
    database.write(
        lambda conn: enrol(conn, NOON, [EnrolRequest("late@example.org", confirmed=True)], clock())
    )
    late = of(database, "late@example.org")
    assert database.write(lambda conn: digests.unseen(conn, late, 9)) == [], "came later"

    done = ask(database, clock, ADA, "edit", "I saw Mars.")
    assert (done.outcome, done.readers) == ("edited", 2)
    say(database, clock, ADA, "And Venus.")
    digest_steps(database, clock)
    clock.advance(timedelta(days=1))
    digest_steps(database, clock)
    found = waiting(database)
    assert all("And Venus." in each and "Mars" not in each for each in found.values())
    send_all(database, clock)
    bo = of(database, BO)
    query = sa.select(had.c.last_seen_number).where(had.c.enrolment_id == bo.id)
    seen = database.read(lambda conn: conn.execute(query).scalars().all())
    assert seen == [number + 1]


def test_a_post_that_changes_while_a_digest_is_written_is_not_sent_as_it_was(
    database: Database, clock: Clock
) -> None:
    number = say(database, clock, ADA, "I saw Marz.")
    digest_steps(database, clock)
    clock.advance(timedelta(days=1))
    bo = of(database, BO)
    unseen = database.write(lambda conn: digests.unseen(conn, bo, 9))
    assert [each.id for each in unseen] == [number]
    written = digest.write_digest(LETTERS, NOON, bo, unseen, clock())

    ask(database, clock, ADA, "edit", "I saw Mars.")
    made = [(digester._Due(bo, NOON, unseen), written)]
    database.write(lambda conn: digester._put_all(conn, made, clock()))
    assert waiting(database) == {}

    digest_steps(database, clock)
    assert "I saw Mars." in waiting(database)[BO]
    assert "Marz" not in waiting(database)[BO]


def test_a_paused_reader_gets_no_digest_for_a_change(database: Database, clock: Clock) -> None:
    say(database, clock, ADA, "I saw Marz.")
    digest_steps(database, clock)
    clock.advance(timedelta(days=1))
    digest_steps(database, clock)
    carla = of(database, CARLA)
    database.write(lambda conn: lifecycle.pause(conn, carla.id, "student", None, clock()))
    ask(database, clock, ADA, "edit", "I saw Mars.")
    digest_steps(database, clock)

    assert set(waiting(database)) == {BO}


def test_the_outbox_forgets_what_was_taken_back(database: Database, clock: Clock) -> None:
    say(database, clock, ADA, "I saw Marz.")
    digest_steps(database, clock)
    clock.advance(timedelta(days=1))
    digest_steps(database, clock)
    ask(database, clock, ADA, "withdraw")
    digest_steps(database, clock)

    assert waiting(database) == {}
    assert database.read(outbox.count) == {}
    assert of(database, BO).digest_due_at is None


def test_whoever_withdraws_waits_for_a_digest_that_is_being_put_into_the_outbox(
    prepared_postgres_url: str, tmp_path: Path, clock: Clock
) -> None:
    """Digester and intake are two processes there; here two connections."""
    one, two = Database(prepared_postgres_url), Database(prepared_postgres_url)
    one.write(lambda conn: _begin(conn, clock))
    number = say(one, clock, ADA, "I saw Marz.")
    digest_steps(one, clock)
    clock.advance(timedelta(days=1))
    bo = of(one, BO)
    unseen = one.write(lambda conn: digests.unseen(conn, bo, 9))
    written = digest.write_digest(LETTERS, NOON, bo, unseen, clock())
    done: list[PostChange] = []
    other = threading.Thread(target=lambda: done.append(ask(two, clock, ADA, "withdraw")))

    def put(conn: sa.Connection) -> None:
        digester._put_all(conn, [(digester._Due(bo, NOON, unseen), written)], clock())
        other.start()
        other.join(0.5)
        assert other.is_alive(), "it waits for the post"

    one.write(put)
    other.join(30)
    assert [(each.outcome, each.readers) for each in done] == [("withdrawn", 0)]
    assert [each.id for each in done[0].posts] == [number]
    assert waiting(one) == {}, "it found the digest that it had waited for"
    one.close()
    two.close()
