"""Checking a course: every fault at once, each with its file and line."""

from pathlib import Path

import pytest
from pydantic import TypeAdapter
from support.course_folders import SETTINGS, check, course_folder, lesson, png

from maildriver.courses.check import CheckedCourse, check_course
from maildriver.courses.limits import Limits
from maildriver.sandbox.process import Sandbox

ONE = "lessons/010-one.md"
IN_FOLDER = "lessons/010-one/lesson.md"


def faults(
    parent: Path, files: dict[str, str | bytes], limits: Limits | None = None
) -> list[tuple[str, int, str]]:
    checked = check(parent, files, limits)
    errors = any(fault.level == "error" for fault in checked.faults)
    assert (checked.course is None) == errors
    assert all(fault.remedy for fault in checked.faults)
    return [
        (fault.file.removeprefix("night-sky/"), fault.line, fault.problem)
        for fault in checked.faults
    ]


def only(
    parent: Path, files: dict[str, str | bytes], limits: Limits | None = None
) -> tuple[str, int, str]:
    (fault,) = faults(parent, files, limits)
    return fault


def test_a_course_in_order_has_no_fault_and_a_sample_of_each_lesson(tmp_path: Path) -> None:
    checked = check(tmp_path, {ONE: lesson("Hello {{ student.name }}, look up.\n")})

    assert checked.faults == ()
    assert checked.course is not None
    assert checked.course.title == "The Night Sky"
    (first,) = checked.course.lessons
    assert "look up" in first.text
    assert "{{" not in first.text


@pytest.mark.parametrize(
    ("settings", "line", "problem"),
    [
        (SETTINGS + 'instructor = ["a@example.org"]\n', 2, 'did you mean "instructors"'),
        ('# a course\n\ntitel = "Sky"\ntitle = "Sky"\n', 3, 'did you mean "title"?'),
        (SETTINGS + "[cadence]\ndayz = 1\n", 3, 'did you mean "days"'),
        (SETTINGS + 'at = "07:30"\n', 2, "it belongs to cadence: cadence = {at = ...}."),
        (SETTINGS + '[cadence]\ndays = "mon,foo"\n', 3, "cadence.days"),
        (SETTINGS + '[cadence]\nat = "25:00"\n', 3, "cadence.at"),
        (SETTINGS + '[cadence]\nzone = "Mars/Olympus"\n', 3, "Mars/Olympus"),
        (SETTINGS + '\ndiscussion = "loud"\n', 3, "class, instructor, none"),
        (SETTINGS + 'files = "attach"\n', 2, "named, attached"),
        (SETTINGS + 'file = "attached"\n', 2, 'did you mean "files"'),
        (SETTINGS + '\nreceipt = "always"\n', 3, "first, each, never"),
        (SETTINGS + '\nreciept = "each"\n', 3, 'did you mean "receipt"'),
        (SETTINGS + "starts = 3\n", 2, "starts"),
        (SETTINGS + 'language = "English"\n', 2, "language"),
        (SETTINGS + 'instructors = ["nobody"]\n', 2, "instructors"),
        (SETTINGS + "digest = daily\n", 2, "invalid TOML"),
        ('title = "  "\n', 1, "empty"),
        ("", 1, "title"),
    ],
)
def test_what_is_wrong_in_course_toml_is_told_with_its_line(
    tmp_path: Path, settings: str, line: int, problem: str
) -> None:
    file, at, told = only(tmp_path, {"course.toml": settings, ONE: lesson()})

    assert (file, at) == ("course.toml", line)
    assert problem in told


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ('+++\ntitle = "One"\ntilte = "Two"\n+++\n', 3, 'did you mean "title"'),
        ("+++\ntitle = 3\n+++\n", 2, "is not text"),
        ("+++\n\n+++\nLook up.", 1, "title"),
        ("+++\n\ntitle = One\n+++\n", 3, "invalid TOML"),
        ("# One\n\nLook up.\n", 1, "does not begin with a line +++"),
        ('+++\ntitle = "One"\nLook up.\n', 1, "has no closing line"),
        ("", 1, "does not begin"),
        (f"+++\na = {'[' * 9000}\n+++\n", 1, "nested too deeply"),
    ],
)
def test_what_is_wrong_in_the_head_of_a_lesson_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, problem: str
) -> None:
    file, at, told = only(tmp_path, {ONE: text})

    assert (file, at) == (ONE, line)
    assert problem in told


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        ("Dear {{ nmae }}\n", 4, "unknown variable nmae"),
        (
            "\n\n{{ student.nmae }}\n",
            6,
            'unknown variable student.nmae; did you mean "student.name"',
        ),
        ("{% if student.name == 'x' %}\n{{ student.age }}\n{% endif %}\n", 5, "student.age"),
        ("{% if false %}{{ nowhere }}{% endif %}\n", 4, "nowhere"),
        ('{{ student["age"] }}\n', 4, "student.age"),
        ("one\n{% if student.name %}\n", 5, "broken template"),
        ("one\n{{ student.name }\n", 5, "broken template"),
        ("one\n{{ student.name|nofilter }}\n", 5, "nofilter"),
        ("one\n\n{{ 1 / 0 }}\n", 6, "division by zero"),
        ('one\n{{ "%(a)s" % {} }}\n', 5, "cannot be filled in"),
        ('one\n{{ "a".encode("martian") }}\n', 5, "cannot be filled in"),
        ("one\n{% macro m() %}{% endmacro %}\n", 5, "{% macro %}"),
        ('one\n{% include "/etc/passwd" %}\n', 5, "{% include %}"),
        ("one\n{% set x %}y{% endset %}\n", 5, "set ... endset"),
        (f"one\n{{{{ {'(' * 9000} }}}}\n", 4, "broken template"),
    ],
)
def test_what_is_wrong_in_a_template_is_told_with_its_line(
    tmp_path: Path, body: str, line: int, problem: str
) -> None:
    file, at, told = only(tmp_path, {ONE: lesson(body)})

    assert (file, at) == (ONE, line)
    assert problem in told


