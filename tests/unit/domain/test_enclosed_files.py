"""Which files go along with a mail: what is released and fits, each content once."""

from datetime import UTC, datetime

import pytest

from maildriver.domain.enclosed_files import MOST_FILES, Enclosure, enclose
from maildriver.domain.enrolment import Role
from maildriver.domain.ids import EnrolmentId, FileId, PostId
from maildriver.domain.post import FileState, Post, PostFile


def a_file(
    name: str, size: int = 1_000, state: FileState = "passed", content: str | None = None
) -> PostFile:
    return PostFile(name, size, "image/jpeg", content or f"{name}{size}", state, id=FileId(7))


def a_post(number: int, *files: PostFile, role: Role = "student") -> Post:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    return Post(
        PostId(number),
        number,
        "north",
        PostId(number),
        None,
        EnrolmentId(1),
        "Amina",
        role,
        "",
        files,
        at,
    )


def gone(enclosure: Enclosure) -> list[str]:
    return [file.name for file in enclosure.files]


def said(enclosure: Enclosure, post: int = 1) -> list[tuple[str, str]]:
    return [(each.name, each.remark) for each in enclosure.mentions[post]]


@pytest.mark.parametrize(
    ("state", "all_of_them", "role", "goes", "remark"),
    [
        ("passed", True, "student", True, ""),
        ("passed", False, "student", False, ""),
        ("passed", False, "instructor", True, ""),
        ("released", False, "student", True, ""),
        ("released", True, "student", True, ""),
        ("held", True, "student", False, "waits"),
        ("held", False, "instructor", False, "waits"),
        ("large", True, "student", False, "large"),
    ],
)
def test_who_sent_it_and_what_was_decided_say_whether_it_goes(
    state: FileState, all_of_them: bool, role: Role, goes: bool, remark: str
) -> None:
    found = enclose(
        [a_post(1, a_file("moon.jpg", state=state), role=role)], include_all=all_of_them
    )

    assert gone(found) == (["moon.jpg"] if goes else [])
    assert said(found) == [("moon.jpg", remark)]


@pytest.mark.parametrize("state", ["logo", "dropped"])
def test_a_logo_and_what_was_dropped_are_not_even_named(state: FileState) -> None:
    found = enclose([a_post(1, a_file("logo.png", state=state))], include_all=True)
    assert (gone(found), said(found)) == ([], [])


def test_what_is_not_kept_is_named() -> None:
    file = PostFile("old.jpg", 5_000)
    found = enclose([a_post(1, file, a_file("empty.txt", 0))], include_all=True)
    assert (gone(found), said(found)) == ([], [("old.jpg", ""), ("empty.txt", "")])


def test_the_same_content_goes_once_and_two_of_one_name_are_told_apart() -> None:
    posts = [
        a_post(1, a_file("IMG_1.jpg", content="a")),
        a_post(2, a_file("img_1.JPG", content="b"), a_file("again.jpg", content="a")),
    ]
    found = enclose(posts, include_all=True)

    assert gone(found) == ["IMG_1.jpg", "img_1 (2).JPG"]
    assert said(found, 2) == [("img_1 (2).JPG", ""), ("IMG_1.jpg", "")]


def test_what_does_not_fit_is_named_and_a_smaller_one_still_goes() -> None:
    files = [a_file("a", 6_000_000), a_file("b", 6_000_000), a_file("c", 3_000_000)]
    found = enclose([a_post(1, *files)], include_all=True)

    assert gone(found) == ["a", "c"]
    assert said(found) == [("a", ""), ("b", "no-room"), ("c", "")]


def test_a_mail_has_no_endless_number_of_files() -> None:
    files = [a_file(f"{number}.jpg", 1) for number in range(MOST_FILES + 5)]
    found = enclose([a_post(1, *files)], include_all=True)
    assert len(found.files) == MOST_FILES
    assert said(found)[-1] == (f"{MOST_FILES + 4}.jpg", "no-room")
