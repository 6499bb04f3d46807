"""From a course folder to a course: lessons, languages, files and versions."""

import hashlib
import os
from pathlib import Path

import pytest
from support.course_folders import SETTINGS, check, course_folder, good, lesson, png

from maildriver.courses.check import check_course
from maildriver.courses.limits import Limits
from maildriver.domain.course import Lesson

FLAT = "lessons/010-one.md"
IN_FOLDER = "lessons/010-one/lesson.md"
BESIDE = "lessons/010-one"


def first(parent: Path, files: dict[str, str | bytes]) -> Lesson:
    return good(parent, files).lessons[0]


def problems(parent: Path, files: dict[str, str | bytes]) -> dict[str, str]:
    checked = check(parent, files)
    assert checked.course is None
    return {fault.file.removeprefix("night-sky/"): fault.problem for fault in checked.faults}


def test_course_toml_says_what_a_course_is(tmp_path: Path) -> None:
    settings = (
        'title = " Nachthimmel "\nlanguage = "de"\n'
        'instructors = ["Ada@Example.org", "Vera Rubin <v@example.org>"]\n'
        'starts = 2026-03-02\ndiscussion = "instructor"\ndigest = "off"\n'
        '[cadence]\ndays = ["mon", "fri"]\nat = 06:45:00\nzone = "Europe/Berlin"\n'
    )
    course = good(tmp_path, {"course.toml": settings, FLAT: lesson()})

    assert (course.slug, course.title, course.language) == ("night-sky", "Nachthimmel", "de")
    assert (course.discussion, course.digest) == ("instructor", "off")
    assert course.starts is not None
    assert course.starts.isoformat() == "2026-03-02"
    assert course.zone == "Europe/Berlin"
    assert course.cadence.days == frozenset({0, 4})
    assert course.cadence.at.isoformat() == "06:45:00"
    assert [(each.address, each.name) for each in course.instructors] == [
        ("Ada@example.org", ""),
        ("v@example.org", "Vera Rubin"),
    ]


def test_lessons_come_in_the_order_of_their_numbers_flat_or_in_folders(tmp_path: Path) -> None:
    course = good(
        tmp_path,
        {
            "lessons/9-last.md": lesson(),
            "lessons/010-tenth/lesson.md": lesson(),
            "lessons/001-first.md": lesson(),
            "lessons/.hidden.md": "no lesson",
        },
    )

    assert [each.slug for each in course.lessons] == ["first", "last", "tenth"]
    assert [each.number for each in course.lessons] == [1, 9, 10]


def test_a_flat_lesson_and_one_in_a_folder_are_the_same_version(tmp_path: Path) -> None:
    flat = first(tmp_path / "a", {FLAT: lesson()})
    folder = first(tmp_path / "b", {IN_FOLDER: lesson()})

    assert flat == folder


@pytest.mark.parametrize(
    ("base", "form"),
    [(FLAT, "lessons/010-one.{}.md"), (IN_FOLDER, "lessons/010-one/lesson.{}.md")],
)
def test_a_lesson_is_translated_by_files_beside_it(tmp_path: Path, base: str, form: str) -> None:
    files: dict[str, str | bytes] = {
        base: lesson(),
        form.format("de"): lesson("Hinauf!\n", "Norden finden"),
        form.format("pt-BR"): lesson("Olhe!\n", "O norte"),
    }
    course = good(tmp_path, files)

    titles = {each.language: each.title for each in course.lessons}
    assert titles == {"en": "Finding north", "de": "Norden finden", "pt-BR": "O norte"}
    assert {each.slug for each in course.lessons} == {"one"}
    assert len({each.version for each in course.lessons}) == 3


def test_a_file_without_a_language_is_in_the_language_of_the_course(tmp_path: Path) -> None:
    found = first(tmp_path, {"course.toml": SETTINGS + 'language = "de"\n', FLAT: lesson()})

    assert found.language == "de"


@pytest.mark.parametrize(
    ("base", "other"),
    [(FLAT, "lessons/010-one.en.md"), (IN_FOLDER, "lessons/010-one/lesson.en.md")],
)
def test_two_texts_of_a_lesson_in_one_language_are_a_fault(
    tmp_path: Path, base: str, other: str
) -> None:
    (problem,) = problems(tmp_path, {base: lesson(), other: lesson()}).values()

    assert "one has two texts in the language" in problem


@pytest.mark.parametrize(
    "other", ["lessons/020-one.md", "lessons/020-one/lesson.md", "lessons/010-one/lesson.md"]
)
def test_two_lessons_with_one_name_are_a_fault(tmp_path: Path, other: str) -> None:
    (problem,) = problems(tmp_path, {FLAT: lesson(), other: lesson()}).values()

    assert "two lessons are called one" in problem


def test_an_image_that_the_text_shows_is_not_attached_and_the_rest_is_in_order(
    tmp_path: Path,
) -> None:
    found = first(
        tmp_path,
        {
            IN_FOLDER: lesson(
                "![a map](map%20a.png)\n\n{% if student.name %}![b](b.png){% endif %}"
            ),
            f"{BESIDE}/map a.png": png(1),
            f"{BESIDE}/b.png": png(2),
            f"{BESIDE}/spare.png": png(3),
            f"{BESIDE}/Übung.pdf": b"%PDF",
            f"{BESIDE}/a.unknown-kind": b"?",
        },
    )

    assert [(file.name, file.shown) for file in found.files] == [
        ("a.unknown-kind", False),
        ("b.png", True),
        ("map a.png", True),
        ("spare.png", False),
        ("Übung.pdf", False),
    ]
    kinds = [file.media_type for file in found.files]
    assert kinds == ["application/octet-stream", *["image/png"] * 3, "application/pdf"]
    assert found.files[4].sha256 == hashlib.sha256(b"%PDF").hexdigest()
    assert found.files[4].size == 4


