"""The files of people's mail, on both databases: kept while anything needs them, and no longer."""

from hashlib import sha256

import sqlalchemy as sa
from support.clock import Clock
from support.stored_files import a_post, kept

from maildriver.database.engine import Database
from maildriver.database.schema import mail_file, post
from maildriver.domain.ids import EnrolmentId, FileId, MailId, PostId
from maildriver.inbound.files import ReceivedFile, keep
from maildriver.mail.message import MailFile
from maildriver.store import post_files, posts


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


def test_a_post_that_is_erased_takes_its_files_along(
    database: Database, clock: Clock, writers: tuple[int, int]
) -> None:
    a_post(database, clock, writers[0], b"one")
    database.write(lambda conn: conn.execute(sa.delete(post)))
    assert database.read(lambda conn: conn.execute(sa.select(mail_file)).all()) == []
