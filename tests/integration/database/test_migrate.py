"""The migrations make exactly the tables that the code describes."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from maildriver.database import migrate
from maildriver.database.engine import Database
from maildriver.database.schema import metadata
from maildriver.errors import SchemaError
from maildriver.store import site

DEVELOPMENT = [*(f"000{number}" for number in range(1, 10)), "0001.5eed5eed"]
#: All that a database knows of its tables; the last column of each row is a definition.
_CATALOGUE = {
    "sqlite": ["SELECT type, name, tbl_name, sql FROM sqlite_master"],
    "postgresql": [
        """
        SELECT table_name, column_name, data_type, is_nullable, collation_name, column_default
        FROM information_schema.columns WHERE table_schema = 'public'
        """,
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public'",
        """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace
        """,
    ],
}


@pytest.fixture(params=["sqlite", "postgresql"])
def created(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database whose tables were made from the code, without a migration."""
    url = f"sqlite:///{tmp_path}/created.db"
    if request.param == "postgresql":
        url = str(request.getfixturevalue("postgres_url"))
    database = Database(url)
    database.write(metadata.create_all)
    yield database
    database.close()


@pytest.fixture
def by_migration(
    created: Database, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[Database]:
    """A database of the same kind, made by the migrations."""
    url = f"sqlite:///{tmp_path}/migrated.db"
    if not created.is_sqlite:
        url = str(request.getfixturevalue("prepared_postgres_url"))
    database = Database(url)
    migrate.prepare(database)
    yield database
    database.close()


def catalogue(database: Database) -> list[list[str]]:
    """Return the catalogue of a database, without the order of columns and constraints."""

    def read(conn: sa.Connection) -> list[list[str]]:
        return sorted(
            [str(value) for value in row[:-1]] + sorted(_lines(row[-1]))
            for query in _CATALOGUE[conn.dialect.name]
            for row in conn.exec_driver_sql(query).all()
            if "alembic_version" not in str(row)
        )

    return database.read(read)


def _lines(definition: object) -> list[str]:
    return [line.strip(" \t,") for line in str(definition).split("\n")]


def test_a_migrated_database_is_the_same_as_one_made_from_the_code(
    created: Database, by_migration: Database
) -> None:
    found = catalogue(by_migration)

    assert found == catalogue(created)
    assert {table for table in metadata.tables if table not in str(found)} == set()
    assert "WHERE" in str(found), "indexes of some rows"


def test_the_revisions_are_those_of_the_files() -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrate.__file__).parent / "migrations"))
    found = ScriptDirectory.from_config(config).walk_revisions()

    assert [each.revision for each in found][::-1] == list(migrate.REVISIONS)


def test_a_change_of_the_schema_gives_the_migration_another_id() -> None:
    """Until the first release; from then on each release has a migration of its own."""
    databases: Any = (sqlite, postgresql)
    table_of: Any = CreateTable
    index_of: Any = CreateIndex
    said: list[str] = []
    for dialect in [each.dialect() for each in databases]:
        for table in metadata.sorted_tables:
            made = [table_of(table), *map(index_of, table.indexes)]
            said += sorted(_lines("\n".join(str(each.compile(dialect=dialect)) for each in made)))
    digest = hashlib.sha256("\n".join(said).encode()).hexdigest()[:8]

    assert f"0001.{digest}" == migrate.HEAD, "write the new id into 0001_tables.py and migrate.py"


def test_preparing_twice_keeps_the_key_of_the_site(database: Database) -> None:
    before = database.read(site.signing_key)

    migrate.prepare(database)

    assert len(before) == 32
    assert database.read(site.signing_key) == before


@pytest.mark.parametrize("act", [migrate.prepare, migrate.upgrade])
@pytest.mark.parametrize("revision", DEVELOPMENT)
def test_a_database_of_a_development_version_is_refused_and_left_as_it_is(
    database: Database, act: Any, revision: str
) -> None:
    _mark(database, revision)
    before = catalogue(database)

    with pytest.raises(SchemaError, match="a development version of maildriver") as refused:
        act(database)

    assert "maildriver init" in refused.value.hint
    assert catalogue(database) == before
    assert len(database.read(site.signing_key)) == 32


@pytest.mark.parametrize("act", [migrate.prepare, migrate.upgrade])
def test_a_database_of_a_newer_version_is_refused(database: Database, act: Any) -> None:
    _mark(database, "9.9")

    with pytest.raises(SchemaError, match=r"the database has schema 9\.9, made by a newer") as no:
        act(database)

    assert no.value.hint == "Install the newer maildriver again."


def _mark(database: Database, revision: str) -> None:
    mark = sa.text("UPDATE alembic_version SET version_num = :revision")
    database.write(lambda conn: conn.execute(mark, {"revision": revision}))
