"""Receipts to authors, for new posts and for changed ones."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from maildriver.discussion import posting
from maildriver.discussion.own_post import PostChange
from maildriver.discussion.receipt_text import cut
from maildriver.domain import keys
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId, PostId
from maildriver.domain.message_kind import RECEIPT
from maildriver.domain.post import Post, PostFile
from maildriver.domain.safe_text import clean_name, clean_text
from maildriver.letters.fields import Field
from maildriver.letters.labels import readable_size
from maildriver.letters.note import AnsweredMail
from maildriver.letters.outgoing import mail_to
from maildriver.letters.writer import Turn
from maildriver.store import courses, enrolments, outbox_keys, posts

#: Receipts to one address; an author of more posts knows by then what becomes of them.
MOST_PER_DAY = 10
_SHOWN_LINES = 12


def put_receipt(turn: Turn, draft: posting.Draft, made: Sequence[PostId], message_id: str) -> bool:
    """Put the receipt for new posts into the outbox, unless the course wants none.

    Return whether it was put there.
    """
    conn, writer = turn.conn, draft.author
    course = courses.get(conn, writer.course)
    if not made or course is None or course.receipt == "never":
        return False
    earlier = keys.Receipt.beginning(writer.id)
    if course.receipt == "first" and outbox_keys.count_keys(conn, earlier):
        return False
    removed = cut(draft.elided)
    fields: dict[str, Field] = {
        "posts": [_where(turn, course, writer, posts.get(conn, each)) for each in made],
        "cut": removed.lines,
        "cut_begins": removed.first,
        "restorable": int(bool(draft.restorable) and len(made) == 1),
        "files": _files(_labels(turn, course, writer), draft.files),
        "once": int(course.receipt == "first"),
    }
    key = keys.Receipt(writer.id, draft.mail_id)
    return _put(turn, "receipt", key, fields, writer, message_id)


def put_change_receipt(
    turn: Turn, done: PostChange, writer: Enrolment, answered: AnsweredMail
) -> bool:
    """Put the receipt for changed posts into the outbox, even if the course wants no receipts.

    Return False if the address has had enough receipts today.
    """
    course = courses.existing(turn.conn, writer.course)
    shown = [posts.get(turn.conn, each.id) for each in done.posts]
    text = clean_text("\n\n".join(each.text for each in shown if each)) if shown else ""
    lines = [line for line in text.split("\n") if line.strip()]
    fields: dict[str, Field] = {
        "outcome": done.outcome,
        "why": done.why_not,
        "posts": [_where(turn, course, writer, each) for each in shown],
        "text": [*lines[:_SHOWN_LINES], *["[…]"] * (len(lines) > _SHOWN_LINES)],
        "readers": done.readers,
    }
    mail_id = done.posts[0].inbox_id if done.posts else MailId(0)
    key = keys.Change(writer.id, mail_id, answered.mail_id)
    return _put(turn, "changed", key, fields, writer, answered.message_id)


def _put(
    turn: Turn,
    letter: str,
    key: keys.Key,
    fields: dict[str, Field],
    writer: Enrolment,
    message_id: str,
) -> bool:
    since = turn.now - timedelta(days=1)
    today = map(keys.parse, outbox_keys.recent_keys(turn.conn, writer.student.address, since))
    given = sum(isinstance(each, keys.Receipt | keys.Change) for each in today)
    if given >= MOST_PER_DAY:
        return False
    course = courses.existing(turn.conn, writer.course)
    mail = mail_to(writer, course, RECEIPT, key, in_reply_to=message_id)
    return turn.put_letter(mail, letter, fields)


def _labels(turn: Turn, course: Course, writer: Enrolment) -> Mapping[str, Any]:
    return turn.letters.composer.labels(course, writer.student.language)


def _files(labels: Mapping[str, Any], files: Sequence[PostFile]) -> list[str]:
    """Return the names of files with their size, and a remark if held or too large."""
    remarks = {"held": str(labels["file_waits"]), "large": str(labels["file_large"])}
    named = []
    for each in files:
        size = readable_size(each.size) if each.size else ""
        facts = "; ".join(fact for fact in (size, remarks.get(each.state, "")) if fact)
        if each.state != "logo":
            named.append(f"{clean_name(each.name)} ({facts})" if facts else clean_name(each.name))
    return named


def _where(turn: Turn, course: Course, writer: Enrolment, post: Post) -> str:
    """Return a line with the lesson of a post, the post that is answered, and the readers."""
    labels = _labels(turn, course, writer)
    titles = posting.lesson_titles(course, writer.student.language)
    about = titles.get(post.lesson) or labels["general"]
    if post.parent_id is not None:
        name = clean_name(post.answers_author) or labels["anonymous"]
        number = f"#{post.answers_number} " if post.answers_number else ""
        about += labels["posted_answer"].format(whom=f"{number}{name}")
    readers, only = posts.audience_of(turn.conn, post.id)
    whom = "" if only is None else clean_name(enrolments.get(turn.conn, only).student.name)
    return f"{about}: {labels[f'posted_{readers}'].format(name=whom or labels['anonymous'])}"
