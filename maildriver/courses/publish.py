"""Publication of a checked course: its lessons, instructors and issues."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.columns import LONG_AGO
from maildriver.domain.address import canonical
from maildriver.domain.course import Course
from maildriver.enrolment import lifecycle
from maildriver.enrolment.enrol import EnrolRequest, enrol
from maildriver.newsletter import issue
from maildriver.store import blobs, courses, enrolments


def store_file(conn: sa.Connection, path: Path) -> None:
    """Store the content of a file, which may be large: use one transaction per file."""
    blobs.put(conn, path.read_bytes())


def missing_files(conn: sa.Connection, files: Mapping[str, str]) -> list[str]:
    """Return the paths among `files` (hash to path) whose bytes are not stored yet."""
    stored = blobs.known(conn, set(files))
    return [path for sha256, path in sorted(files.items()) if sha256 not in stored]


def publish(conn: sa.Connection, course: Course, now: datetime) -> courses.CourseChange:
    """Put `course` in force and return the changes.

    Packets planned from now on have the new versions. An added lesson reopens finished
    enrolments: due since long ago, which means at the student's next hour.
    """
    stored = courses.put(conn, course, now)
    if stored.changed:
        _enrol_instructors(conn, course, now)
        issue.put_new_issues(conn, course, now)
    if stored.new_lessons:
        enrolments.reopen(conn, course.slug, LONG_AGO)
    failpoints.reached("publisher.before_commit")
    return stored


def _enrol_instructors(conn: sa.Connection, course: Course, now: datetime) -> None:
    """Enrol the instructors in course.toml; end the enrolment of any other instructor."""
    named = {canonical(each.address): each for each in course.instructors}
    for before in enrolments.instructors(conn, course.slug):
        if canonical(before.student.address) not in named:
            lifecycle.leave(conn, before.id, now)
    wishes = [
        EnrolRequest(each.address, name=each.name or None, role="instructor", confirmed=True)
        for each in named.values()
    ]
    enrol(conn, course, wishes, now)
