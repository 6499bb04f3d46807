"""From what somebody wrote to posts, each in its thread and before the right readers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain import receipt
from maildriver.domain.course import Course, in_language, places
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId, MailId, PostId
from maildriver.domain.post import Audience, Post, PostFile, audience
from maildriver.domain.safe_text import clean_name
from maildriver.letters.posts import Talk
from maildriver.letters.writer import Letters, reader_of
from maildriver.mail.command.grammar import read_private
from maildriver.mail.reply.per_post import Answer
from maildriver.store import courses, enrolments, outbox, own_posts, posts


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody has written, and what it answers."""

    inbox: MailId
    author: Enrolment
    answers: outbox.Row | None
    about: str  # which post of it, if the address says so; or "private"
    parts: Sequence[Answer]
    elided: str
    files: tuple[PostFile, ...] = ()
    whole: str = ""  # see mail.whole


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a post belongs, and what decided that."""

    lesson: str
    parent: Post | None
    rule: str


def put(conn: sa.Connection, said: Said, now: datetime, *, state: str) -> list[PostId]:
    """Store what was said as posts, and return their ids; those of an earlier time are left out.

    One mail may become several: each part answers the post under which it stands.
    """
    course = courses.of(conn, said.author.course)
    made = [
        _put_part(conn, course, said, number, part, now, state=state)
        for number, part in enumerate(said.parts)
    ]
    return [number for number in made if number is not None]


def pass_on(
    conn: sa.Connection, letters: Letters, post_ids: Sequence[PostId], now: datetime
) -> int:
    """Send posts that are for few to them now, and return how many mails that makes.

    What is for the class waits for its digests.
    """
    sent = 0
    for number in post_ids:
        readers, to = posts.addressee(conn, number)
        if readers in {"instructors", "one"}:
            post = posts.get(conn, number)
            author = enrolments.get(conn, post.enrolment_id)
            for reader in _readers(conn, author, to):
                sent += _relay(conn, letters, post, author, reader, now)
    return sent


def files_go_along(conn: sa.Connection, said: Said) -> bool:
    """Tell whether all who would read what was said get its files too."""
    course = courses.of(conn, said.author.course)
    parent = _place(conn, said, said.parts[0]).parent
    readers, _ = _readers_of(conn, course, said, said.parts[0], parent)
    return readers != "class" or course.files == "attached" or said.author.role == "instructor"


def unread(conn: sa.Connection, post_ids: Sequence[PostId]) -> bool:
    """Tell whether some of these posts are for instructors, and there are none."""
    for number in post_ids:
        readers, to = posts.addressee(conn, number)
        if readers in {"instructors", "one"}:
            author = enrolments.get(conn, posts.get(conn, number).enrolment_id)
            if not _readers(conn, author, to):
                return True
    return False


def _put_part(
    conn: sa.Connection,
    course: Course,
    said: Said,
    number: int,
    part: Answer,
    now: datetime,
    *,
    state: str,
) -> PostId | None:
    author = said.author
    place = _place(conn, said, part)
    without_mark = read_private(part.text)
    readers, to = _readers_of(conn, course, said, part, place.parent)
    return posts.put(
        conn,
        posts.New(
            course=author.course,
            cohort=_cohort(conn, author, place.parent),
            lesson=place.lesson,
            enrolment_id=author.id,
            text=part.text if without_mark is None else without_mark,
            elided=said.elided if number == 0 else "",
            inbox_id=said.inbox,
            part=number,
            at=now,
            audience=readers,
            to_enrolment_id=to,
            parent_id=None if place.parent is None else place.parent.id,
            rule=place.rule,
            files=said.files if number == 0 else (),
            restorable=said.whole if len(said.parts) == 1 else "",
            state=state,
        ),
    )


def _readers_of(
    conn: sa.Connection, course: Course, said: Said, part: Answer, parent: Post | None
) -> tuple[Audience, EnrolmentId | None]:
    private = said.about == "private" or read_private(part.text) is not None
    return _addressees(conn, course, said.author, parent, private=private)


def _place(conn: sa.Connection, said: Said, part: Answer) -> _Place:
    """Decide what is answered: the strongest evidence first."""
    answers = said.answers
    lesson = answers.lesson if answers is not None else ""
    rules = [(part.number, "it stands under the post that it quotes")]
    if said.about.isdecimal():
        rules.insert(0, (int(said.about), "it was written to the address of that post"))
    for number, rule in rules:
        parent = None if number is None else _visible(conn, said.author, number)
        if parent is not None:
            return _Place(parent.lesson, parent, rule)
    if answers is not None and (mail := receipt.mail_of(answers.key)):
        found = own_posts.of_mail(conn, said.author.id, mail)
        if found:  # whatever goes on from it has the same readers
            parent = posts.get(conn, found[0].id)
            return _Place(parent.lesson, parent, "it answers the receipt for that post")
    if answers is not None and answers.kind == "relay":
        parent = posts.get(conn, PostId(int(answers.key.split(":")[1])))
        return _Place(parent.lesson, parent, "it answers the mail with that post")
    if answers is not None:
        return _Place(lesson, None, "the token of the mail it answers")
    return _Place("", None, "it answers nothing of ours")


def _visible(conn: sa.Connection, author: Enrolment, number: int) -> Post | None:
    """Return a post that digests show, if the author of an answer may know of it."""
    parent = posts.by_number(conn, author.course, number)
    if parent is None or author.role == "instructor":
        return parent
    return parent if enrolments.get(conn, parent.enrolment_id).cohort == author.cohort else None


def _addressees(
    conn: sa.Connection, course: Course, author: Enrolment, parent: Post | None, *, private: bool
) -> tuple[Audience, EnrolmentId | None]:
    """Return who reads a post: what was said to one person is answered to that person."""
    if parent is not None and posts.addressee(conn, parent.id)[0] in {"instructors", "one"}:
        if author.role == "instructor" and parent.enrolment_id != author.id:
            return "one", parent.enrolment_id
        if parent.enrolment_id == author.id:
            return posts.addressee(conn, parent.id)
        return "instructors", None
    if private and parent is not None and author.role == "instructor":
        return "one", parent.enrolment_id
    return audience(course.discussion, author.role, private=private), None


def _cohort(conn: sa.Connection, author: Enrolment, parent: Post | None) -> str:
    """Return whose talk it is: an instructor is of no cohort, and answers into the post's."""
    if author.role == "instructor" and parent is not None:
        return enrolments.get(conn, parent.enrolment_id).cohort
    return author.cohort


