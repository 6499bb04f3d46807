"""Databases, and sites with mail, for the tests of single rooms."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.intake_site import IntakeSite, intake_site
from support.prepared import prepared

from maildriver.database.engine import Database
from maildriver.database.schema import enrolment, student


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database with all its tables."""
    if request.param == "sqlite":
        return prepared(tmp_path / "maildriver.db")
    return str(request.getfixturevalue("prepared_postgres_url"))


@pytest.fixture
def database(url: str, tmp_path: Path) -> Iterator[Database]:
    database = Database(url, turn=tmp_path / "turn.lock")
    yield database
    database.close()


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[IntakeSite]:
    """A site of twelve students, each of whom has had a packet."""
    async with intake_site(tmp_path / "site", 12) as site:
        yield site


@pytest.fixture
def writers(database: Database, clock: Clock) -> tuple[int, int]:
    """Two students of one course."""

    def enrol(conn: sa.Connection) -> tuple[int, int]:
        for number in (1, 2):
            conn.execute(sa.insert(student).values(id=number, address=f"s{number}@example.org"))
            values = {"id": number, "student_id": number, "course": "sky", "enrolled_at": clock()}
            conn.execute(sa.insert(enrolment).values(values))
        return 1, 2

    return database.write(enrol)
