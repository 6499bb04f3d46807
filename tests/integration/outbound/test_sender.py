"""The sender against servers that refuse and break, with a real database between."""

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.sender import a_post

from maildriver.database.engine import Database, Work
from maildriver.database.schema import outbox as messages
from maildriver.database.thread import DatabaseThread
from maildriver.domain.delivery import RETRY_AFTER
from maildriver.domain.quantity import Rate
from maildriver.errors import StoreError
from maildriver.outbound import result_writer
from maildriver.store import held, suppressions

T = TypeVar("T")


class FailingOnce(DatabaseThread):
    """A database whose disk is full for one change, the one of that number."""

    def __init__(self, database: Database, number: int) -> None:
        super().__init__(database)
        self.left = number

    async def write(self, work: Work[T]) -> T:
        self.left -= 1
        if self.left == 0:
            raise StoreError("the database refused a change: disk full")
        return await super().write(work)


@pytest.mark.parametrize("number", range(1, 24))
async def test_a_change_that_the_database_does_not_take_strands_nothing(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(result_writer, "_RETRY", 0.01)
    async with a_post(tmp_path, clock) as post:
        await post.put(5)
        post.sender.db = post.sender.results.db = FailingOnce(post.db.database, number)
        try:
            for _ in range(8):
                with contextlib.suppress(StoreError):
                    while await post.sender.step():
                        pass
                clock.advance(timedelta(minutes=10))
            assert await post.states() == {"sent": 5}
            assert len(post.sink.taken) == 5
        finally:
            await asyncio.to_thread(post.sender.db.close)


async def test_a_message_that_breaks_every_connection_is_held_and_the_others_go(
    tmp_path: Path, clock: Clock
) -> None:
    async with a_post(tmp_path, clock, {"data": [None] * 40}) as post:
        await post.put(1)
        await post.send_for(sum(RETRY_AFTER, timedelta(days=1)), timedelta(hours=1))

        assert await post.states() == {"held": 1}
        waiting = await post.db.read(lambda conn: held.messages(conn, 9))
        assert "the connection broke at each of 19 attempts" in waiting[0].last_text
        assert len(post.told) == 1

        post.sink.script.clear()
        await post.db.write(lambda conn: held.release_message(conn, waiting[0].id, clock()))
        await post.sender.step()
        assert await post.states() == {"sent": 1}


async def test_a_bad_address_is_counted_as_a_bounce_and_a_person_is_told(
    tmp_path: Path, clock: Clock
) -> None:
    async with a_post(tmp_path, clock, {"rcpt": ["550 5.1.1 no such user"]}) as post:
        await post.put(1)
        await post.sender.step()

        assert await post.states() == {"failed": 1}
        found = await post.db.read(lambda conn: suppressions.get(conn, "student-0@example.org"))
        assert found is not None
        assert found.score == 1.0
        assert "maildriver held" in post.told[0]


async def test_the_first_step_after_a_pause_sends(tmp_path: Path, clock: Clock) -> None:
    async with a_post(tmp_path, clock, {"mail": ["530 5.7.0 authenticate first"]}) as post:
        await post.put(1)
        await post.sender.step()
        assert await post.states() == {"ready": 1}
        clock.advance(timedelta(days=1))

        assert await post.sender.step()

        assert await post.states() == {"sent": 1}


async def test_what_is_claimed_behind_a_step_that_broke_keeps_nothing_from_going(
    tmp_path: Path, clock: Clock
) -> None:
    async with a_post(tmp_path, clock) as post:
        await post.put(5)
        late = await post.db.write(post.sender._claim_next)
        assert len(late) == post.sender.connections
        post.sender.results.on_claimed(
            late
        )  # as the ledger does whose transaction ends after the step

        await post.send_for(timedelta(minutes=1), timedelta(minutes=1))

        assert await post.states() == {"sent": 5}
        assert len(post.sink.taken) == 5


async def test_what_the_provider_allows_is_never_passed(tmp_path: Path, clock: Clock) -> None:
    rates = (Rate(3, timedelta(minutes=1)), Rate(8, timedelta(days=1)))
    async with a_post(tmp_path, clock, rates=rates) as post:
        await post.put(12)
        await post.send_for(timedelta(hours=2), timedelta(seconds=20))
        assert len(post.sink.taken) == 8

        times = await post.db.read(
            lambda conn: (
                conn.execute(
                    sa.select(messages.c.settled_at)
                    .where(messages.c.state == "sent")
                    .order_by(messages.c.settled_at)
                )
                .scalars()
                .all()
            )
        )
        assert all(
            later - earlier >= timedelta(minutes=1)
            for earlier, later in zip(times, times[3:], strict=False)
        )
        await post.send_for(timedelta(days=1), timedelta(minutes=30))
        assert await post.states() == {"sent": 12}
