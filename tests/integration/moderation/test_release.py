"""Releasing held files, on both databases."""

import pytest
from support.clock import Clock
from support.composed_mails import SITE
from support.stored_files import a_post

from maildriver.database.engine import Database
from maildriver.domain.ids import FileId, PostId
from maildriver.errors import NotFoundError
from maildriver.letters.composer import Composer
from maildriver.letters.writer import MailWriter, Turn
from maildriver.moderation.release import release_file
from maildriver.store import posts


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
