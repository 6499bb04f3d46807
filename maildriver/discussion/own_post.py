"""Changes of a post by its author: withdraw, edit, restore, undo."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from maildriver.discussion import posting
from maildriver.discussion.recall_unsent import recall
from maildriver.discussion.receipt_text import mail_id_of
from maildriver.domain import keys
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.domain.safe_text import without_addresses
from maildriver.enrolment import undo
from maildriver.letters.writer import Turn
from maildriver.mail.command.grammar import Command, Grammar
from maildriver.store import inbox, outbox, own_posts
from maildriver.store.own_posts import OwnPost

#: How long `undo` applies to a post; later there is `withdraw`.
UNDO_WITHIN = timedelta(minutes=30)

#: Notes to which the reply `undo` means the command, not a post.
_NOTES_OF_COMMANDS = {"left", "paused", "resumed", "next"}

Outcome = Literal["withdrawn", "edited", "restored", "undone", ""]
WhyNot = Literal[
    "none", "not-yours", "withdrawn", "held", "several", "late", "no-text", "nothing-cut",
    "private", "",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class PostChange:
    """The result of a request to change posts."""

    outcome: Outcome  # empty: nothing has changed, for the reason `why_not`
    why_not: WhyNot = ""
    posts: tuple[OwnPost, ...] = ()  # as they are after the change
    readers: int = 0  # how many have received the posts as they were, or may have


def is_meant(
    conn: sa.Connection,
    writer: Enrolment,
    in_reply_to: outbox.Row | None,
    kept: undo.StateBefore | None,
) -> bool:
    """Return whether `undo` means a post: in reply to a receipt, or if newer than the command."""
    key = None if in_reply_to is None else keys.parse(in_reply_to.key)
    if isinstance(key, keys.Receipt | keys.Change):
        return True
    if isinstance(key, keys.Note) and key.letter in _NOTES_OF_COMMANDS:
        return False
    posts = own_posts.of_last_mail(conn, writer.id)
    if not posts or kept is None:
        return bool(posts)
    return kept.at is not None and _last_changed(posts) > kept.at


def change(
    turn: Turn,
    command: Command,
    writer: Enrolment,
    in_reply_to: outbox.Row | None,
    grammar: Grammar,
) -> PostChange:
    """Carry out a command about the author's own post; return the change, or why there is none."""
    posts = _posts_meant(turn.conn, command, writer, in_reply_to)
    if not posts:
        return PostChange("", "none" if command.post_number is None else "not-yours")
    if all(each.state == "withdrawn" for each in posts):
        return PostChange("", "withdrawn", tuple(posts))
    if command.name == "undo":
        return _undo(turn, writer, posts)
    if command.name == "withdraw":
        return _withdraw(turn, posts)
    if len(posts) > 1:
        return PostChange("", "several", tuple(posts))
    (post,) = posts
    if post.state == "held":
        return PostChange("", "held", (post,))
    if command.name == "edit":
        return _edit(turn, post, command.text, grammar)
    return _restore(turn, post, grammar)


def disown(turn: Turn, writer: Enrolment, mail_id: MailId) -> str:
    """Withdraw the posts of a mail that the student did not write; return the result in words."""
    found = own_posts.of_mail(turn.conn, writer.id, mail_id)
    posts = [each for each in found if each.state == "accepted"]
    if not posts:
        return "was decided before"
    _withdraw(turn, posts)
    return f"in-{mail_id} withdrawn: the student did not write it"


def _posts_meant(
    conn: sa.Connection, command: Command, writer: Enrolment, in_reply_to: outbox.Row | None
) -> list[OwnPost]:
    """Return the posts that a command means: by number, by the receipt, else the latest."""
    if command.post_number is not None:
        return own_posts.by_number(conn, writer.id, command.post_number)
    mail_id = None if in_reply_to is None else mail_id_of(in_reply_to.key)
    if mail_id:
        return own_posts.of_mail(conn, writer.id, mail_id)
    return own_posts.of_last_mail(conn, writer.id)


def _undo(turn: Turn, writer: Enrolment, posts: Sequence[OwnPost]) -> PostChange:
    touched, kept = _last_changed(posts), undo.last_command(turn.conn, writer.id)
    if kept is not None and kept.command == "undo" and kept.at is not None and kept.at >= touched:
        return PostChange("", "none", tuple(posts))
    if turn.now - touched > UNDO_WITHIN:
        return PostChange("", "late", tuple(posts))
    undo.remember(turn.conn, writer.id, undo.StateBefore.of(writer, "undo", turn.now))
    if len(posts) == 1 and posts[0].changed_at is not None:
        return _revised(turn, posts[0], posts[0].earlier_texts[-1], "undone")
    return _withdraw(turn, posts)


def _withdraw(turn: Turn, posts: Sequence[OwnPost]) -> PostChange:
    conn = turn.conn
    own_posts.withdraw(conn, [each.id for each in posts], turn.now)
    for each in posts:
        if each.state == "held":
            inbox.settle(conn, each.inbox_id, state="dropped", rule="withdrawn by its writer")
    return PostChange("withdrawn", "", _as_they_are(conn, posts), _recall_and_count(conn, posts))


def _edit(turn: Turn, post: OwnPost, text: str, grammar: Grammar) -> PostChange:
    if not text.strip():
        return PostChange("", "no-text", (post,))
    without_mark = grammar.below_private(text)
    if without_mark is not None and post.audience == "class":
        return PostChange("", "private", (post,))
    return _revised(turn, post, without_mark or text, "edited")


def _restore(turn: Turn, post: OwnPost, grammar: Grammar) -> PostChange:
    first = post.earlier_texts[0] if post.earlier_texts else post.text
    if not post.restorable or post.text != first:
        return PostChange("", "nothing-cut", (post,))
    text = without_addresses(grammar.below_private(post.restorable) or post.restorable)
    return _revised(turn, post, text, "restored")


def _revised(turn: Turn, post: OwnPost, text: str, outcome: Outcome) -> PostChange:
    own_posts.revise(turn.conn, post, text, turn.now)
    readers = _recall_and_count(turn.conn, [post])
    posting.pass_on(turn, [post.id])
    return PostChange(outcome, "", _as_they_are(turn.conn, [post]), readers)


def _recall_and_count(conn: sa.Connection, posts: Sequence[OwnPost]) -> int:
    """Recall unsent mail with the posts; return how many have, or may have, received it."""
    may_be_out = recall(conn, posts)
    return may_be_out + max(own_posts.count_readers(conn, each) for each in posts)


def _as_they_are(conn: sa.Connection, posts: Sequence[OwnPost]) -> tuple[OwnPost, ...]:
    numbers = {each.id for each in posts}
    found = own_posts.of_mail(conn, posts[0].enrolment_id, posts[0].inbox_id)
    return tuple(each for each in found if each.id in numbers)


def _last_changed(posts: Sequence[OwnPost]) -> datetime:
    return max(each.changed_at or each.at for each in posts)
