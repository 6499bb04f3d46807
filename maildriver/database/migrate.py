"""Making a new database, and bringing an old one to the present schema.

Migrations are Alembic's, append-only, in `migrations/versions`. Which one a database
has had is read without Alembic, so that ordinary commands start fast.
"""

import secrets
from pathlib import Path

import sqlalchemy as sa

from maildriver.database.engine import Database
from maildriver.database.schema import site
from maildriver.errors import SchemaError

#: The newest migration; a test compares it with the files.
HEAD = "0009"

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6D64_7363  # of PostgreSQL, so that two hosts do not migrate at once


def prepare(database: Database) -> None:
    """Make the tables of a new database; raise SchemaError if an old one needs `upgrade`."""
    found = database.read(_version)
    if found is None:
        upgrade(database)
    elif found != HEAD:
        newer = "a newer" if found > HEAD else "an older"
        raise SchemaError(
            f"the database has schema {found}, made by {newer} maildriver; this one needs {HEAD}",
            hint="Install the newer maildriver again." if found > HEAD else None,
        )


def upgrade(database: Database) -> tuple[str | None, str]:
    """Bring the database to the newest schema; return the one it had and the one it has."""

    def migrate(conn: sa.Connection) -> str | None:
        if not database.is_sqlite:
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        found = _version(conn)
        if found != HEAD:
            _run_migrations(conn)
        if conn.execute(sa.select(site.c.id)).first() is None:
            conn.execute(sa.insert(site).values(id=1, key=secrets.token_bytes(32)))
        return found

    return database.write(migrate), HEAD


def _version(conn: sa.Connection) -> str | None:
    if not sa.inspect(conn).has_table("alembic_version"):
        return None
    return conn.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()


def _run_migrations(conn: sa.Connection) -> None:
    from alembic import command  # noqa: PLC0415 - half a second that most commands need not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = conn
    command.upgrade(config, "head")
