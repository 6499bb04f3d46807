"""Mails and posts with files, stored in a database."""

import sqlalchemy as sa
from support.clock import Clock

from maildriver.database.engine import Database
from maildriver.database.schema import blob
from maildriver.database.schema import inbox as inbox_table
from maildriver.domain.ids import EnrolmentId, MailId
from maildriver.domain.post import FileState, PostFile
from maildriver.store import blobs, inbox, posts


def mail_of(conn: sa.Connection, clock: Clock, raw: bytes) -> int:
    uid = (conn.execute(sa.select(sa.func.max(inbox_table.c.id))).scalar() or 0) + 1
    fetched = inbox.Fetched("INBOX", 1, uid, len(raw), clock(), state="done")
    number = inbox.put(conn, fetched, blobs.put(conn, raw))
    assert number is not None
    return number


def a_post(
    database: Database, clock: Clock, writer: int, *contents: bytes, state: FileState = "passed"
) -> int:
    """Store a mail with files and the post that it becomes; return the id of the post."""

    def put(conn: sa.Connection) -> int:
        mail = mail_of(conn, clock, b"raw " + b"".join(contents))
        files = tuple(
            PostFile(f"{n}.jpg", len(each), "image/jpeg", blobs.put(conn, each), state)
            for n, each in enumerate(contents)
        )
        new = posts.NewPost(
            "sky", "", "north", EnrolmentId(writer), "x", "", MailId(mail), 0, clock(), files=files
        )
        number = posts.put(conn, new)
        assert number is not None
        return number

    return database.write(put)


def kept(database: Database) -> list[bytes]:
    rows = database.read(lambda conn: conn.execute(sa.select(blob.c.bytes)).scalars().all())
    return sorted(map(bytes, rows))
