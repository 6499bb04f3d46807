"""The house rules that a machine can hold: imports, sizes, words."""

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "maildriver"
SOURCES = sorted(PACKAGE.rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))

#: Words the vocabulary has another word for.
FORBIDDEN_WORDS = re.compile(
    r"\b(subscribers?|blacklist|blocklist|whitelist|(?<!\")enroll(?:s|ments?)?|quarantine"
    r"|dead.?letter)\b",  # "enroll" is also a command's other name
    re.IGNORECASE,
)
FORBIDDEN_MODULES = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}


def _functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1


def test_imports_point_one_way() -> None:
    command = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [command, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", SOURCES + TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_300_lines(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n") <= 300


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if "versions" not in path.parts],  # one migration, one function
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_no_function_is_longer_than_46_lines(path: Path) -> None:
    assert [(name, size) for name, size in _functions(path) if size > 46] == []


def test_nine_functions_of_ten_have_at_most_20_lines() -> None:
    sizes = sorted(size for path in SOURCES for _, size in _functions(path))

    assert sizes[len(sizes) * 9 // 10] <= 20


def test_no_folder_has_more_than_21_modules() -> None:
    folders = Counter(path.parent for path in SOURCES if path.name != "__init__.py")

    assert {str(folder): count for folder, count in folders.items() if count > 21} == {}


def test_functions_with_a_connection_have_at_most_three_parameters_on_average() -> None:
    counts = [
        len(parameters)
        for path in SOURCES
        for parameters in _parameters(path)
        if {"sa.Connection", "Turn"} & set(parameters.values())
    ]

    assert sum(counts) / len(counts) <= 3


def _parameters(path: Path) -> Iterator[dict[str, str]]:
    """Yield the parameters of each function of a module, with their annotations."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            given = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            yield {
                each.arg: ast.unparse(each.annotation) if each.annotation else ""
                for each in given
                if each.arg not in {"self", "cls"}
            }


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_one_word_per_thing(path: Path) -> None:
    found = FORBIDDEN_WORDS.findall(path.read_text(encoding="utf-8"))

    assert found == []
    assert path.stem not in FORBIDDEN_MODULES


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert not text or ast.get_docstring(ast.parse(text)), "a module docstring comes first"


def test_no_install_address_is_written_down() -> None:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")

    assert "://" not in text
    assert "--" not in text


@pytest.mark.parametrize(
    "room", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))
)
def test_every_room_has_a_folder_of_tests(room: str) -> None:
    folders = [ROOT / "tests" / kind / room for kind in ("unit", "integration")]

    assert [path for folder in folders for path in folder.rglob("test_*.py")]


@pytest.mark.parametrize("kind", ["unit", "integration"])
def test_a_folder_of_tests_has_the_name_of_a_room(kind: str) -> None:
    folder = ROOT / "tests" / kind
    named = {path.parent.relative_to(folder) for path in folder.rglob("test_*.py")}

    assert {each for each in named if not (PACKAGE / each).is_dir()} <= {Path("support")}
