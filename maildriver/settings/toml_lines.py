"""Line numbers of the keys in a TOML file, for faults.

The parser of the standard library keeps no line numbers. The one here only has to find
keys in a file that the standard parser has already accepted.
"""

import re

_KEY = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_DOTTED = rf"{_KEY}(?:[ \t]*\.[ \t]*{_KEY})*"
_TABLE = re.compile(rf"[ \t]*\[\[?[ \t]*({_DOTTED})[ \t]*\]")
_PAIR = re.compile(rf"[ \t]*({_DOTTED})[ \t]*=[ \t]*(.*)")
_PART = re.compile(_KEY)
_LONG_QUOTES = ('"""', "'''")


def key_lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of every key and table, by its path: ("smtp", "port") -> 12."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    closing = ""  # the quotes that will end a multi-line string
    for number, line in enumerate(text.split("\n"), start=1):
        if closing:
            closing = "" if closing in line else closing
        elif match := _TABLE.match(line):
            table = _path(match[1])
            lines.setdefault(table, number)
        elif match := _PAIR.match(line):
            path = table + _path(match[1])
            for length in range(len(table) + 1, len(path) + 1):
                lines.setdefault(path[:length], number)
            closing = _closing_quotes(match[2])
    return lines


def missing_quotes_hint(problem: str) -> str:
    """Return a hint that quotation marks are missing, or "", as the end of a sentence."""
    if problem.startswith(("Invalid value", "Illegal character")):
        return '; put text in quotation marks: title = "Moons"'
    return ""


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _closing_quotes(value: str) -> str:
    """Return the quotes that must still end a value that begins on this line, or ""."""
    quotes = next((each for each in _LONG_QUOTES if value.startswith(each)), "")
    return quotes if quotes and quotes not in value[3:] else ""
