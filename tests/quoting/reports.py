"""Reports of mail systems, automatic replies, and mails of people that come near them.

A file of cases holds whole messages, each under a line `## name` and a line `=>` that says what
it is: the addresses that were not reached and hard or soft, `auto`, or `-` for a person.
"""

from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Report:
    """One message, and what it is."""

    name: str
    kind: str  # hard, soft, auto or -
    addresses: tuple[str, ...]
    raw: bytes


def reports(pattern: str) -> list[Report]:
    """Return the cases of all files of a name."""
    found: list[Report] = []
    for path in sorted(_FOLDER.glob(pattern)):
        for case in path.read_text("utf-8").removeprefix("## ").split("\n## "):
            name, _, text = case.partition("\n")
            expected, _, raw = text.partition("\n")
            *addresses, kind = expected.removeprefix("=> ").split()
            found.append(Report(f"{path.stem}: {name}", kind, tuple(addresses), raw.encode()))
    return found
