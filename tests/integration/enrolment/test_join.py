"""Joining by mail, at its limits, on both databases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.prepared import prepared

from maildriver.database.engine import Database
from maildriver.database.schema import enrolment
from maildriver.domain.cadence import Cadence, parse_at, parse_days
from maildriver.domain.course import Course
from maildriver.enrolment.join import ENROLLED, MOST_PER_HOUR, join
from maildriver.enrolment.lifecycle import confirm

COURSE = Course(
    "night-sky", "The Night Sky", "en", Cadence(parse_days("daily"), parse_at("7:30")), "UTC"
)
CLOSED = Course(
    "secret", "Secret", "en", Cadence(parse_days("daily"), parse_at("7:30")), "UTC", join="closed"
)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "postgresql":
        url = str(request.getfixturevalue("prepared_postgres_url"))
    else:
        url = prepared(tmp_path / "maildriver.db")
    database = Database(url, turn=tmp_path / "turn.lock")
    yield database
    database.close()


def ask(database: Database, clock: Clock, sender: str, course: Course = COURSE) -> str:
    return database.write(lambda conn: join(conn, course, sender, clock()))


def count(database: Database) -> int:
    query = sa.select(sa.func.count()).select_from(enrolment)
    return database.read(lambda conn: conn.execute(query).scalar_one())


def test_a_flood_of_addresses_is_stopped_for_an_hour(database: Database, clock: Clock) -> None:
    done = [ask(database, clock, f"student{number}@example.org") for number in range(30)]
    assert done.count("asked to confirm") == MOST_PER_HOUR
    assert set(done[MOST_PER_HOUR:]) == {"too many want to join within an hour"}
    assert count(database) == MOST_PER_HOUR

    clock.advance(timedelta(minutes=61))
    assert ask(database, clock, "late@example.org") == "asked to confirm"


def test_who_is_enrolled_is_told_so_and_nothing_changes(database: Database, clock: Clock) -> None:
    assert ask(database, clock, "Ada@Example.org") == "asked to confirm"
    (number,) = database.read(lambda conn: conn.execute(sa.select(enrolment.c.id)).scalars().all())
    database.write(lambda conn: confirm(conn, number, clock()))

    assert ask(database, clock, "ada@example.org") == ENROLLED
    assert count(database) == 1


def test_nobody_joins_a_closed_course_nor_from_an_address_that_is_none(
    database: Database, clock: Clock
) -> None:
    assert ask(database, clock, "ada@example.org", CLOSED) == "the course is closed"
    assert ask(database, clock, "nobody") == "no address that can be written to"
    assert ask(database, clock, '"a b"@example.org') == "no address that can be written to"
    assert count(database) == 0
