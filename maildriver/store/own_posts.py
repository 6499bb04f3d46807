"""Posts as their writers may change them, and who has had them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.database.schema import enrolment, had, outbox, post
from maildriver.domain.course import NO_PLACE
from maildriver.domain.ids import EnrolmentId, MailId, PostId
from maildriver.domain.post import Audience

_EARLIER = TypeAdapter(tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Own:
    """A post, as its writer may speak of it."""

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


_OWN = sa.select(*(post.c[name] for name in Own.__dataclass_fields__))


def of_mail(conn: sa.Connection, enrolment_id: EnrolmentId, mail_id: MailId) -> list[Own]:
    """Return the posts that a mail of a writer has become."""
    query = _OWN.where(
        post.c.enrolment_id == enrolment_id, post.c.inbox_id == mail_id, post.c.state != "dropped"
    )
    return [_read(row) for row in conn.execute(query.order_by(post.c.part))]


def last(conn: sa.Connection, enrolment_id: EnrolmentId) -> list[Own]:
    """Return the posts that the last mail of a writer has become."""
    query = sa.select(post.c.inbox_id).where(
        post.c.enrolment_id == enrolment_id, post.c.state != "dropped"
    )
    mail = conn.execute(query.order_by(post.c.id.desc()).limit(1)).scalar()
    return [] if mail is None else of_mail(conn, enrolment_id, mail)


def numbered(conn: sa.Connection, enrolment_id: EnrolmentId, number: int) -> list[Own]:
    """Return the post that digests show under a number, if it is the writer's."""
    query = _OWN.where(post.c.enrolment_id == enrolment_id, post.c.number == number)
    return [_read(row) for row in conn.execute(query.where(post.c.audience == "class"))]


def withdraw(conn: sa.Connection, post_ids: Collection[PostId], now: datetime) -> bool:
    """Take posts out of the discussion for good; their numbers stay theirs."""
    result = conn.execute(
        sa.update(post)
        .where(post.c.id.in_(post_ids), post.c.state.in_(("accepted", "held")))
        .values(state="withdrawn", announced_to=None, changed_at=now)
    )
    return result.rowcount > 0


def revise(conn: sa.Connection, own: Own, text: str, changed_at: datetime | None) -> None:
    """Let a post say something else; what it said is kept, for whoever quotes it."""
    earlier = _EARLIER.dump_json((*own.earlier_texts, own.text)).decode()
    conn.execute(
        sa.update(post)
        .where(post.c.id == own.id)
        .values(text=text, earlier_texts=earlier, changed_at=changed_at)
    )


def earlier_texts(conn: sa.Connection, post_ids: Sequence[PostId]) -> list[str]:
    """Return what these posts have said before they were changed."""
    query = sa.select(post.c.earlier_texts).where(
        post.c.id.in_(post_ids), post.c.earlier_texts != ""
    )
    return [
        text for found in conn.execute(query).scalars() for text in _EARLIER.validate_json(found)
    ]


def still_says(conn: sa.Connection, texts: Mapping[PostId, str]) -> set[PostId]:
    """Return which of these posts still stand, with the text that is expected of each.

    They stay so until the transaction ends: whoever would change one waits for it.
    """
    query = sa.select(post.c.id, post.c.text).where(
        post.c.id.in_(texts), post.c.state == "accepted"
    )
    rows = conn.execute(query.order_by(post.c.id).with_for_update(read=True, of=post)).all()
    return {row.id for row in rows if row.text == texts[row.id]}


def readers(conn: sa.Connection, own: Own) -> int:
    """Return how many have been sent a post."""
    if own.audience != "class":
        key = f"relay:{own.id}:"
        query = sa.select(sa.func.count()).where(
            outbox.c.key >= key, outbox.c.key < f"relay:{own.id};", outbox.c.state == "sent"
        )
        return conn.execute(query).scalar_one()
    if own.number is None:
        return 0
    # Who came later began behind it, in talk that no lesson opens.
    began_behind = sa.and_(had.c.position == NO_PLACE, enrolment.c.enrolled_at > own.at)
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


def _read(row: Any) -> Own:
    values = row._asdict()
    earlier = row.earlier_texts
    values["earlier_texts"] = _EARLIER.validate_json(earlier) if earlier else ()
    return Own(**values)
