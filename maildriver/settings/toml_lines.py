"""Where each key of a TOML file stands, so that a fault can name its line.

The parser of the standard library keeps no lines. This one needs no more than to find
keys in a file that the parser has already accepted.
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
    closing = ""  # of a text that goes on over several lines
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
            closing = _still_open(match[2])
    return lines


def quotes_missing(problem: str) -> str:
    """Return the usual reason of what the parser found wrong, as the end of a sentence."""
    if problem.startswith(("Invalid value", "Illegal character")):
        return '; a text stands between quotation marks: title = "Moons"'
    return ""


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(dotted))


def _still_open(value: str) -> str:
    """Return the quotes for which a value that begins on this line has yet to wait."""
    quotes = next((each for each in _LONG_QUOTES if value.startswith(each)), "")
    return quotes if quotes and quotes not in value[3:] else ""
