"""Creation of a site's tables, and migration to the present schema.

Migrations are Alembic's, in `migrations/versions`: one for each release, and never changed after
it. Until the first release, `0001` is rewritten in place, and its id ends in a digest of the
schema. The revision of a database is read without Alembic, so that ordinary commands start fast.
"""

import re
import secrets
from pathlib import Path

import sqlalchemy as sa

from maildriver.database.engine import Database
from maildriver.database.schema import site
from maildriver.errors import SchemaError

#: The migrations, in their order; a test compares them with the files.
REVISIONS = ("0001.63ca980d",)
HEAD = REVISIONS[-1]

#: Revisions of development versions, before the first release: 0001 to 0009, or an older 0001.
_DEVELOPMENT = re.compile(r"000[1-9](\.[0-9a-f]{8})?")

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x6D64_7363  # of PostgreSQL, so that two hosts do not migrate at once


def prepare(database: Database) -> None:
    """Create the tables of a new database.

    Raises SchemaError if the tables of an old one are not those of this version.
    """
    found = database.read(_revision)
    if found is None:
        upgrade(database)
    elif found != HEAD:
        _refuse_unknown(found)
        raise SchemaError(f"the database has schema {found}; this maildriver needs {HEAD}")


def upgrade(database: Database) -> tuple[str | None, str]:
    """Migrate the database to `HEAD`; return its revisions before and after.

    Raises SchemaError, and changes nothing, if no migration begins at its revision.
    """

    def migrate(conn: sa.Connection) -> str | None:
        if not database.is_sqlite:
            conn.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        found = _revision(conn)
        if found != HEAD:
            _refuse_unknown(found)
            _run_migrations(conn)
        if conn.execute(sa.select(site.c.id)).first() is None:
            conn.execute(sa.insert(site).values(id=1, signing_key=secrets.token_bytes(32)))
        return found

    return database.write(migrate), HEAD


def _refuse_unknown(found: str | None) -> None:
    """Raise SchemaError if `found` is the revision of a database that cannot be migrated."""
    if found is None or found in REVISIONS:
        return
    if _DEVELOPMENT.fullmatch(found):
        raise SchemaError(
            "the database was made by a development version of maildriver, from before the first "
            "release; this version cannot read it",
            hint="Make a new site, with a database of its own: maildriver init NEW-FOLDER. "
            "The old database stays as it is.",
        )
    raise SchemaError(
        f"the database has schema {found}, made by a newer maildriver; this one needs {HEAD}",
        hint="Install the newer maildriver again.",
    )


def _revision(conn: sa.Connection) -> str | None:
    """Return the newest migration that a database has had; None if it has no tables."""
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
