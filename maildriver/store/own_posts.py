"""Posts as their authors may change them, and their readers."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.database.schema import enrolment, had, post
from maildriver.domain import keys
from maildriver.domain.course import NO_POSITION
from maildriver.domain.ids import EnrolmentId, MailId, PostId
from maildriver.domain.post import Audience
from maildriver.store import outbox_keys

_EARLIER = TypeAdapter(tuple[str, ...])


@dataclass(frozen=True, slots=True)
class OwnPost:
    """A post, with what its author may change."""

    id: PostId
    number: int | None
    inbox_id: MailId
    enrolment_id: EnrolmentId
    course: str
    cohort: str
    lesson: str
    state: str
    audience: Audience
    text: str
    restorable: str  # see mail.reply.restorable; empty: as `text`
    earlier_texts: tuple[str, ...]  # oldest first
    at: datetime
    changed_at: datetime | None


_OWN = sa.select(*(post.c[name] for name in OwnPost.__dataclass_fields__))


def of_mail(conn: sa.Connection, enrolment_id: EnrolmentId, mail_id: MailId) -> list[OwnPost]:
    """Return the posts made from a mail of an author."""
    query = _OWN.where(
        post.c.enrolment_id == enrolment_id, post.c.inbox_id == mail_id, post.c.state != "dropped"
    )
    return [_from_row(row) for row in conn.execute(query.order_by(post.c.part))]


def of_last_mail(conn: sa.Connection, enrolment_id: EnrolmentId) -> list[OwnPost]:
    """Return the posts made from the last mail of an author."""
    query = sa.select(post.c.inbox_id).where(
        post.c.enrolment_id == enrolment_id, post.c.state != "dropped"
    )
    mail = conn.execute(query.order_by(post.c.id.desc()).limit(1)).scalar()
    return [] if mail is None else of_mail(conn, enrolment_id, mail)


def by_number(conn: sa.Connection, enrolment_id: EnrolmentId, number: int) -> list[OwnPost]:
    """Return the post that digests show under that number, if the author wrote it."""
    query = _OWN.where(post.c.enrolment_id == enrolment_id, post.c.number == number)
    return [_from_row(row) for row in conn.execute(query.where(post.c.audience == "class"))]


def withdraw(conn: sa.Connection, post_ids: Collection[PostId], now: datetime) -> bool:
    """Withdraw posts for good; return whether any was. Their numbers are not given again."""
    result = conn.execute(
        sa.update(post)
        .where(post.c.id.in_(post_ids), post.c.state.in_(("accepted", "held")))
        .values(state="withdrawn", announced_to=None, changed_at=now)
    )
    return result.rowcount > 0


def revise(conn: sa.Connection, own: OwnPost, text: str, changed_at: datetime | None) -> None:
    """Change the text of a post; the earlier text is kept, since replies may quote it."""
    earlier = _EARLIER.dump_json((*own.earlier_texts, own.text)).decode()
    conn.execute(
        sa.update(post)
        .where(post.c.id == own.id)
        .values(text=text, earlier_texts=earlier, changed_at=changed_at)
    )


def earlier_texts(conn: sa.Connection, post_ids: Sequence[PostId]) -> list[str]:
    """Return the earlier texts of posts that were changed."""
    query = sa.select(post.c.earlier_texts).where(
        post.c.id.in_(post_ids), post.c.earlier_texts != ""
    )
    return [
        text for found in conn.execute(query).scalars() for text in _EARLIER.validate_json(found)
    ]


def unchanged(conn: sa.Connection, texts: Mapping[PostId, str]) -> set[PostId]:
    """Return the ids of posts that are accepted and still have the expected text.

    They are locked against changes until the transaction ends.
    """
    query = sa.select(post.c.id, post.c.text).where(
        post.c.id.in_(texts), post.c.state == "accepted"
    )
    rows = conn.execute(query.order_by(post.c.id).with_for_update(read=True, of=post)).all()
    return {row.id for row in rows if row.text == texts[row.id]}


def count_readers(conn: sa.Connection, own: OwnPost) -> int:
    """Return how many readers were sent a post."""
    if own.audience != "class":
        return outbox_keys.count_sent(conn, keys.Relay.beginning(own.id))
    if own.number is None:
        return 0
    # Where no lesson opens the discussion, later enrolments have begun after the post.
    began_behind = sa.and_(had.c.position == NO_POSITION, enrolment.c.enrolled_at > own.at)
    query = (
        sa.select(sa.func.count())
        .select_from(had.join(enrolment, had.c.enrolment_id == enrolment.c.id))
        .where(
            enrolment.c.course == own.course,
            enrolment.c.id != own.enrolment_id,
            sa.or_(enrolment.c.role == "instructor", enrolment.c.cohort == own.cohort),
            had.c.lesson == own.lesson,
            had.c.last_seen_number >= own.number,
            ~began_behind,
        )
    )
    return conn.execute(query).scalar_one()


def _from_row(row: Any) -> OwnPost:
    values = row._asdict()
    earlier = row.earlier_texts
    values["earlier_texts"] = _EARLIER.validate_json(earlier) if earlier else ()
    return OwnPost(**values)
