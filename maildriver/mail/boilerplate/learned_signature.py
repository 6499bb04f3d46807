"""What a writer puts below every mail: their name, a motto, a notice of their company.

No list of phrases knows it, but their own earlier mails do.
"""

from collections.abc import Sequence
from dataclasses import dataclass

_ENOUGH = 2  # earlier mails that end alike: one may be chance
_MOST_LINES = 12


@dataclass(frozen=True, slots=True)
class Earlier:
    """A mail that somebody wrote before: what was kept of it, and what was cut."""

    text: str
    elided: str = ""


def repeated_end(lines: Sequence[str], earlier: Sequence[Earlier]) -> int:
    """Return how many of the lines, from the last on, also ended two earlier mails.

    The lines are those that are not empty. Never all of them: who says the same again says it.
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
