"""Students leave while their mail is claimed, or goes up: it goes or it does not, and we know."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from support.clock import Clock
from support.sender import Post, a_post
from torture.enrolled import enrol
from torture.truth import SEED, WHOLE

from maildriver import effects
from maildriver.database.schema import outbox as messages
from maildriver.domain.ids import EnrolmentId
from maildriver.newsletter.issue_sent import IssueSent
from maildriver.store import outbox

STUDENTS = 1_000 if WHOLE else 200
_TEXT = b"Look up.\r\n" * 20_000  # goes up in several slices


def _message(number: int) -> outbox.Message:
    return outbox.Message(
        key=f"news:{number}",
        token=f"{number:a>24}",
        kind="packet",
        address=f"student-{number}@example.org",
        mail_from="course@example.org",
        parts=b"Message-ID: <%d@x>\r\n\r\n" % number + _TEXT,
        enrolment_id=EnrolmentId(number),
        effect=effects.write(IssueSent(EnrolmentId(number), f"news:{number}", "v")),
    )


def _withdraw(
    conn: sa.Connection, state: str, gone: set[int], chance: random.Random, clock: Clock
) -> int | None:
    """Let a student leave whose message is in that state; return who, or None if there is none.

    Chosen in the change itself: between a look and a change, most would have gone their way.
    """
    query = sa.select(messages.c.enrolment_id).where(messages.c.state == state)
    there = [each for each in conn.execute(query).scalars() if each not in gone]
    if not there:
        return None
    number: int = chance.choice(there)
    effects.withdraw(conn, EnrolmentId(number), clock(), why="pause")
    return number


async def _leave_one_after_the_other(
    post: Post, clock: Clock, sending: asyncio.Task[None]
) -> Counter[str]:
    """Let students leave while their mail is about to go, or goes, or has just gone."""
    chance, met, gone = random.Random(SEED), Counter[str](), set[int]()
    while not sending.done():
        await asyncio.sleep(chance.choice((0, 0.01)) * chance.random())
        state = chance.choice(("claimed", "claimed", "dotted", "sent"))
        leave = partial(_withdraw, state=state, gone=gone, chance=chance, clock=clock)
        if chance.random() < 0.7 and (number := await post.db.write(leave)) is not None:
            gone.add(number)
            met[state] += 1
    return met


async def test_a_message_withdrawn_at_any_moment_has_gone_or_never_goes(
    tmp_path: Path, clock: Clock
) -> None:
    async with a_post(tmp_path, clock) as post:
        await post.db.write(lambda conn: enrol(conn, STUDENTS, clock()))
        for number in range(1, STUDENTS + 1):
            put = partial(outbox.put, message=_message(number), now=clock())
            await post.db.write(put)

        sending = asyncio.create_task(post.send_for(timedelta(seconds=1), timedelta(seconds=1)))
        met = await _leave_one_after_the_other(post, clock, sending)
        await post.send_for(timedelta(days=1), timedelta(hours=1))

        rows = await post.db.read(lambda conn: conn.execute(sa.select(messages)).all())
        went = Counter(int(line["message_id"][1:-3]) for line in post.sink.taken)

    assert {row.enrolment_id for row in rows} == set(went), (
        "what is still there went, and else none"
    )
    assert {row.state for row in rows} == {"sent"}
    assert set(went.values()) == {1}
    assert min(met["claimed"], met["dotted"]) >= STUDENTS // 50, met
    assert len(went) >= STUDENTS // 50, met
