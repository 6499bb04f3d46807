"""Posting: from a draft to posts, with their threads and readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import sqlalchemy as sa

from maildriver.discussion.receipt_text import mail_id_of
from maildriver.domain import keys
from maildriver.domain.course import Course, lesson_in_language, lesson_positions
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId, MailId, PostId
from maildriver.domain.message_kind import RELAY
from maildriver.domain.post import Audience, Post, PostFile, audience
from maildriver.domain.safe_text import clean_name
from maildriver.letters.outgoing import mail_to
from maildriver.letters.posts import DiscussionContent
from maildriver.letters.writer import Turn
from maildriver.mail.command.grammar import Grammar
from maildriver.mail.reply.per_post import ReplyPart
from maildriver.store import courses, enrolments, outbox, own_posts, posts


@dataclass(frozen=True, slots=True)
class DraftPart:
    """Text to be posted, and the number of the post that it answers; None if it answers none."""

    post_number: int | None
    text: str
    private: bool  # its first line said so

    @classmethod
    def of(cls, part: ReplyPart, grammar: Grammar) -> Self:
        """Return a part of a reply, without a first line `private`."""
        below = grammar.below_private(part.text)
        text = part.text if below is None else below
        return cls(part.post_number, text, private=below is not None)


@dataclass(frozen=True, slots=True)
class Draft:
    """A text to be posted, its author, and the message that it answers."""

    mail_id: MailId
    author: Enrolment
    in_reply_to: outbox.Row | None
    about: str  # the number of the post answered, or "private"; from the address
    parts: Sequence[DraftPart]
    elided: str
    files: tuple[PostFile, ...] = ()
    restorable: str = ""  # see mail.reply.restorable


@dataclass(frozen=True, slots=True)
class _Thread:
    """The lesson and the parent of a post, and the rule that decided them."""

    lesson: str
    parent: Post | None
    rule: str


@dataclass(frozen=True, slots=True)
class Readers:
    """The readers of a post; `only` is the reader if the audience is "one"."""

    audience: Audience
    only: EnrolmentId | None = None

    @property
    def at_once(self) -> bool:
        """Whether the post is sent at once in a mail of its own, not in digests."""
        return self.audience in {"instructors", "one"}


def put(turn: Turn, draft: Draft, *, state: str) -> list[PostId]:
    """Store a draft as posts; return the ids of those that were not stored before.

    One mail may become several posts: each part of the reply answers the post above it.
    """
    made = [_put_part(turn, draft, part, state=state) for part in range(len(draft.parts))]
    return [post_id for post_id in made if post_id is not None]


def pass_on(turn: Turn, post_ids: Sequence[PostId]) -> int:
    """Relay posts to instructors or one person at once; return the number of mails.

    A post for the class waits for the digests.
    """
    sent = 0
    for post_id in post_ids:
        readers = _readers_of_post(turn.conn, post_id)
        if readers.at_once:
            post = posts.get(turn.conn, post_id)
            author = enrolments.get(turn.conn, post.enrolment_id)
            for reader in _recipients(turn.conn, author, readers.only):
                sent += _relay(turn, post, author, reader)
    return sent


def files_go_along(conn: sa.Connection, draft: Draft) -> bool:
    """Return whether all readers of a draft would get its files too."""
    course = courses.existing(conn, draft.author.course)
    parent = _thread(conn, draft, draft.parts[0]).parent
    readers = _readers_of_part(conn, draft, draft.parts[0], parent)
    return (
        readers.audience != "class"
        or course.files == "attached"
        or draft.author.role == "instructor"
    )


def unread(conn: sa.Connection, post_ids: Sequence[PostId]) -> bool:
    """Return whether one of these posts, for instructors or one person, has nobody to read it."""
    for post_id in post_ids:
        readers = _readers_of_post(conn, post_id)
        if readers.at_once:
            author = enrolments.get(conn, posts.get(conn, post_id).enrolment_id)
            if not _recipients(conn, author, readers.only):
                return True
    return False


def _put_part(turn: Turn, draft: Draft, index: int, *, state: str) -> PostId | None:
    conn, author, part = turn.conn, draft.author, draft.parts[index]
    thread = _thread(conn, draft, part)
    readers = _readers_of_part(conn, draft, part, thread.parent)
    return posts.put(
        conn,
        posts.NewPost(
            course=author.course,
            cohort=_cohort(conn, author, thread.parent),
            lesson=thread.lesson,
            enrolment_id=author.id,
            text=part.text,
            elided=draft.elided if index == 0 else "",
            inbox_id=draft.mail_id,
            part=index,
            at=turn.now,
            audience=readers.audience,
            to_enrolment_id=readers.only,
            parent_id=None if thread.parent is None else thread.parent.id,
            rule=thread.rule,
            files=draft.files if index == 0 else (),
            restorable=draft.restorable if len(draft.parts) == 1 else "",
            state=state,
        ),
    )


def _thread(conn: sa.Connection, draft: Draft, part: DraftPart) -> _Thread:
    """Return the thread of a part, by the strongest evidence there is."""
    message = draft.in_reply_to
    numbers = [(part.post_number, "it stands under the post that it quotes")]
    if draft.about.isdecimal():
        numbers.insert(0, (int(draft.about), "it was written to the address of that post"))
    for number, rule in numbers:
        parent = None if number is None else _visible(conn, draft.author, number)
        if parent is not None:
            return _Thread(parent.lesson, parent, rule)
    if message is None:
        return _Thread("", None, "it answers nothing of ours")
    if mail_id := mail_id_of(message.key):
        found = own_posts.of_mail(conn, draft.author.id, mail_id)
        if found:  # a reply to the receipt has the same readers as the post
            parent = posts.get(conn, found[0].id)
            return _Thread(parent.lesson, parent, "it answers the receipt for that post")
    if (key := keys.Relay.parse(message.key)) is not None:
        parent = posts.get(conn, key.post_id)
        return _Thread(parent.lesson, parent, "it answers the mail with that post")
    return _Thread(message.lesson, None, "the token of the mail it answers")


def _visible(conn: sa.Connection, author: Enrolment, number: int) -> Post | None:
    """Return a post by its number in digests, if the author may read it."""
    parent = posts.by_number(conn, author.course, number)
    if parent is None or author.role == "instructor":
        return parent
    return parent if enrolments.get(conn, parent.enrolment_id).cohort == author.cohort else None


# -- readers ---------------------------------------------------------------------------


def _readers_of_post(conn: sa.Connection, post_id: PostId) -> Readers:
    return Readers(*posts.audience_of(conn, post_id))


def _readers_of_part(
    conn: sa.Connection, draft: Draft, part: DraftPart, parent: Post | None
) -> Readers:
    """Return the readers of a part; a reply to a private post stays private."""
    author = draft.author
    is_instructor = author.role == "instructor"
    if parent is not None and (before := _readers_of_post(conn, parent.id)).at_once:
        if is_instructor and parent.enrolment_id != author.id:
            return Readers("one", parent.enrolment_id)
        return before if parent.enrolment_id == author.id else Readers("instructors")
    private = draft.about == "private" or part.private
    if private and parent is not None and is_instructor:
        return Readers("one", parent.enrolment_id)
    discussion = courses.existing(conn, author.course).discussion
    return Readers(audience(discussion, author.role, private=private))


def _cohort(conn: sa.Connection, author: Enrolment, parent: Post | None) -> str:
    """Return the cohort of a post; a reply by an instructor gets that of its parent."""
    if author.role == "instructor" and parent is not None:
        return enrolments.get(conn, parent.enrolment_id).cohort
    return author.cohort


def instructors(conn: sa.Connection, course: str) -> list[Enrolment]:
    """Return the instructors of a course who may be sent mail."""
    return [each for each in enrolments.instructors(conn, course) if each.state == "active"]


def _recipients(
    conn: sa.Connection, author: Enrolment, only: EnrolmentId | None
) -> list[Enrolment]:
    if only is not None:
        reader = enrolments.get(conn, only)
        return [reader] if reader.state in {"active", "paused", "finished"} else []
    return [each for each in instructors(conn, author.course) if each.id != author.id]


# -- relays ----------------------------------------------------------------------------


def _relay(turn: Turn, post: Post, author: Enrolment, reader: Enrolment) -> bool:
    course = courses.existing(turn.conn, reader.course)
    labels = turn.letters.composer.labels(course, reader.student.language)
    name = clean_name(author.student.name) or labels["anonymous"]
    talk = DiscussionContent(
        subject=labels["from_member"].format(name=name),
        posts=(post,),
        titles=lesson_titles(course, reader.student.language),
        footer=(labels["reply"][RELAY.footer].format(name=name),),
        can_answer_each=False,
        all_files=True,
        for_instructor=reader.role == "instructor",
    )
    key = keys.Relay(post.id, reader.id)
    parent_mail = _mail_of_parent(turn.conn, post, reader)
    mail = mail_to(reader, course, RELAY, key, lesson=post.lesson, in_reply_to=parent_mail)
    return turn.put_posts(mail, talk)


def _mail_of_parent(conn: sa.Connection, post: Post, reader: Enrolment) -> str:
    """Return the Message-ID of the mail of the reader that a post answers; empty if none."""
    if post.parent_id is None or posts.get(conn, post.parent_id).enrolment_id != reader.id:
        return ""
    return posts.message_id(conn, post.parent_id)


def lesson_titles(course: Course, language: str) -> dict[str, str]:
    """Return the titles of lessons and issues by slug, in order, in a reader's language."""
    slugs = dict.fromkeys(each.slug for each in course.lessons)
    titles = {slug: _title(course, slug, language) for slug in slugs}
    return titles | {each.slug: each.title for each in course.news}


def _title(course: Course, slug: str, language: str) -> str:
    order = [place.slug for place in lesson_positions(course)]
    return f"{order.index(slug) + 1}. {lesson_in_language(course, slug, language).title}"
