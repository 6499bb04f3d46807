"""New databases with all their tables: copies of one, since to migrate takes ten times as long.

They have the same key, which is no matter where no test has two of them.
"""

import tempfile
from functools import cache
from pathlib import Path

from maildriver.database.engine import Database
from maildriver.database.migrate import prepare


def prepared(path: Path) -> str:
    """Return the URL of a new database in a file."""
    path.write_bytes(_migrated())
    return f"sqlite:///{path}"


def migrate(url: str) -> None:
    """Make all tables in an empty database."""
    database = Database(url)
    prepare(database)
    database.close()


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "maildriver.db"
        migrate(f"sqlite:///{path}")
        return path.read_bytes()
