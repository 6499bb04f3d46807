"""What is doubtful waits for a person: the instructors of the course, who decide by replying."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from maildriver.discussion import posting
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId, PostId
from maildriver.domain.post import Post
from maildriver.domain.safe_text import clean_name
from maildriver.letters.posts import Talk
from maildriver.letters.writer import Letters, reader_of
from maildriver.store import courses, inbox, posts


def ask_instructors(
    conn: sa.Connection,
    letters: Letters,
    mail_id: MailId,
    waiting: Sequence[PostId],
    author: Enrolment,
    why: str,
    now: datetime,
) -> int:
    """Show the posts that wait of mail number `mail` to the instructors; return to how many."""
    shown = [posts.get(conn, number) for number in waiting]
    asked = posting.instructors(conn, author.course)
    return sum(_ask(conn, letters, mail_id, shown, author, each, why, now) for each in asked)


def decide(
    conn: sa.Connection,
    letters: Letters,
    mail_id: MailId,
    *,
    passed: bool,
    rule: str,
    now: datetime,
) -> bool:
    """Pass on or drop the posts of a mail that is held; False if none wait any more."""
    waiting = posts.of_mail(conn, mail_id, "held")
    if not waiting:
        return False
    posts.change_state(conn, waiting, "accepted" if passed else "dropped")
    inbox.settle(conn, mail_id, state="done" if passed else "dropped", rule=rule)
    if passed:
        posting.pass_on(conn, letters, waiting, now)
    return True


def _ask(
    conn: sa.Connection,
    letters: Letters,
    mail_id: MailId,
    waiting: Sequence[Post],
    author: Enrolment,
    instructor: Enrolment,
    why: str,
    now: datetime,
) -> bool:
    course = courses.of(conn, author.course)
    labels = letters.composer.labels(course, instructor.student.language)
    name = clean_name(author.student.name) or labels["anonymous"]
    talk = Talk(
        subject=labels["held"].format(name=name),
        posts=waiting,
        titles=posting.lesson_titles(course, instructor.student.language),
        intro=(labels["held_why"].format(why=why), labels["held_ask"]),
        footer=(labels["reply"]["held"],),
        can_answer_each=False,
        all_files=True,
        for_instructor=True,
    )
    return letters.put_discussion(
        conn,
        talk,
        reader_of(instructor),
        natural=f"hold:{mail_id}:{instructor.id}",
        kind="hold",
        course=course,
        enrolment=instructor,
        now=now,
    )