def test_a_lesson_that_fails_only_for_those_who_gave_no_name_is_told(tmp_path: Path) -> None:
    file, line, problem = only(tmp_path, {ONE: lesson("x\n{{ 9 // student.name|length }}\n")})

    assert (file, line) == (ONE, 5)
    assert "cannot be filled in" in problem


@pytest.mark.parametrize(
    ("body", "line", "problem"),
    [
        ("x\n\n![the map](mep.png)\n", 6, 'does not exist; did you mean "map.png"'),
        ("x\n\n![](map.png)\n", 6, "has no description"),
        ("x\n\n![a map](https://example.org/map.png)\n", 6, "is on the web"),
        ("x\n\n![a map](//example.org/map.png)\n", 6, "is on the web"),
        ("x\n\n![a map](../map.png)\n", 6, "does not exist"),
        ("x\n\n![a map](notes.pdf)\n", 6, "is not an image"),
        ("{% if student.name %}\n\n\n![a](no.png)\n{% endif %}\n", 7, "does not exist"),
    ],
)
def test_an_image_that_cannot_be_shown_is_told_with_its_line(
    tmp_path: Path, body: str, line: int, problem: str
) -> None:
    beside: dict[str, str | bytes] = {
        "lessons/010-one/map.png": png(),
        "lessons/010-one/notes.pdf": b"%PDF",
    }
    file, at, told = only(tmp_path, {IN_FOLDER: lesson(body), **beside})

    assert (file, at) == (IN_FOLDER, line)
    assert problem in told


