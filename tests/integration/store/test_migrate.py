"""The migrations make exactly the tables that the code speaks of."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from maildriver.errors import SchemaError
from maildriver.store import migrate, sites
from maildriver.store.database import Database
from maildriver.store.schema import metadata


def test_a_migrated_database_has_the_schema_of_the_code(database: Database) -> None:
    def difference(conn: sa.Connection) -> list[object]:
        options = {"compare_type": True, "compare_server_default": False}
        return list(compare_metadata(MigrationContext.configure(conn, opts=options), metadata))

    assert database.read(difference) == []


def test_head_is_the_newest_migration() -> None:
    folder = Path(migrate.__file__).parent / "migrations" / "versions"
    numbers = sorted(path.name[:4] for path in folder.glob("[0-9]*.py"))

    assert numbers[-1] == migrate.HEAD


def test_preparing_twice_keeps_the_key_of_the_site(database: Database) -> None:
    before = database.read(sites.key)

    migrate.prepare(database)

    assert len(before) == 32
    assert database.read(sites.key) == before


def test_a_database_of_another_version_is_refused_with_one_sentence(database: Database) -> None:
    database.write(
        lambda conn: conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    )

    with pytest.raises(SchemaError, match="the database has schema 9999, made by a newer"):
        migrate.prepare(database)
