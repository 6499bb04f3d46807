"""Files that came with mail: their posts, states and bytes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.database.schema import blob, enrolment, inbox, mail_file, outbox, post, student
from maildriver.domain.frozen_message import BlobPart
from maildriver.domain.ids import EnrolmentId, FileId, MailId, PostId
from maildriver.domain.post import FileState, PostFile
from maildriver.store import blobs


@dataclass(frozen=True, slots=True)
class HeldFile:
    """A held file, and its sender."""

    file: PostFile
    inbox_id: MailId
    post_id: PostId
    writer: str  # the sender's address
    course: str
    received_at: datetime


_COLUMNS = (
    mail_file.c.name,
    mail_file.c.size,
    mail_file.c.media_type,
    sa.func.coalesce(mail_file.c.sha256, "").label("sha256"),
    mail_file.c.state,
    mail_file.c.why,
    mail_file.c.id,
)
_OF_POSTS = (
    sa.select(mail_file.c.post_id, *_COLUMNS)
    .where(mail_file.c.post_id.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(mail_file.c.post_id, mail_file.c.position, mail_file.c.id)
)
#: A file waits for as long as its post is accepted, or may be.
_WAITS = sa.and_(mail_file.c.state == "held", post.c.state.in_(("accepted", "held")))


def put(
    conn: sa.Connection,
    files: Sequence[PostFile],
    *,
    mail_id: MailId,
    post_id: PostId | None,
    enrolment_id: EnrolmentId,
) -> None:
    """Store the files of a mail; their blobs must be stored before."""
    rows = [
        {
            "inbox_id": mail_id,
            "post_id": post_id,
            "enrolment_id": enrolment_id,
            "position": position,
            "name": each.name,
            "media_type": each.media_type,
            "size": each.size,
            "sha256": each.sha256 or None,
            "state": each.state,
            "why": each.why,
        }
        for position, each in enumerate(files)
    ]
    if rows:
        conn.execute(sa.insert(mail_file), rows)


def of_posts(
    conn: sa.Connection, post_ids: Sequence[PostId]
) -> dict[PostId, tuple[PostFile, ...]]:
    """Return the files of posts in their order, by the id of the post."""
    if not post_ids:
        return {}
    found: dict[PostId, list[PostFile]] = {}
    for row in conn.execute(_OF_POSTS, {"numbers": list(post_ids)}):
        found.setdefault(row.post_id, []).append(PostFile(*row[1:]))
    return {number: tuple(files) for number, files in found.items()}


def sent_before(
    conn: sa.Connection, enrolment_id: EnrolmentId, mail_id: MailId, hashes: Collection[str]
) -> frozenset[str]:
    """Return which of these SHA-256 came with another mail of that author."""
    if not hashes:
        return frozenset()
    query = (
        sa.select(mail_file.c.sha256)
        .outerjoin(post, post.c.id == mail_file.c.post_id)
        .where(
            mail_file.c.enrolment_id == enrolment_id,
            mail_file.c.sha256.in_(list(hashes)),
            mail_file.c.inbox_id != mail_id,
            sa.or_(post.c.id.is_(None), post.c.state == "accepted"),
        )
    )
    return frozenset(conn.execute(query.distinct()).scalars())


def held(conn: sa.Connection, limit: int) -> list[HeldFile]:
    """Return held files, oldest first."""
    rows = conn.execute(_held_query().order_by(mail_file.c.id).limit(limit))
    return [_from_row(row) for row in rows]


def held_one(conn: sa.Connection, file_id: FileId) -> HeldFile | None:
    """Return the held file with that id, or None."""
    row = conn.execute(_held_query().where(mail_file.c.id == file_id)).one_or_none()
    return None if row is None else _from_row(row)


def content(conn: sa.Connection, file_id: FileId) -> bytes | None:
    """Return the bytes of a file in any state, or None if they are not kept."""
    query = sa.select(blob.c.bytes).join(mail_file, mail_file.c.sha256 == blob.c.sha256)
    found = conn.execute(query.where(mail_file.c.id == file_id)).scalar()
    return None if found is None else bytes(found)


def count_held(conn: sa.Connection) -> int:
    """Return how many files are held."""
    query = sa.select(sa.func.count()).select_from(mail_file)
    return conn.execute(
        query.join(post, post.c.id == mail_file.c.post_id).where(_WAITS)
    ).scalar_one()


def settle(
    conn: sa.Connection, file_id: FileId, state: FileState, *, post_id: PostId | None = None
) -> bool:
    """Decide a held file, and move it to a post if one is given; return whether it was held."""
    values: dict[str, object] = {"state": state} | (
        {} if post_id is None else {"post_id": post_id}
    )
    waits = sa.and_(mail_file.c.id == file_id, mail_file.c.state == "held")
    return conn.execute(sa.update(mail_file).where(waits).values(**values)).rowcount == 1


def forget_dropped(conn: sa.Connection, mail_ids: Collection[MailId]) -> None:
    """Delete the bytes of files of these mails that were dropped, themselves or with a post."""
    dropped = sa.or_(mail_file.c.state == "dropped", post.c.state == "dropped")
    query = (
        sa.select(mail_file.c.id, mail_file.c.sha256)
        .outerjoin(post, post.c.id == mail_file.c.post_id)
        .where(mail_file.c.inbox_id.in_(list(mail_ids)), mail_file.c.sha256.is_not(None), dropped)
    )
    rows = conn.execute(query).all()
    if not rows:
        return
    gone = mail_file.c.id.in_([row.id for row in rows])
    conn.execute(sa.update(mail_file).where(gone).values(sha256=None))
    for sha256 in {row.sha256 for row in rows} - _in_unsent(conn, {row.sha256 for row in rows}):
        blobs.delete_unused(conn, sha256)


def _in_unsent(conn: sa.Connection, hashes: Collection[str]) -> set[str]:
    """Return which of these SHA-256 an unsent message refers to."""
    found: set[str] = set()
    query = sa.select(outbox.c.parts).where(outbox.c.parts.is_not(None))
    for row in conn.execute(query.execution_options(yield_per=50)):
        text = bytes(row.parts)
        found.update(
            each
            for each in hashes
            if BlobPart(each).marker in text or BlobPart(each, verbatim=True).marker in text
        )
    return found


def _held_query() -> "sa.Select[*tuple[object, ...]]":
    return (
        sa.select(
            *_COLUMNS, mail_file.c.inbox_id, mail_file.c.post_id, student.c.address,
            enrolment.c.course, inbox.c.received_at,
        )
        .select_from(mail_file)
        .join(post, post.c.id == mail_file.c.post_id)
        .join(inbox, inbox.c.id == mail_file.c.inbox_id)
        .join(enrolment, enrolment.c.id == mail_file.c.enrolment_id)
        .join(student, student.c.id == enrolment.c.student_id)
        .where(_WAITS)
    )  # fmt: skip


def _from_row(row: sa.Row[*tuple[object, ...]]) -> HeldFile:
    # The row has the fields of both classes in their order, which mypy cannot see.
    return HeldFile(PostFile(*row[:7]), *row[7:])  # type: ignore[arg-type]
