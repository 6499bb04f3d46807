"""Mails as programs and people write them, each with what of it is its writer's.

A file of cases holds texts, one below the other, each under a line `## name`. A line that
begins with | is to be cut; a line that only looks like one begins with \\|. A case of HTML
is followed by a line `=>` and the text that is to be left of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parent / "cases"


@dataclass(frozen=True, slots=True)
class Written:
    """One mail, and what its writer said in it."""

    name: str
    mail: str
    expected: str
    html: bool = False

    @property
    def raw(self) -> bytes:
        """The whole message."""
        kind = "html" if self.html else "plain"
        head = "From: a@example.org\nSubject: Re: a\nContent-Type: text"
        return f"{head}/{kind}; charset=utf-8\n\n{self.mail}".encode()


def written(pattern: str = "*.mails") -> Iterator[Written]:
    """Yield the cases of all files of a name."""
    for path in sorted(_FOLDER.glob(pattern)):
        for case in path.read_text("utf-8").removeprefix("## ").split("\n## "):
            name, _, text = case.partition("\n")
            yield _one(f"{path.stem}: {name}", text.strip("\n"))


def _one(name: str, text: str) -> Written:
    html, is_html, expected = text.partition("\n=>\n")
    if is_html:
        return Written(name, html, expected, html=True)
    lines = text.split("\n")
    own = [_bare(line) for line in lines if not line.startswith("|")]
    whole = [_bare(line).removeprefix("" if line.startswith("\\|") else "|") for line in lines]
    return Written(name, "\n".join(whole), "\n".join(own))


def _bare(line: str) -> str:
    return line[1:] if line.startswith("\\|") else line
