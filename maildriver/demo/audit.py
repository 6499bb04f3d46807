"""The audit of a demo: everybody's mails compared with the database.

What people received and wrote is compared with the database, mail by mail and post by post.
Where the two differ, something was lost, or was sent twice.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import sqlalchemy as sa

from maildriver.database.schema import enrolment, had, inbox, outbox, post, student
from maildriver.demo import letters
from maildriver.demo.world import World
from maildriver.domain.course import NO_POSITION

_WRITTEN = {"post", "command", "join", "confirm", "auto-reply", "report"}


@dataclass(frozen=True, slots=True)
class Audit:
    """The totals of a demo."""

    students: int
    packets: int
    posts: int
    digests: int
    notes: int
    lost: int
    duplicates: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Records:
    """The records in the database."""

    outbox: dict[str, Any]  # rows, by token
    inbox: Counter[str]  # Message-IDs of fetched mails
    posts: int
    had: set[tuple[str, str]]  # address and slug
    shown: set[tuple[str, int]]  # address, and number of a post that its digests must show


async def audit(world: World, seconds: float) -> Audit:
    """Return the totals, with the numbers of what was lost and what was sent twice."""
    books = await world.db.read(_read_records)
    mails = {
        address: [each.mail for each in deliveries]
        for address, deliveries in world.system.mailboxes.items()
    }
    for each in world.bounced:  # sent, and a delivery report came back
        mails[each.rcpt_to].append(each.mail)
    came = Counter(letters.token_of(mail) for many in mails.values() for mail in many)
    kinds = Counter(books.outbox[token].kind for token in came if token in books.outbox)
    lost: list[object] = [*_never_arrived(books, came), *_never_fetched(world, books)]
    twice: list[object] = [token for token, times in came.items() if times > 1]
    for address, many in mails.items():
        packets, posts = _packets(world, many), _posts(many)
        lost += [each for each in books.had if each[0] == address and each[1] not in packets]
        lost += [each for each in books.shown if each[0] == address and each[1] not in posts]
        twice += _twice(packets, posts)
    return Audit(
        students=sum(each.person.role == "student" for each in world.people.values()),
        packets=kinds["packet"],
        posts=books.posts,
        digests=kinds["digest"],
        notes=came.total() - kinds["packet"] - kinds["digest"],
        lost=len(lost),
        duplicates=len(twice),
        seconds=round(seconds, 1),
    )


def _never_arrived(records: _Records, came: Counter[str]) -> Iterator[str]:
    """Yield the tokens of messages that are `sent` in the outbox and in no mailbox."""
    return (
        token for token, row in records.outbox.items() if row.state == "sent" and token not in came
    )


def _never_fetched(world: World, records: _Records) -> Iterator[str]:
    """Yield the Message-IDs of mails that people sent to the site and the inbox lacks."""
    for act in world.acts:
        if act.kind in _WRITTEN and act.mail is not None:
            number = str(act.mail["Message-ID"])
            if not records.inbox[number]:
                yield number


def _twice(packets: Counter[str], posts: Counter[int]) -> list[str]:
    return [str(each) for many in (packets, posts) for each, times in many.items() if times > 1]


def _packets(world: World, mails: Iterable[EmailMessage]) -> Counter[str]:
    """Return how often a mailbox has each lesson, by slug."""
    numbers = (letters.lesson_of(mail) for mail in mails)
    return Counter(world.lessons[number - 1][0] for number in numbers if number)


def _posts(mails: Iterable[EmailMessage]) -> Counter[int]:
    """Return how often the digests of a mailbox show each post, by number."""
    return Counter(
        each.number
        for mail in mails
        for each in letters.posts_in(mail)
        if each.answer_address  # a withdrawn post has no address for answers
    )


def _read_records(conn: sa.Connection) -> _Records:
    rows = conn.execute(
        sa.select(outbox.c.token, outbox.c.kind, outbox.c.state, outbox.c.address)
    ).all()
    accepted = conn.execute(
        sa.select(post.c.number, post.c.lesson, post.c.enrolment_id, post.c.audience).where(
            post.c.state == "accepted"
        )
    ).all()
    people = sa.join(had, enrolment, had.c.enrolment_id == enrolment.c.id).join(
        student, student.c.id == enrolment.c.student_id
    )
    lessons = conn.execute(
        sa.select(
            student.c.address,
            had.c.enrolment_id,
            had.c.lesson,
            had.c.position,
            had.c.last_seen_number,
        ).select_from(people)
    ).all()
    return _Records(
        outbox={str(row.token): row for row in rows},
        inbox=Counter(conn.scalars(sa.select(inbox.c.message_id)).all()),
        posts=len(accepted),
        had={(row.address, row.lesson) for row in lessons if row.position != NO_POSITION},
        shown={
            (row.address, each.number)
            for row in lessons
            for each in accepted
            if each.lesson == row.lesson
            and each.audience == "class"
            and each.enrolment_id != row.enrolment_id
            and each.number is not None
            and each.number <= row.last_seen_number
        },
    )
