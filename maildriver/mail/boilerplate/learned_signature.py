"""A writer's signature, learned from the writer's earlier mails.

A name, a motto or a company's disclaimer below every mail is in no list of phrases.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_ENOUGH = 2  # earlier mails with the same end: one may be chance
_MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class EarlierMail:
    """An earlier mail of the same writer: the kept text and the cut text."""

    text: str
    elided: str = ""


def repeated_end(lines: Sequence[str], earlier: Sequence[EarlierMail]) -> int:
    """Return how many of the last lines also ended two earlier mails.

    `lines` has no empty ones. The result is never all of them: a repeated message is a message.
    """
    ends = [(_lines(each.text), _lines(each.elided)) for each in earlier]
    bare = [_bare(line) for line in lines]
    for count in range(min(_MOST_LINES, len(bare) - 1), 0, -1):
        end = bare[-count:]
        alike = sum(
            (len(text) > count and text[-count:] == end) or elided[:count] == end
            for text, elided in ends
        )
        if alike >= _ENOUGH:
            return count
    return 0


def _lines(text: str) -> list[str]:
    return [_bare(line) for line in text.split("\n") if line.strip()]


def _bare(line: str) -> str:
    return " ".join(line.split())
