"""Every test of the store runs on both databases."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.prepared import prepared

from maildriver.database.engine import Database


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