# -- to few, at once -----------------------------------------------------------------


def instructors(conn: sa.Connection, course: str) -> list[Enrolment]:
    """Return the instructors of a course whom mail may be sent to."""
    return [each for each in enrolments.instructors(conn, course) if each.state == "active"]


def _readers(conn: sa.Connection, author: Enrolment, to: EnrolmentId | None) -> list[Enrolment]:
    if to is not None:
        reader = enrolments.get(conn, to)
        return [reader] if reader.state in {"active", "paused", "finished"} else []
    return [each for each in instructors(conn, author.course) if each.id != author.id]


def _relay(
    conn: sa.Connection,
    letters: Letters,
    post: Post,
    author: Enrolment,
    reader: Enrolment,
    now: datetime,
) -> bool:
    course = courses.of(conn, reader.course)
    labels = letters.composer.labels(course, reader.student.language)
    name = clean_name(author.student.name) or labels["anonymous"]
    talk = Talk(
        subject=labels["from_member"].format(name=name),
        posts=(post,),
        titles=lesson_titles(course, reader.student.language),
        footer=(labels["reply"]["one"].format(name=name),),
        can_answer_each=False,
        all_files=True,
        for_instructor=reader.role == "instructor",
    )
    return letters.put_discussion(
        conn,
        talk,
        reader_of(reader),
        natural=f"relay:{post.id}:{reader.id}",
        kind="relay",
        lesson=post.lesson,
        course=course,
        enrolment=reader,
        now=now,
        answers=_mail_of_parent(conn, post, reader),
    )


def _mail_of_parent(conn: sa.Connection, post: Post, reader: Enrolment) -> str | None:
    """Return the Message-ID of the reader's own mail that a post answers, if it does."""
    if post.parent_id is None or posts.get(conn, post.parent_id).enrolment_id != reader.id:
        return None
    return posts.message_id(conn, post.parent_id) or None


def lesson_titles(course: Course, language: str) -> dict[str, str]:
    """Return the titles of a course's lessons by slug, in order, in a reader's language."""
    slugs = dict.fromkeys(each.slug for each in course.lessons)
    titles = {slug: _title(course, slug, language) for slug in slugs}
    return titles | {each.slug: each.title for each in course.news}


def _title(course: Course, slug: str, language: str) -> str:
    order = [place.slug for place in places(course)]
    return f"{order.index(slug) + 1}. {in_language(course, slug, language).title}"
