"""What its writer asks of a post: to take it back, to say something else, to put back a cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from maildriver.discussion import posting
from maildriver.discussion.recall import take_back
from maildriver.domain import receipt
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.domain.safe_text import without_addresses
from maildriver.enrolment import undo
from maildriver.letters.writer import Letters
from maildriver.mail.command.grammar import Command, read_private
from maildriver.store import inbox, outbox, own_posts
from maildriver.store.own_posts import Own

#: So long `undo` takes a post back; after it there is `withdraw`.
UNDO_WITHIN = timedelta(minutes=30)

#: Letters after which `undo` means the command that they answer.
_TOLD_OF_A_COMMAND = {"left", "paused", "resumed", "next"}

Outcome = Literal["withdrawn", "edited", "restored", "undone", ""]
WhyNot = Literal[
    "none", "not-yours", "withdrawn", "held", "several", "late", "no-text", "nothing-cut",
    "private", "",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a wish."""

    outcome: Outcome  # empty: nothing was changed, for the reason in `why_not`
    why_not: WhyNot = ""
    posts: tuple[Own, ...] = ()  # as they are now
    readers: int = 0  # who have had it as it was, or may have


def is_meant(
    conn: sa.Connection, writer: Enrolment, answers: outbox.Row | None, kept: undo.Before | None
) -> bool:
    """Tell whether `undo` speaks of a post: of a receipt, or because that was the last thing."""
    if answers is not None and receipt.is_receipt(answers.key):
        return True
    if answers is not None and answers.key.startswith("note:"):
        told_of = answers.key.rpartition(":")[2]
        if told_of in _TOLD_OF_A_COMMAND:
            return False
    posts = own_posts.last(conn, writer.id)
    if not posts or kept is None:
        return bool(posts)
    return kept.at is not None and _touched(posts) > kept.at


def change(
    conn: sa.Connection,
    letters: Letters,
    command: Command,
    writer: Enrolment,
    answers: outbox.Row | None,
    now: datetime,
) -> Change:
    """Do what is asked of a post of the writer's own, if that can be."""
    posts = _meant(conn, command, writer, answers)
    if not posts:
        return Change("", "none" if command.number is None else "not-yours")
    if all(each.state == "withdrawn" for each in posts):
        return Change("", "withdrawn", tuple(posts))
    if command.name == "undo":
        return _undo(conn, letters, writer, posts, now)
    if command.name == "withdraw":
        return _withdraw(conn, posts, now)
    if len(posts) > 1:
        return Change("", "several", tuple(posts))
    (post,) = posts
    if post.state == "held":
        return Change("", "held", (post,))
    if command.name == "edit":
        return _edit(conn, letters, post, command.text, now)
    return _restore(conn, letters, post, now)


def disown(conn: sa.Connection, writer: Enrolment, mail_id: MailId, now: datetime) -> str:
    """Withdraw what stands in a writer's name and is not theirs; return what was done."""
    posts = [
        each for each in own_posts.of_mail(conn, writer.id, mail_id) if each.state == "accepted"
    ]
    if not posts:
        return "was decided before"
    _withdraw(conn, posts, now)
    return f"in-{mail_id} withdrawn: the student did not write it"


def _meant(
    conn: sa.Connection, command: Command, writer: Enrolment, answers: outbox.Row | None
) -> list[Own]:
    """Return the posts that are spoken of: by number, by the receipt, else the last ones."""
    if command.number is not None:
        return own_posts.numbered(conn, writer.id, command.number)
    mail = None if answers is None else receipt.mail_of(answers.key)
    return own_posts.of_mail(conn, writer.id, mail) if mail else own_posts.last(conn, writer.id)


def _undo(
    conn: sa.Connection, letters: Letters, writer: Enrolment, posts: Sequence[Own], now: datetime
) -> Change:
    touched, kept = _touched(posts), undo.kept(conn, writer.id)
    if kept is not None and kept.command == "undo" and kept.at is not None and kept.at >= touched:
        return Change("", "none", tuple(posts))
    if now - touched > UNDO_WITHIN:
        return Change("", "late", tuple(posts))
    undo.remember(conn, writer.id, undo.Before.of(writer, "undo", now))
    if len(posts) == 1 and posts[0].changed_at is not None:
        return _revised(conn, letters, posts[0], posts[0].earlier_texts[-1], "undone", now)
    return _withdraw(conn, posts, now)


def _withdraw(conn: sa.Connection, posts: Sequence[Own], now: datetime) -> Change:
    own_posts.withdraw(conn, [each.id for each in posts], now)
    for each in posts:
        if each.state == "held":
            inbox.settle(conn, each.inbox_id, state="dropped", rule="withdrawn by its writer")
    return Change("withdrawn", "", _now(conn, posts), _had_by(conn, posts))


def _edit(conn: sa.Connection, letters: Letters, post: Own, text: str, now: datetime) -> Change:
    if not text.strip():
        return Change("", "no-text", (post,))
    without_mark = read_private(text)
    if without_mark is not None and post.audience == "class":
        return Change("", "private", (post,))
    return _revised(conn, letters, post, without_mark or text, "edited", now)


def _restore(conn: sa.Connection, letters: Letters, post: Own, now: datetime) -> Change:
    first = post.earlier_texts[0] if post.earlier_texts else post.text
    if not post.restorable or post.text != first:
        return Change("", "nothing-cut", (post,))
    text = without_addresses(read_private(post.restorable) or post.restorable)
    return _revised(conn, letters, post, text, "restored", now)


def _revised(
    conn: sa.Connection, letters: Letters, post: Own, text: str, outcome: Outcome, now: datetime
) -> Change:
    own_posts.revise(conn, post, text, now)
    readers = _had_by(conn, [post])
    posting.pass_on(conn, letters, [post.id], now)
    return Change(outcome, "", _now(conn, [post]), readers)


def _had_by(conn: sa.Connection, posts: Sequence[Own]) -> int:
    """Take back what is not out, and return how many had the posts as they were, or may have."""
    may_be_out = take_back(conn, posts)
    return may_be_out + max(own_posts.readers(conn, each) for each in posts)


def _now(conn: sa.Connection, posts: Sequence[Own]) -> tuple[Own, ...]:
    numbers = {each.id for each in posts}
    found = own_posts.of_mail(conn, posts[0].enrolment_id, posts[0].inbox_id)
    return tuple(each for each in found if each.id in numbers)


def _touched(posts: Sequence[Own]) -> datetime:
    return max(each.changed_at or each.at for each in posts)
