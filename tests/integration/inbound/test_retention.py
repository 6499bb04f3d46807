"""Old mail is deleted; files that something else needs are kept, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.stored_files import a_post, kept, mail_of

from maildriver.database.engine import Database
from maildriver.database.schema import lesson, mail_file
from maildriver.database.thread import DatabaseThread
from maildriver.domain.frozen_message import BlobPart
from maildriver.domain.ids import FileId, PostId
from maildriver.inbound.retention import Retention
from maildriver.store import blobs, outbox, post_files, posts

KEEP = timedelta(days=10)


async def forget(database: Database, clock: Clock) -> None:
    clock.advance(KEEP * 2)
    await Retention(DatabaseThread(database), KEEP, clock).step()


async def test_forgetting_a_mail_keeps_the_files_of_its_post(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    a_post(database, clock, writers[0], b"photo")
    assert kept(database) == [b"photo", b"raw photo"]

    await forget(database, clock)

    assert kept(database) == [b"photo"]


async def test_a_mail_that_is_the_same_as_a_file_or_a_file_of_a_lesson_survives(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    a_post(database, clock, writers[0], b"raw chart")

    def attach(conn: sa.Connection) -> None:
        for content in (b"raw chart", b"raw lesson"):
            mail_of(conn, clock, content)
        files = f'[{{"sha256":"{blobs.put(conn, b"raw lesson")}"}}]'
        conn.execute(sa.insert(lesson).values(position=1, files=files))

    database.write(attach)
    await forget(database, clock)

    assert kept(database) == [b"raw chart", b"raw lesson"]


@pytest.mark.parametrize("what", ["post", "file"])
async def test_the_bytes_of_what_was_dropped_go_with_its_mail_unless_they_are_needed(
    database: Database, clock: Clock, writers: tuple[int, int], what: str
) -> None:
    dropped = a_post(database, clock, writers[0], b"bad", b"shared", b"waiting", state="held")
    a_post(database, clock, writers[1], b"shared")

    def drop(conn: sa.Connection) -> None:
        if what == "post":
            posts.change_state(conn, [PostId(dropped)], "dropped")
        for file in posts.get(conn, PostId(dropped)).files:
            if what == "file":
                post_files.settle(conn, FileId(file.id), "dropped")
            if file.size == len(b"waiting"):
                parts = b"Subject: x\r\n\r\n" + BlobPart(file.sha256).marker + b"\r\n"
                message = outbox.Message("k", "t", "hold", "a@example.org", "", parts)
                outbox.put(conn, message, clock())

    database.write(drop)
    assert b"bad" in kept(database), "as long as the mail is kept"
    await forget(database, clock)

    assert kept(database) == [b"shared", b"waiting"]
    left = sa.select(mail_file.c.name).where(mail_file.c.post_id == dropped)
    assert len(database.read(lambda conn: conn.execute(left).all())) == 3, "it is still told of"
