"""The people of a demo, with their towns, hours and stories."""

import random
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from datetime import time
from enum import Enum
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from maildriver.domain.cadence import parse_days


class Story(Enum):
    """What a person does or suffers, apart from reading and replying."""

    PLAIN = "reads, and replies now and then"
    JOINS = "hears of the course later, and joins by mail"
    SILENT = "never confirms"
    PAUSES = "pauses for some days"
    RETURNS = "pauses, and comes back before the time"
    HOLIDAY = "is away for some days, and a machine answers"
    HURRIES = "asks for the next lesson"
    REGRETS = "leaves, and takes it back"
    LEAVES = "leaves for good"
    FULL = "has a full mailbox for two days"
    GONE = "has a mailbox that is closed after some days"
    PRIVATE = "writes to the instructor alone"
    ASKS = "asks how things stand"
    DRAWS = "sends a drawing with what they write"


@dataclass(frozen=True, slots=True)
class Town:
    """A town."""

    name: str
    zone: str
    half: str  # of the Earth: north | south
    people: tuple[tuple[str, str], ...]  # local part and name of each
    speaks: str = ""  # a language that its people write beside English

    @property
    def domain(self) -> str:
        """A domain for the town, which cannot exist (RFC 2606 2)."""
        letters = unicodedata.normalize("NFKD", self.name.lower())
        return "".join(letter for letter in letters if "a" <= letter <= "z") + ".example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a mailbox."""

    address: str
    name: str
    town: Town
    client: str  # of demo.clients
    days: frozenset[int]
    at: time
    talks: float  # how likely they are to reply to a lesson, 0 to 1
    story: Story = Story.PLAIN
    role: str = "student"

    @property
    def zone(self) -> ZoneInfo:
        """Their time zone."""
        return ZoneInfo(self.town.zone)


_CLIENTS = ("Gmail", "phone", "Outlook", "Apple Mail", "Thunderbird")
_DAYS = ("daily", "mon,wed,fri", "weekdays", "tue,thu,sat", "weekends,wed", "daily", "mon,thu")
_HOURS = (time(7), time(6, 30), time(19, 30), time(12, 15), time(21), time(5, 45), time(17))
_TALKS = (0.15, 0.4, 0.5, 0.7, 0.9)

#: The stories to show, by one person each; all others only read and reply.
_STORIES = tuple(story for story in Story if story is not Story.PLAIN)
#: Stories that need mail every day to happen within two weeks.
_DAILY = {Story.FULL, Story.GONE, Story.HOLIDAY}

INSTRUCTOR = Person(
    address="vera@observatory.example",
    name="Vera Almeida",
    town=Town("Porto", "Europe/Lisbon", "north", ()),
    client="Thunderbird",
    days=parse_days("daily"),
    at=time(9),
    talks=0.6,
    role="instructor",
)


def newcomer(zone: str) -> Person:
    """Return the person who watches the demo: a student who acts only by the page."""
    return Person(
        address="you@here.example",
        name="You",
        town=Town("your place", zone, "north", ()),
        client="Gmail",
        days=parse_days("daily"),
        at=time(7, 30),
        talks=0.0,
    )


def students(count: int, chance: random.Random) -> list[Person]:
    """Return `count` people; one of them has each story, if there are enough people."""
    people = [_person(index, chance) for index in range(count)]
    tellers = chance.sample(range(count), min(count, len(_STORIES)))
    for index, story in zip(tellers, _STORIES, strict=False):
        people[index] = _with_story(people[index], story)
    return people


def _person(index: int, chance: random.Random) -> Person:
    everybody = _everybody()
    place, local, name = everybody[index % len(everybody)]
    again = index // len(everybody)
    return Person(
        address=f"{local}{again + 1 if again else ''}@{place.domain}",
        name=name,
        town=place,
        client=_CLIENTS[index % len(_CLIENTS)],
        days=parse_days(chance.choice(_DAYS)),
        at=chance.choice(_HOURS),
        talks=chance.choice(_TALKS),
    )


def _with_story(person: Person, story: Story) -> Person:
    days = parse_days("daily") if story in _DAILY else person.days
    return replace(person, story=story, days=days, talks=max(person.talks, 0.4))


@cache
def _everybody() -> list[tuple[Town, str, str]]:
    """Return all people to choose from: the first of every town, then the second, and so on."""
    places = [
        Town(
            each["name"],
            each["zone"],
            each["half"],
            tuple(each["people"].items()),
            each.get("speaks", ""),
        )
        for each in tomllib.loads((files(__package__) / "cast.toml").read_text("utf-8"))["place"]
    ]
    most = max(len(place.people) for place in places)
    return [(place, *place.people[row]) for row in range(most) for place in places]
