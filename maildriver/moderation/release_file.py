"""What a person decides about a file that came with a mail and was held."""

from datetime import datetime

import sqlalchemy as sa

from maildriver.discussion import posting
from maildriver.letters.writer import Letters
from maildriver.moderation.held_file import held_file
from maildriver.store import post_files, posts


def release_file(conn: sa.Connection, letters: Letters, number: int, now: datetime) -> bool:
    """Pass a held file on with its post; True if that has been shown, and the file follows it.

    What follows is a post of its own under the first one, without words: so whoever reads the
    talk gets the file once, with their next digest, whether or not they had read the post.
    """
    held = held_file(conn, number)
    if not posts.may_be_read(conn, held.post):
        post_files.settle(conn, number, "released")
        return False
    follows = posts.follow_up(conn, held.post, "a file of it was released", now)
    post_files.settle(conn, number, "released", post=follows)
    posting.pass_on(conn, letters, [follows], now)
    return True


def drop_file(conn: sa.Connection, number: int) -> None:
    """Give a held file up: it is named no more; its bytes stay as long as its mail does."""
    held_file(conn, number)
    post_files.settle(conn, number, "dropped")
