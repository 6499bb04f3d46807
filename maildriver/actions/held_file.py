"""A file that waits for a person, as it is named to them."""

import sqlalchemy as sa

from maildriver.errors import NotFoundError
from maildriver.store import mailfiles


def held_file(conn: sa.Connection, number: int) -> mailfiles.HeldFile:
    """Return a file that is held; raise NotFoundError if it is not."""
    held = mailfiles.held_one(conn, number)
    if held is None:
        raise NotFoundError(f"file-{number} is not held", hint="See what is: maildriver held")
    return held
