"""Blobs: attachments and raw mail, each stored once, by SHA-256."""

import hashlib
from collections.abc import Mapping

import sqlalchemy as sa

from maildriver.database.engine import insert_all_new, insert_new
from maildriver.database.schema import blob, inbox, lesson, mail_file


def put(conn: sa.Connection, content: bytes) -> str:
    """Store `content` unless it is stored; return its SHA-256 in hexadecimal."""
    sha256 = hashlib.sha256(content).hexdigest()
    insert_new(conn, blob, sha256=sha256, bytes=content)
    return sha256


def put_all(conn: sa.Connection, contents: Mapping[str, bytes]) -> None:
    """Store contents, given by their SHA-256, except those that are stored."""
    new = contents.keys() - known(conn, set(contents)) if contents else ()
    insert_all_new(conn, blob, [{"sha256": each, "bytes": contents[each]} for each in new])


def get(conn: sa.Connection, sha256: str) -> bytes:
    """Return the bytes with that SHA-256."""
    query = sa.select(blob.c.bytes).where(blob.c.sha256 == sha256)
    return bytes(conn.execute(query).scalar_one())


def delete_unused(conn: sa.Connection, sha256: str) -> bool:
    """Delete bytes unless a mail, a file of a mail or a lesson refers to them.

    Returns whether they were deleted. Unsent messages, which may refer to them as well, are not
    searched: see `post_files.forget_dropped`.
    """
    used = (
        inbox.c.raw_sha256 == sha256,
        mail_file.c.sha256 == sha256,
        lesson.c.files.contains(sha256),
    )
    unused = [~sa.exists().where(each) for each in used]
    return conn.execute(sa.delete(blob).where(blob.c.sha256 == sha256, *unused)).rowcount == 1


def known(conn: sa.Connection, hashes: set[str]) -> set[str]:
    """Return which of `hashes` are stored."""
    query = sa.select(blob.c.sha256).where(blob.c.sha256.in_(hashes))
    return set(conn.execute(query).scalars())
