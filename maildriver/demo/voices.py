"""What the people of a demo have to say about each lesson."""

import random
import tomllib
from functools import cache
from importlib.resources import files
from typing import Literal

from maildriver.demo.cast import Person

Kind = Literal["north", "south", "anywhere", "answers", "instructor"]


class Voices:
    """Texts, each used once before any is used again."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._left: dict[tuple[str, str], list[str]] = {}

    def post(self, lesson: str, person: Person) -> str:
        """Return what this person writes about a lesson, by its slug."""
        kind: Kind = "north" if person.place.half == "north" else "south"
        if self._chance.random() < 0.25:
            kind = "anywhere"
        return self._next(lesson, kind, person)

    def answer(self, lesson: str, person: Person) -> str:
        """Return what this person answers to somebody else's post about a lesson."""
        kind: Kind = "instructor" if person.role == "instructor" else "answers"
        return self._next(lesson, kind, person)

    def _next(self, lesson: str, kind: Kind, person: Person) -> str:
        left = self._left.setdefault((lesson, kind), [])
        if not left:
            left += _texts()[lesson][kind]
            self._chance.shuffle(left)
        return left.pop().strip().replace("{place}", person.place.name)


@cache
def _texts() -> dict[str, dict[Kind, list[str]]]:
    return tomllib.loads((files(__package__) / "voices.toml").read_text("utf-8"))
