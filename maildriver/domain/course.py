"""A course and its lessons, as they are stored and sent."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from maildriver.domain.cadence import Cadence

Discussion = Literal["class", "instructor", "none"]
Join = Literal["open", "closed"]
DigestEvery = Literal["daily", "weekly", "off"]
#: How files from students reach the class: by their names only, or attached.
Files = Literal["named", "attached"]
Receipt = Literal["first", "each", "never"]


@dataclass(frozen=True, slots=True)
class File:
    """A file in a mail of ours; its content is the blob with that hash."""

    name: str
    sha256: str
    size: int  # in bytes, before encoding
    media_type: str
    shown: bool  # an image that the text shows, and is therefore not attached


@dataclass(frozen=True, slots=True)
class Lesson:
    """One version of one lesson in one language.

    `slug` is the identity and never changes; `number` only sorts. `version` is the
    hash of the text and of all files, so the same content is the same version.
    """

    course: str
    slug: str
    number: int
    language: str
    title: str
    version: str
    source: str  # Markdown with Jinja2, without its front matter
    files: tuple[File, ...]
    text: str  # as a sample student reads it; intake subtracts it from replies


#: The number of an issue of the newsletter, which has no position among the lessons.
NO_POSITION = -1
#: The beginning of the slug of an issue of the newsletter; its date follows.
ISSUE_PREFIX = "news/"


def issue_date(slug: str) -> date:
    """Return the first day on which an issue of the newsletter may be sent."""
    return date.fromisoformat(slug.removeprefix(ISSUE_PREFIX)[:10])


@dataclass(frozen=True, slots=True)
class Instructor:
    """A person who leads a course."""

    address: str
    name: str = ""


#: What a key of course.toml may hold that a room reads.
CourseValue = str | int | bool


@dataclass(frozen=True, slots=True)
class CourseKey:
    """A key of course.toml that a room reads; its value has the type of its default."""

    name: str
    default: CourseValue
    choices: tuple[str, ...] = ()  # of a text; empty: any


@dataclass(frozen=True, slots=True)
class Course:
    """The settings in course.toml, and the lessons in force, in their order."""

    slug: str
    title: str
    language: str
    cadence: Cadence
    zone: str
    instructors: tuple[Instructor, ...] = ()
    starts: date | None = None
    discussion: Discussion = "class"
    digest: DigestEvery = "daily"
    join: Join = "open"
    files: Files = "named"
    receipt: Receipt = "first"  # which posts of a student get a receipt
    for_rooms: Mapping[str, CourseValue] = field(default_factory=dict)  # see CourseKey
    templates: Mapping[str, str] = field(default_factory=dict)  # overrides, by file name
    lessons: tuple[Lesson, ...] = ()
    news: tuple[Lesson, ...] = ()  # issues: sent once to all; their number is `NO_POSITION`


@dataclass(frozen=True, slots=True)
class LessonPosition:
    """The position of a lesson in its course."""

    number: int
    slug: str


def lesson_positions(course: Course) -> list[LessonPosition]:
    """Return the positions of a course's lessons, one for all languages of a lesson."""
    order = {each.slug: LessonPosition(each.number, each.slug) for each in course.lessons}
    return list(order.values())


def lesson_in_language(course: Course, slug: str, language: str) -> Lesson:
    """Return a lesson in the reader's language, else in the course's, else in any."""
    found = {each.language: each for each in course.lessons if each.slug == slug}
    for wanted in (language, language.partition("-")[0], course.language):
        if wanted in found:
            return found[wanted]
    return next(iter(found.values()))


def next_position(
    order: Iterable[LessonPosition], had: Iterable[LessonPosition]
) -> LessonPosition | None:
    """Return the first position after the last lesson had, or None at the end of the course.

    A lesson inserted before the last one had is never returned, nor is a lesson that was
    had and has moved since. A lesson that was removed still counts at its former position.
    """
    current = {place.slug: place for place in order}
    known = [current.get(place.slug, place) for place in had]
    slugs = {place.slug for place in known}
    last = max(known, key=_rank, default=None)
    later = [
        place
        for place in current.values()
        if place.slug not in slugs and (last is None or _rank(place) > _rank(last))
    ]
    return min(later, key=_rank, default=None)


def _rank(place: LessonPosition) -> tuple[int, str]:
    return place.number, place.slug
