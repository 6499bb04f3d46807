"""Courses and their lesson versions, which are only ever added."""

import hashlib
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.database.engine import insert_new
from maildriver.database.raw_sql import RawStatement
from maildriver.database.schema import course, lesson
from maildriver.domain.course import NO_POSITION, Course, File, Lesson, LessonPosition

T = TypeVar("T")

_MOST_VERSIONS = 8  # of a lesson, the newest: a reply may quote any of them

#: Differs after every change of the course.
_STAMP = RawStatement(
    sa.select(course.c.fingerprint, course.c.stored_at).where(
        course.c.slug == sa.bindparam("slug")
    )
)

#: What is in force: position, slug, language and version of each lesson, in order.
_InForce = list[tuple[int, str, str, str]]


@cache  # made when it is needed: most commands read no course
def _json_of(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@dataclass(frozen=True, slots=True)
class CourseChange:
    """What has changed by storing a course."""

    changed: bool
    new_lessons: tuple[str, ...]  # slugs never in force before
    new_versions: tuple[str, ...]  # slugs whose text or files changed


def put(conn: sa.Connection, loaded: Course, now: datetime) -> CourseChange:
    """Put a course and its lesson versions in force; return what has changed.

    The blobs of its files must be stored before.
    """
    settings = _json_of(Course).dump_json(replace(loaded, lessons=(), news=())).decode()
    everything = (*loaded.lessons, *loaded.news)
    in_force = (
        _json_of(_InForce)
        .dump_json([(each.number, each.slug, each.language, each.version) for each in everything])
        .decode()
    )
    fingerprint = hashlib.sha256(f"{settings}\n{in_force}".encode()).hexdigest()
    before = conn.execute(sa.select(course).where(course.c.slug == loaded.slug)).one_or_none()
    if before is not None and before.fingerprint == fingerprint:
        return CourseChange(changed=False, new_lessons=(), new_versions=())

    for each in everything:
        _put_lesson(conn, each)
    values = {
        "settings": settings,
        "in_force": in_force,
        "fingerprint": fingerprint,
        "stored_at": now,
    }
    if before is None:
        insert_new(conn, course, slug=loaded.slug, **values)
    else:
        conn.execute(sa.update(course).where(course.c.slug == loaded.slug).values(**values))
    return _difference(
        [] if before is None else _json_of(_InForce).validate_json(before.in_force), loaded
    )


def get(conn: sa.Connection, slug: str) -> Course | None:
    """Return the course with the lesson versions in force, in order; None if there is none."""
    return _cached(conn, slug, "course", _load)


def existing(conn: sa.Connection, slug: str) -> Course:
    """Return a course that somebody is or was enrolled in, so that it must exist."""
    course = get(conn, slug)
    assert course is not None, slug
    return course


def _cached(
    conn: sa.Connection, slug: str, what: str, read: Callable[[sa.Connection, str], T]
) -> T:
    """Return the result of `read`, cached until the course changes."""
    state = _STAMP.rows(conn, {"slug": slug})
    kept = conn.info.setdefault("courses", {})  # lives as long as the connection
    if slug not in kept or kept[slug][0] != state:
        kept[slug] = state, {}
    found: dict[str, T] = kept[slug][1]
    if what not in found:
        found[what] = read(conn, slug)
    return found[what]


def _load(conn: sa.Connection, slug: str) -> Course | None:
    row = conn.execute(sa.select(course).where(course.c.slug == slug)).one_or_none()
    if row is None:
        return None
    in_force = _json_of(_InForce).validate_json(row.in_force)
    versions = {(slug, language, version): number for number, slug, language, version in in_force}
    rows = conn.execute(
        sa.select(lesson).where(
            lesson.c.course == slug,
            lesson.c.version.in_({version for _, _, _, version in in_force}),
        )
    )
    lessons = [
        _lesson(row, number)
        for row in rows
        if (number := versions.get((row.slug, row.language, row.version))) is not None
    ]
    lessons.sort(key=lambda each: (each.number, each.slug, each.language))
    stored: Course = _json_of(Course).validate_json(row.settings)
    return replace(
        stored,
        lessons=tuple(each for each in lessons if each.number > NO_POSITION),
        news=tuple(each for each in lessons if each.number == NO_POSITION),
    )


def positions(conn: sa.Connection, slug: str) -> list[LessonPosition]:
    """Return the positions of the lessons in force."""
    in_force = conn.execute(sa.select(course.c.in_force).where(course.c.slug == slug)).scalar()
    return [
        LessonPosition(number, slug)
        for number, slug, _, _ in _json_of(_InForce).validate_json(in_force or "[]")
        if number > NO_POSITION
    ]


def fingerprint(conn: sa.Connection, slug: str) -> str:
    """Return a text that changes with the course; empty if there is no such course."""
    query = sa.select(course.c.fingerprint).where(course.c.slug == slug)
    return conn.execute(query).scalar() or ""


def slugs(conn: sa.Connection) -> list[str]:
    """Return the slugs of all courses that were ever put in force."""
    return list(conn.execute(sa.select(course.c.slug).order_by(course.c.slug)).scalars())


def texts(conn: sa.Connection, slug: str, lesson_slug: str) -> list[str]:
    """Return the texts of a lesson as students read it, newest version first."""

    def read(conn: sa.Connection, slug: str) -> list[str]:
        query = sa.select(lesson.c.text).where(
            lesson.c.course == slug, lesson.c.slug == lesson_slug
        )
        return list(
            conn.execute(query.order_by(lesson.c.id.desc()).limit(_MOST_VERSIONS)).scalars()
        )

    return _cached(conn, slug, f"texts of {lesson_slug}", read)


def titles(conn: sa.Connection, slug: str) -> list[str]:
    """Return the titles that lessons of a course have or had."""
    return _cached(conn, slug, "titles", _load_titles)


def _load_titles(conn: sa.Connection, slug: str) -> list[str]:
    query = sa.select(lesson.c.title).where(lesson.c.course == slug).distinct().limit(500)
    return list(conn.execute(query).scalars())


def _put_lesson(conn: sa.Connection, each: Lesson) -> None:
    insert_new(
        conn,
        lesson,
        course=each.course,
        slug=each.slug,
        language=each.language,
        version=each.version,
        position=each.number,
        title=each.title,
        source=each.source,
        files=_json_of(tuple[File, ...]).dump_json(each.files).decode(),
        text=each.text,
    )


def _lesson(row: Any, position: int) -> Lesson:
    return Lesson(
        course=row.course,
        slug=row.slug,
        number=position,
        language=row.language,
        title=row.title,
        version=row.version,
        source=row.source,
        files=_json_of(tuple[File, ...]).validate_json(row.files),
        text=row.text,
    )


def _difference(before: list[tuple[int, str, str, str]], loaded: Course) -> CourseChange:
    versions: dict[str, set[str]] = defaultdict(set)
    for _, slug, _, version in before:
        versions[slug].add(version)
    new = sorted({each.slug for each in loaded.lessons if each.slug not in versions})
    changed = sorted(
        {
            each.slug
            for each in loaded.lessons
            if each.slug in versions and each.version not in versions[each.slug]
        }
    )
    return CourseChange(changed=True, new_lessons=tuple(new), new_versions=tuple(changed))
