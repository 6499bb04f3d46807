"""What a person decides about a file that came with a mail and was held."""

from datetime import datetime

import sqlalchemy as sa

from maildriver.actions import discuss
from maildriver.actions.letters import Letters
from maildriver.errors import NotFoundError
from maildriver.store import mailfiles, posts


def release_file(conn: sa.Connection, letters: Letters, number: int, now: datetime) -> bool:
    """Pass a held file on with its post; True if that has been shown, and the file follows it.

    What follows is a post of its own under the first one, without words: so whoever reads the
    talk gets the file once, with their next digest, whether or not they had read the post.
    """
    held = held_file(conn, number)
    if not posts.may_be_read(conn, held.post):
        mailfiles.settle(conn, number, "released")
        return False
    follows = posts.follow_up(conn, held.post, "a file of it was released", now)
    mailfiles.settle(conn, number, "released", post=follows)
    discuss.pass_on(conn, letters, [follows], now)
    return True


def drop_file(conn: sa.Connection, number: int) -> None:
    """Give a held file up: it is named no more; its bytes stay as long as its mail does."""
    held_file(conn, number)
    mailfiles.settle(conn, number, "dropped")


def held_file(conn: sa.Connection, number: int) -> mailfiles.HeldFile:
    """Return a file that is held; raise NotFoundError if it is not."""
    held = mailfiles.held_one(conn, number)
    if held is None:
        raise NotFoundError(f"file-{number} is not held", hint="See what is: maildriver held")
    return held
