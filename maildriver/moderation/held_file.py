"""A file that waits for a person, as it is named to them."""

import sqlalchemy as sa

from maildriver.errors import NotFoundError
from maildriver.store import post_files


def held_file(conn: sa.Connection, number: int) -> post_files.HeldFile:
    """Return a file that is held; raise NotFoundError if it is not."""
    held = post_files.held_one(conn, number)
    if held is None:
        raise NotFoundError(f"file-{number} is not held", hint="See what is: maildriver held")
    return held