def test_every_file_can_be_found_again_by_its_hash(tmp_path: Path) -> None:
    checked = check(tmp_path, {IN_FOLDER: lesson(), f"{BESIDE}/a.pdf": b"a", f"{BESIDE}/b": b"b"})

    assert {Path(path).read_bytes() for path in checked.files.values()} == {b"a", b"b"}
    for sha256, path in checked.files.items():
        assert hashlib.sha256(Path(path).read_bytes()).hexdigest() == sha256


def test_a_version_is_the_same_wherever_it_is_read_and_whatever_its_number(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {IN_FOLDER: lesson(), f"{BESIDE}/a.pdf": b"a"}
    before = first(tmp_path / "a", files)
    moved = {name.replace("010", "777"): content for name, content in files.items()}
    after = first(tmp_path / "b", moved)

    assert first(tmp_path / "c", files).version == before.version
    assert (after.version, after.slug) == (before.version, before.slug)
    assert after.number == 777


@pytest.mark.parametrize(
    "change",
    [
        {IN_FOLDER: lesson("Look down.\n")},
        {IN_FOLDER: lesson(title="Finding south")},
        {f"{BESIDE}/a.pdf": b"b"},
        {f"{BESIDE}/b.pdf": b"a"},
    ],
)
def test_a_version_changes_with_text_title_and_files(
    tmp_path: Path, change: dict[str, str | bytes]
) -> None:
    files: dict[str, str | bytes] = {IN_FOLDER: lesson(), f"{BESIDE}/a.pdf": b"a"}
    before = first(tmp_path / "a", files)
    after = first(tmp_path / "b", {**files, **change})

    assert after.version != before.version


def test_line_ends_and_a_byte_order_mark_change_nothing(tmp_path: Path) -> None:
    unix = first(tmp_path / "a", {FLAT: lesson("one\n\ntwo\n")})
    text = b"\xef\xbb\xbf" + lesson("one\n\ntwo\n").replace("\n", "\r\n").encode()

    assert first(tmp_path / "b", {FLAT: text}) == unix


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("lessons/notes.md", "not a valid name for a lesson"),
        ("lessons/One-1.md", "not a valid name for a lesson"),
        ("lessons/020-Two.md", "not a valid name for a lesson"),
        ("lessons/020-two/map.png", "the folder has no lesson.md"),
        ("lessons/010-one/more/notes.txt", "a lesson folder must not contain folders"),
    ],
)
def test_what_is_no_lesson_is_told(tmp_path: Path, name: str, problem: str) -> None:
    (told,) = problems(tmp_path, {IN_FOLDER: lesson(), name: b"x"}).values()

    assert problem in told


def test_a_course_without_lessons_or_settings_is_told(tmp_path: Path) -> None:
    assert problems(tmp_path / "a", {}) == {"lessons": "the course has no lessons."}

    folder = course_folder(tmp_path / "b", {FLAT: lesson()})
    (folder / "course.toml").unlink()
    (fault,) = check_course(folder, Limits()).faults
    assert (fault.file, fault.problem) == ("night-sky/course.toml", "the file is missing.")


def test_bad_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    checked = check(tmp_path, {FLAT: lesson().encode() + b"caf\xe9\n"})

    (fault,) = checked.faults
    assert (fault.file, fault.line, fault.problem) == (
        f"night-sky/{FLAT}",
        5,
        "the file is not UTF-8.",
    )


@pytest.mark.parametrize(
    "name",
    ["course.toml", "lessons/020-two.md", "lessons/020-two", f"{BESIDE}/a.pdf", "lessons"],
)
def test_nothing_is_read_through_a_link(tmp_path: Path, name: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "lesson.md").write_text(lesson("secret"))
    folder = course_folder(tmp_path, {IN_FOLDER: lesson()})
    place = folder / name
    if place.is_dir():
        place.rename(tmp_path / "moved")
    place.unlink(missing_ok=True)
    place.symlink_to(outside / "lesson.md" if place.suffix else outside)

    checked = check_course(folder, Limits())
    assert checked.course is None
    (fault,) = checked.faults
    assert (fault.file, fault.problem) == (f"night-sky/{name}", "symbolic links are not allowed.")


def test_templates_are_read_but_not_through_a_link(tmp_path: Path) -> None:
    folder = course_folder(tmp_path, {FLAT: lesson(), "templates/en/labels.toml": 'last = "Bye."'})
    (tmp_path / "secret.md").write_text("secret")
    (folder / "templates/en/welcome.md").symlink_to(tmp_path / "secret.md")
    (folder / "templates/de").symlink_to(tmp_path)

    course = check_course(folder, Limits()).course
    assert course is not None
    assert course.templates == {"en/labels.toml": 'last = "Bye."'}


def test_what_is_neither_file_nor_folder_is_told(tmp_path: Path) -> None:
    folder = course_folder(tmp_path, {FLAT: lesson()})
    os.mkfifo(folder / "lessons/020-two.md")
    (folder / "lessons/030-three/lesson.md").mkdir(parents=True)

    told = [fault.file for fault in check_course(folder, Limits()).faults]
    assert told == ["night-sky/lessons/020-two.md", "night-sky/lessons/030-three/lesson.md"]


def test_the_shipped_course_is_in_order() -> None:
    checked = check_course(Path(__file__).parents[3] / "courses" / "night-sky", Limits())

    assert checked.faults == ()
    assert checked.course is not None
    assert {each.language for each in checked.course.lessons} >= {"en", "de"}
