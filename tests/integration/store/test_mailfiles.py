"""The files of people's mail, on both databases: kept while anything needs them, and no longer."""

from datetime import timedelta
from hashlib import sha256

import pytest
import sqlalchemy as sa
from clock import Clock
from composed_mails import SITE

from maildriver.database.engine import Database
from maildriver.database.schema import blob, enrolment, lesson, mail_file, post, student
from maildriver.database.schema import inbox as inbox_table
from maildriver.database.thread import DatabaseThread
from maildriver.domain.frozen_message import BlobPart
from maildriver.domain.ids import EnrolmentId, FileId, MailId, PostId
from maildriver.domain.post import FileState, PostFile
from maildriver.errors import NotFoundError
from maildriver.inbound.files import ReceivedFile, keep
from maildriver.inbound.retention import Retention
from maildriver.letters.composer import Composer
from maildriver.letters.writer import MailWriter, Turn
from maildriver.mail.message import MailFile
from maildriver.moderation.release import release_file
from maildriver.store import blobs, inbox, outbox, post_files, posts

KEEP = timedelta(days=10)


@pytest.fixture
def writers(database: Database, clock: Clock) -> tuple[int, int]:
    """Two students of one course."""

    def enrol(conn: sa.Connection) -> tuple[int, int]:
        for number in (1, 2):
            conn.execute(sa.insert(student).values(id=number, address=f"s{number}@example.org"))
            values = {"id": number, "student_id": number, "course": "sky", "enrolled_at": clock()}
            conn.execute(sa.insert(enrolment).values(values))
        return 1, 2

    return database.write(enrol)


def mail_of(conn: sa.Connection, clock: Clock, raw: bytes) -> int:
    uid = (conn.execute(sa.select(sa.func.max(inbox_table.c.id))).scalar() or 0) + 1
    fetched = inbox.Fetched("INBOX", 1, uid, len(raw), clock(), state="done")
    number = inbox.put(conn, fetched, blobs.put(conn, raw))
    assert number is not None
    return number


def a_post(
    database: Database, clock: Clock, writer: int, *contents: bytes, state: FileState = "passed"
) -> int:
    """Store a mail with files and the post that it becomes; return the id of the post."""

    def put(conn: sa.Connection) -> int:
        mail = mail_of(conn, clock, b"raw " + b"".join(contents))
        files = tuple(
            PostFile(f"{n}.jpg", len(each), "image/jpeg", blobs.put(conn, each), state)
            for n, each in enumerate(contents)
        )
        new = posts.NewPost(
            "sky", "", "north", EnrolmentId(writer), "x", "", MailId(mail), 0, clock(), files=files
        )
        number = posts.put(conn, new)
        assert number is not None
        return number

    return database.write(put)


def kept(database: Database) -> list[bytes]:
    rows = database.read(lambda conn: conn.execute(sa.select(blob.c.bytes)).scalars().all())
    return sorted(map(bytes, rows))


async def forget(database: Database, clock: Clock) -> None:
    clock.advance(KEEP * 2)
    await Retention(DatabaseThread(database), KEEP, clock).step()


def test_files_come_back_with_their_posts_in_their_order(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    first = a_post(database, clock, writers[0], b"one", b"two", b"three")
    second = a_post(database, clock, writers[1])

    found = database.read(
        lambda conn: [posts.get(conn, PostId(each)).files for each in (first, second)]
    )

    assert [(file.name, file.size) for file in found[0]] == [
        ("0.jpg", 3), ("1.jpg", 3), ("2.jpg", 5),
    ]  # fmt: skip
    assert found[1] == ()


def test_the_same_content_is_kept_once_and_the_order_stays(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    names = [("a.jpg", b"one"), ("b.exe", b"two"), ("again.jpg", b"one"), ("c.pdf", b"three")]
    came = [
        ReceivedFile(
            MailFile(name, "application/octet-stream", 3, sha256(raw).hexdigest(), False), raw
        )
        for name, raw in names
    ]

    kept_files = database.write(lambda conn: keep(conn, came, MailId(1), EnrolmentId(writers[0])))

    assert [(each.name, each.state) for each in kept_files] == [
        ("a.jpg", "passed"), ("b.exe", "held"), ("c.pdf", "passed"),
    ]  # fmt: skip
    assert kept(database) == [b"one", b"three", b"two"]


def test_what_came_before_is_known_of_its_writer_alone(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    number = a_post(database, clock, writers[0], b"logo")
    (file,) = database.read(lambda conn: posts.get(conn, PostId(number)).files)
    hashes = [file.sha256, "b" * 64]

    def before(writer: int, mail: int) -> frozenset[str]:
        return database.read(
            lambda conn: post_files.sent_before(conn, EnrolmentId(writer), MailId(mail), hashes)
        )

    assert before(writers[0], 99) == {file.sha256}
    assert before(writers[0], 1) == frozenset(), "its own mail is no earlier one"
    assert before(writers[1], 99) == frozenset()
    database.write(lambda conn: posts.change_state(conn, [PostId(number)], "dropped"))
    assert before(writers[0], 99) == frozenset(), "who dropped it may have dropped a forgery"


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


def test_a_held_file_waits_for_as_long_as_its_post_may_be_read(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    number = a_post(database, clock, writers[0], b"MZ", state="held")

    (file,) = database.read(lambda conn: post_files.held(conn, 9))
    assert (file.writer, file.course, file.post_id) == ("s1@example.org", "sky", number)
    assert database.read(post_files.count_held) == 1
    assert database.read(lambda conn: post_files.content(conn, FileId(file.file.id))) == b"MZ"

    database.write(lambda conn: posts.change_state(conn, [PostId(number)], "dropped"))
    assert database.read(lambda conn: post_files.held(conn, 9)) == []
    assert database.read(lambda conn: post_files.held_one(conn, FileId(file.file.id))) is None
    assert database.read(post_files.count_held) == 0


def test_a_file_that_is_released_goes_with_its_post_or_follows_it(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    letters = MailWriter(Composer(SITE), b"k" * 32, "")
    number = a_post(database, clock, writers[0], b"MZ", b"PK", state="held")
    first, second = (
        file.id for file in database.read(lambda conn: posts.get(conn, PostId(number))).files
    )

    def release(file: int) -> bool:
        return database.write(
            lambda conn: release_file(Turn(conn, letters, clock()), FileId(file))
        )

    assert not release(first), "nobody has been shown the post yet"
    database.write(lambda conn: posts.number_new(conn, 9))
    assert release(second)
    database.write(lambda conn: posts.number_new(conn, 9))

    shown = database.read(lambda conn: posts.of_lesson(conn, "sky", "", "north"))
    assert [(each.text, each.parent_id, each.thread_id) for each in shown] == [
        ("x", None, number), ("", number, number),
    ]  # fmt: skip
    assert [[file.state for file in each.files] for each in shown] == [["released"], ["released"]]
    assert [each.number for each in shown] == [1, 2]
    with pytest.raises(NotFoundError, match=f"file-{second} is not held"):
        release(second)


def test_a_post_that_is_erased_takes_its_files_along(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    a_post(database, clock, writers[0], b"one")
    database.write(lambda conn: conn.execute(sa.delete(post)))
    assert database.read(lambda conn: conn.execute(sa.select(mail_file)).all()) == []
