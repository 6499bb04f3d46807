"""Telling a writer what became of their mail, or of a post that they have changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from maildriver.discussion import posting
from maildriver.discussion.own_post import Change
from maildriver.domain import receipt
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId, PostId
from maildriver.domain.post import Post, PostFile
from maildriver.domain.safe_text import clean_name, clean_text
from maildriver.letters.fields import Field
from maildriver.letters.labels import readable_size
from maildriver.letters.writer import Letters, reader_of
from maildriver.store import courses, enrolments, outbox, posts

#: For one address; whoever writes more knows by then what becomes of it.
MOST_PER_DAY = 10
_SHOWN_LINES = 12


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail that a receipt responds to."""

    inbox: MailId
    message_id: str


def give(
    conn: sa.Connection,
    letters: Letters,
    said: posting.Said,
    made: Sequence[PostId],
    message_id: str,
    now: datetime,
) -> bool:
    """Tell a writer what their mail has become, if the course wants that told."""
    writer = said.author
    course = courses.get(conn, writer.course)
    if not made or course is None or course.receipt == "never":
        return False
    if course.receipt == "first" and outbox.count_keys(conn, receipt.prefix(writer.id)):
        return False
    cut = receipt.cut(said.elided)
    fields: dict[str, Field] = {
        "posts": [_where(conn, letters, course, writer, posts.get(conn, each)) for each in made],
        "cut": cut.lines,
        "cut_begins": cut.first,
        "restorable": int(bool(said.whole) and len(made) == 1),
        "files": _files(letters.composer.labels(course, writer.student.language), said.files),
        "once": int(course.receipt == "first"),
    }
    natural = receipt.key(writer.id, said.inbox)
    answered = Answered(said.inbox, message_id)
    return _put(conn, letters, "receipt", natural, fields, course, writer, answered, now)


def tell(
    conn: sa.Connection,
    letters: Letters,
    done: Change,
    writer: Enrolment,
    answered: Answered,
    now: datetime,
) -> bool:
    """Tell a writer how their post is now, whatever the course says of receipts."""
    course = courses.of(conn, writer.course)
    shown = [posts.get(conn, each.id) for each in done.posts]
    text = clean_text("\n\n".join(each.text for each in shown if each)) if shown else ""
    lines = [line for line in text.split("\n") if line.strip()]
    fields: dict[str, Field] = {
        "outcome": done.outcome,
        "why": done.why_not,
        "posts": [_where(conn, letters, course, writer, each) for each in shown],
        "text": [*lines[:_SHOWN_LINES], *["[…]"] * (len(lines) > _SHOWN_LINES)],
        "readers": done.readers,
    }
    mail = done.posts[0].inbox_id if done.posts else MailId(0)
    natural = receipt.key_of_change(writer.id, mail, answered.inbox)
    return _put(conn, letters, "changed", natural, fields, course, writer, answered, now)


def _put(
    conn: sa.Connection,
    letters: Letters,
    letter: str,
    natural: str,
    fields: dict[str, Field],
    course: Course,
    writer: Enrolment,
    answered: Answered,
    now: datetime,
) -> bool:
    today = outbox.recent_keys(conn, writer.student.address, now - timedelta(days=1))
    if sum(map(receipt.is_receipt, today)) >= MOST_PER_DAY:
        return False
    return letters.put(
        conn,
        letter,
        reader_of(writer),
        fields,
        natural=natural,
        kind="note",
        now=now,
        course=course,
        enrolment=writer,
        answers=answered.message_id or None,
    )


def _files(labels: Mapping[str, Any], files: Sequence[PostFile]) -> list[str]:
    """Return in words what became of each file: passed on, waiting, or too large."""
    remarks = {"held": str(labels["file_waits"]), "large": str(labels["file_large"])}
    named = []
    for each in files:
        size = readable_size(each.size) if each.size else ""
        facts = "; ".join(fact for fact in (size, remarks.get(each.state, "")) if fact)
        if each.state != "logo":
            named.append(f"{clean_name(each.name)} ({facts})" if facts else clean_name(each.name))
    return named


def _where(
    conn: sa.Connection, letters: Letters, course: Course, writer: Enrolment, post: Post
) -> str:
    """Return in a line about what a post is, what it answers and who reads it."""
    labels = letters.composer.labels(course, writer.student.language)
    titles = posting.lesson_titles(course, writer.student.language)
    about = titles.get(post.lesson) or labels["general"]
    if post.parent_id is not None:
        name = clean_name(post.answers_author) or labels["anonymous"]
        number = f"#{post.answers_number} " if post.answers_number else ""
        about += labels["posted_answer"].format(whom=f"{number}{name}")
    readers, to = posts.addressee(conn, post.id)
    whom = "" if to is None else clean_name(enrolments.get(conn, to).student.name)
    return f"{about}: {labels[f'posted_{readers}'].format(name=whom or labels['anonymous'])}"
