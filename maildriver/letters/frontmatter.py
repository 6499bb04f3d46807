"""Front matter: TOML between two +++ lines, with line numbers."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from maildriver.settings.toml_lines import key_lines, missing_quotes_hint

_DELIMITER = "+++"
_TOML_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """The parsed head of a file, and the text below."""

    values: Mapping[str, Any]
    lines: Mapping[tuple[str, ...], int]
    body: str
    body_line: int  # the line of the file on which the body begins, from 1


class FrontMatterError(ValueError):
    """The head cannot be parsed; `line` is the line of the fault."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line


def split_front_matter(text: str) -> FrontMatter:
    """Return the head and the body of a file; raise FrontMatterError without a valid head."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").split("\n")
    if lines[0].strip() != _DELIMITER:
        raise FrontMatterError(1, "the file does not begin with a line +++")
    try:
        end = next(n for n, line in enumerate(lines[1:], 1) if line.strip() == _DELIMITER)
    except StopIteration:
        raise FrontMatterError(1, "the front matter has no closing line +++") from None
    head = "\n".join(["", *lines[1:end]])  # with the line numbers of the file
    values = parse_toml(head)
    return FrontMatter(values, key_lines(head), "\n".join(lines[end + 1 :]), end + 2)


def parse_toml(text: str) -> dict[str, Any]:
    """Return the values of a TOML text; raise FrontMatterError with the line of the fault."""
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise FrontMatterError(1, "invalid TOML: nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        match = _TOML_LINE.search(str(error))
        line = int(match[1]) if match else text.count("\n") + 1
        problem = re.sub(r"\s*\(at [^)]*\)", "", str(error))
        raise FrontMatterError(
            line, f"invalid TOML: {problem[:1].lower()}{problem[1:]}{missing_quotes_hint(problem)}"
        ) from None
