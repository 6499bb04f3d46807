"""README and the course teach-by-mail are the manual: what they show must exist."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from support.settings_table import README, tables, written
from typer.testing import CliRunner

from maildriver.cli import app
from maildriver.courses.course_toml import CourseToml
from maildriver.settings.site import Settings

ROOT = Path(__file__).parents[3]
TESTS = ROOT / "tests/README.md"
PAGES = [README, TESTS, *sorted((ROOT / "courses/teach-by-mail").rglob("*.md"))]
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of every `maildriver ...` that a page shows, without its comment."""
    text = page.read_text("utf-8")
    inline = re.findall(r"(?:`|\*\*)maildriver ([^`*]+)(?:`|\*\*)", text)
    blocks = [
        line.partition("maildriver ")[2]
        for _, block in _BLOCK.findall(text)
        for line in re.sub(r" *\\\n *", " ", block).split("\n")
        if re.match(r"(\$ |.*&& |.*bin/)?maildriver ", line)
    ]
    for shown in inline + blocks:
        words = shlex.split(re.split(r" &&|  +#|\s#|, then", shown)[0], posix=True)
        if words:
            yield words


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_command_that_the_manual_shows_exists_with_its_options(page: Path) -> None:
    known = typer.main.get_command(app)
    for words in commands(page):
        command = known
        while hasattr(command, "commands") and words and words[0] in command.commands:
            command = command.commands[words.pop(0)]
        assert command is not known, f"{page.name}: maildriver {' '.join(words)}"
        options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        used = {word.partition("=")[0] for word in words if word.startswith("-")}
        assert used - {"--help"} <= options, f"{page.name}: {words}"


def test_the_manual_shows_commands_at_all() -> None:
    shown = {words[0] for page in PAGES for words in commands(page)}
    assert {"init", "doctor", "check", "enrol", "run", "status", "held", "student"} <= shown


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_setting_that_the_manual_shows_is_one(page: Path) -> None:
    for language, block in _BLOCK.findall(page.read_text("utf-8")):
        if language not in {"", "toml"} or not re.search(r"^\w+ = ", block, re.MULTILINE):
            continue
        if "+++" in block or block.lstrip().startswith(("[Unit]", "services:")):
            continue
        shown = tomllib.loads(block)
        for name, value in shown.items():
            if isinstance(value, dict) and name in Settings.model_fields:
                section: Any = Settings.model_fields[name].annotation
                assert set(value) <= set(section.model_fields), name
            else:
                assert name in CourseToml.model_fields, f"{page.name}: {name}"


def test_the_shipped_courses_have_no_fault_and_no_warning() -> None:
    result = CliRunner().invoke(app, ["check", "--site", str(ROOT), "--json"])
    assert result.stdout == '{"faults": []}\n'


@pytest.mark.parametrize(("course", "lessons"), [("night-sky", 8), ("teach-by-mail", 9)])
def test_a_shipped_course_has_its_lessons_and_files(course: str, lessons: int) -> None:
    folder = ROOT / "courses" / course / "lessons"
    assert len(list(folder.iterdir())) == lessons
    if course == "night-sky":
        kinds = {path.suffix for path in folder.rglob("*")}
        assert {".pdf", ".png", ".mp3"} <= kinds


def test_the_tables_of_settings_in_the_readme_are_those_of_the_code() -> None:
    readme = README.read_text("utf-8")
    assert tables() in readme
    assert written(readme) == readme, "make readme"


@pytest.mark.parametrize("page", [README, TESTS], ids=["README", "tests"])
def test_a_readme_is_short_enough_to_be_read(page: Path) -> None:
    assert len(page.read_bytes()) <= 14_000


def test_every_file_that_the_readmes_name_exists() -> None:
    named = {
        path
        for page in (README, TESTS)
        for path in re.findall(r"\btests/[\w/.]+\w", page.read_text("utf-8"))
    }
    assert len(named) > 20
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_the_manual_names_every_file_of_words_that_a_language_has() -> None:
    lessons = "".join(page.read_text("utf-8") for page in PAGES)
    words = {path.name for path in (ROOT / "templates/en").glob("*.toml")}
    assert len(words) >= 4
    assert [name for name in words if name not in lessons] == []
