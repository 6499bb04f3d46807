"""The backup of an SQLite database while others write to it."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from maildriver.errors import StoreError


def copy(source: Path, target: Path) -> None:
    """Copy a database file as of one moment, and check the copy.

    Raises StoreError, and leaves no file, if that fails.
    """
    try:
        # A new file that only its owner may read: it holds addresses, mails, the site's key.
        handle, name = tempfile.mkstemp(".part", target.name, target.parent)
        os.close(handle)
        try:
            _copy(source, Path(name))
            Path(name).rename(target)
        finally:
            Path(name).unlink(missing_ok=True)
    except (sqlite3.Error, OSError) as error:
        raise StoreError(f"no backup was made: {error}") from error


def _copy(source: Path, target: Path) -> None:
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.backup(new)  # in one step: one snapshot, and no writer waits
        # One file holds it all: in WAL mode, as the original is, there would be two more.
        new.execute("PRAGMA journal_mode=DELETE")
        (found,) = new.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    with target.open("rb") as file:
        os.fsync(file.fileno())