def test_all_faults_are_told_at_once_and_in_order(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        {
            "course.toml": SETTINGS + 'digset = "daily"\ndiscussion = 4\n',
            "lessons/010-one.md": lesson("{{ nmae }}\n\n![](no.png)\n"),
            "lessons/020-two.md": "no head\n",
            "lessons/030-three.md": lesson("{% if %}\n"),
            "lessons/notes.txt": "mine",
            "lessons/040-four.md": '+++\ntitle = "Four"\nauthor = "me"\n+++\n',
        },
    )

    assert [(file, line) for file, line, _ in told] == [
        ("course.toml", 2),
        ("course.toml", 3),
        ("lessons/010-one.md", 4),
        ("lessons/010-one.md", 6),
        ("lessons/010-one.md", 6),
        ("lessons/020-two.md", 1),
        ("lessons/030-three.md", 4),
        ("lessons/040-four.md", 3),
        ("lessons/notes.txt", 0),
    ]


def test_html_that_is_too_long_warns_and_then_fails(tmp_path: Path) -> None:
    limits = Limits(html_warn=30_000, html_error=60_000)
    files: dict[str, str | bytes] = {ONE: lesson("Look up. " * 4000)}

    checked = check(tmp_path, files, limits)
    (warning,) = checked.faults
    assert (warning.level, warning.file, warning.line) == ("warning", f"night-sky/{ONE}", 0)
    assert "KB" in warning.problem
    assert checked.course is not None

    (error,) = check(tmp_path, {ONE: lesson("Look up. " * 8000)}, limits).faults
    assert error.level == "error"


def test_files_that_are_too_large_warn_and_then_fail(tmp_path: Path) -> None:
    limits = Limits(attachments_warn=1000, attachments_error=2000)
    files: dict[str, str | bytes] = {IN_FOLDER: lesson(), "lessons/010-one/a.bin": b"x" * 700}
    assert check(tmp_path, files, limits).faults == ()

    files["lessons/010-one/b.bin"] = b"x" * 700
    checked = check(tmp_path, files, limits)
    (warning,) = checked.faults
    assert (warning.level, warning.file) == ("warning", f"night-sky/{IN_FOLDER}")
    assert checked.course is not None

    files["lessons/010-one/c.bin"] = b"x" * 700
    (error,) = check(tmp_path, files, limits).faults
    assert error.level == "error"


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("templates/layout.html", "<p>{% if %}</p>", "broken template"),
        ("templates/en/labels.toml", "last = \n", "invalid TOML"),
        ("templates/en/welcome.md", b"caf\xe9", "is not UTF-8"),
        ("templates/layout.txt", "{{ page.nothing }}", "nothing"),
    ],
)
def test_a_course_whose_own_templates_are_broken_is_told(
    tmp_path: Path, name: str, content: str | bytes, problem: str
) -> None:
    told = faults(tmp_path, {ONE: lesson(), name: content})

    assert any(file.startswith("templates") and problem in text for file, _, text in told)


async def test_what_was_checked_comes_back_from_a_process_of_its_own(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "course.toml": SETTINGS + 'starts = 2026-03-02\ninstructors = ["ada@example.org"]\n',
        IN_FOLDER: lesson("Hi {{ student.name }} ![a map](map.png)\n"),
        "lessons/010-one/map.png": png(),
        "lessons/020-two.md": lesson("![](gone.png)"),
        "templates/en/labels.toml": 'last = "Good bye."\n',
    }
    broken = course_folder(tmp_path, files)
    sound = course_folder(tmp_path / "other", {**files, "lessons/020-two.md": lesson()})
    adapter = TypeAdapter(CheckedCourse)
    sandbox = Sandbox()
    try:
        for folder in (broken, sound):
            checked = check_course(folder, Limits())
            assert adapter.validate_json(adapter.dump_json(checked)) == checked
            assert await sandbox.call_within(10, check_course, folder, Limits()) == checked
    finally:
        await sandbox.close()
    assert checked.course is not None
    assert set(checked.files) == {file.sha256 for file in checked.course.lessons[0].files}
