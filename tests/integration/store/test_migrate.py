"""The migrations make exactly the tables that the code speaks of."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext

from maildriver.database import migrate
from maildriver.database.engine import Database
from maildriver.database.schema import metadata
from maildriver.errors import SchemaError
from maildriver.store import post_files, site


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
    before = database.read(site.key)

    migrate.prepare(database)

    assert len(before) == 32
    assert database.read(site.key) == before


def test_a_database_of_another_version_is_refused_with_one_sentence(database: Database) -> None:
    database.write(
        lambda conn: conn.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    )

    with pytest.raises(SchemaError, match="the database has schema 9999, made by a newer"):
        migrate.prepare(database)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/maildriver.db"
    return str(request.getfixturevalue("postgres_url"))


def test_the_names_of_files_that_posts_had_are_kept(empty_url: str, tmp_path: Path) -> None:
    database = Database(empty_url, turn=tmp_path / "turn.lock")

    folder = Path(migrate.__file__).parent / "migrations"

    def fill(conn: sa.Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(folder))
        config.attributes["connection"] = conn
        command.upgrade(config, "0003")
        files = '[{"name": "moon.jpg", "size": 1400000}, {"name": "b.exe", "size": 3}]'
        for statement in (
            "student (id, address) VALUES (1, 'ada@example.org')",
            "enrolment (id, student, enrolled_at) VALUES (1, 1, 0)",
            "inbox (id, uidvalidity, uid, size, received_at) VALUES (1, 1, 1, 9, 0)",
            "post (id, enrolment, inbox, part, at) VALUES (1, 1, 1, 0, 0)",
            f"post (id, enrolment, inbox, part, at, files) VALUES (2, 1, 1, 1, 0, '{files}')",
        ):
            conn.exec_driver_sql(f"INSERT INTO {statement}")

    database.write(fill)
    migrate.upgrade(database)
    found = database.read(lambda conn: post_files.of_posts(conn, [1, 2]))
    database.close()

    assert list(found) == [2]
    assert [(each.name, each.size, each.state, each.sha256) for each in found[2]] == [
        ("moon.jpg", 1_400_000, "passed", ""), ("b.exe", 3, "passed", ""),
    ]  # fmt: skip
