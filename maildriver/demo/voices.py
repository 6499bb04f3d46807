"""Texts for the people of a demo to write about each lesson."""

import random
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

from maildriver.demo.cast import Person

Kind = Literal["north", "south", "anywhere", "answers", "instructor"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text of a post, in a language that its writer must know."""

    language: str
    words: str


class Voices:
    """Texts, each used once before any is used again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: dict[tuple[str, str], list[Text]] = {}

    def post(self, lesson: str, person: Person) -> str:
        """Return a text for a post of this person about a lesson, given by slug."""
        kind: Kind = "north" if person.town.half == "north" else "south"
        if self._chance.random() < 0.25:
            kind = "anywhere"
        return self._next(lesson, kind, person)

    def answer(self, lesson: str, person: Person) -> str:
        """Return a text for this person's answer to another post about a lesson."""
        kind: Kind = "instructor" if person.role == "instructor" else "answers"
        return self._next(lesson, kind, person)

    def _next(self, lesson: str, kind: Kind, person: Person) -> str:
        left = self._left.setdefault((lesson, kind), [])
        if not any(_writes(person, text) for text in left):
            left[:] = texts()[lesson][kind]
            self._chance.shuffle(left)
        text = next(text for text in reversed(left) if _writes(person, text))
        left.remove(text)
        return text.words.strip().replace("{place}", person.town.name)


def _writes(person: Person, text: Text) -> bool:
    return text.language in {"en", person.town.speaks}


@cache
def texts() -> dict[str, dict[Kind, list[Text]]]:
    """Return all texts, by lesson and kind."""
    lessons = tomllib.loads((files(__package__) / "voices.toml").read_text("utf-8"))
    return {
        lesson: {kind: [_text(each) for each in many] for kind, many in kinds.items()}
        for lesson, kinds in lessons.items()
    }


def _text(written: str | dict[str, str]) -> Text:
    if isinstance(written, str):
        return Text("en", written)
    ((language, words),) = written.items()
    return Text(language, words)
