"""Students leave while their mail is claimed, or goes up: it goes or it does not, and we know."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from clock import Clock
from integration.test_sender import Post, a_post
from torture.enrolled import enrol
from torture.truth import SEED, WHOLE

from maildriver.actions import settle
from maildriver.store import outbox
from maildriver.store.schema import outbox as messages

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
        enrolment=number,
        effect=settle.write(settle.NewsSent(number, f"news:{number}", "v")),
    )


def _withdraw(conn: sa.Connection, number: int, clock: Clock) -> str:
    """Let a student leave; return the state that their message was in."""
    query = sa.select(messages.c.state).where(messages.c.enrolment == number)
    state = str(conn.execute(query).scalar_one())
    settle.withdraw(conn, number, clock(), keep=())
    return state


def _under_way(conn: sa.Connection) -> list[int]:
    """Return whose messages are claimed, or more than that."""
    query = sa.select(messages.c.enrolment).where(messages.c.state.in_(("claimed", "dotted")))
    return list(conn.execute(query).scalars())


async def _leave_one_after_the_other(
    post: Post, clock: Clock, sending: asyncio.Task[None]
) -> Counter[str]:
    """Let students leave while their mail is about to go, or goes, or has just gone."""
    chance, met, gone = random.Random(SEED), Counter[str](), set[int]()
    while not sending.done():
        going = [each for each in await post.db.read(_under_way) if each not in gone]
        await asyncio.sleep(chance.random() * 0.01)
        if going and chance.random() < 0.7:
            number = chance.choice(going)
            gone.add(number)
            met[await post.db.write(partial(_withdraw, number=number, clock=clock))] += 1
    return met


async def test_a_message_withdrawn_at_any_moment_has_gone_or_never_goes(
    tmp_path: Path, clock: Clock
) -> None:
    async with a_post(tmp_path, clock) as post:
        await post.db.write(lambda conn: enrol(conn, STUDENTS, clock()))
        for number in range(1, STUDENTS + 1):
            await post.db.write(lambda conn, n=number: outbox.put(conn, _message(n), clock()))  # type: ignore[misc]

        sending = asyncio.create_task(post.send_for(timedelta(seconds=1), timedelta(seconds=1)))
        met = await _leave_one_after_the_other(post, clock, sending)
        await post.send_for(timedelta(days=1), timedelta(hours=1))

        rows = await post.db.read(lambda conn: conn.execute(sa.select(messages)).all())
        went = Counter(int(line["message_id"][1:-3]) for line in post.sink.taken)

    assert {row.enrolment for row in rows} == set(went), "what is still there went, and else none"
    assert {row.state for row in rows} == {"sent"}
    assert set(went.values()) == {1}
    assert met["claimed"] >= STUDENTS // 50, met
    assert len(went) >= STUDENTS // 50, met
