"""A copy of an embedded database, made while others write to it."""

import os
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

from maildriver.errors import StoreError


def copy(source: Path, target: Path) -> None:
    """Copy a database file as it is at one moment: whole and checked, or not at all.

    Raises StoreError, and leaves nothing, if that cannot be done.
    """
    try:
        # A file of its own, and for its owner's eyes: it holds addresses, mails, the site's key.
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
        old.backup(new)  # at once: it sees one moment, and who writes waits for nothing
        # One file is all of it: in the mode of the original, two more would lie beside it.
        new.execute("PRAGMA journal_mode=DELETE")
        (found,) = new.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    with target.open("rb") as file:
        os.fsync(file.fileno())
