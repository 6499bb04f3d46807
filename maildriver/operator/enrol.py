"""Enrolment of people by the operator."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.app.site import Site
from maildriver.domain.address import canonical
from maildriver.domain.course import Course
from maildriver.enrolment.enrol import EnrolRequest, EnrolResult, enrol
from maildriver.enrolment.roster import RosterRow
from maildriver.errors import AddressError
from maildriver.store import courses

#: People in one transaction: not more, so that a busy sender never waits long for its turn.
_BATCH = 100


@dataclass(frozen=True, slots=True)
class EnrolSummary:
    """The result of enrolling many people."""

    course: str
    results: tuple[EnrolResult, ...]
    confirmed: bool

    @property
    def enrolled(self) -> int:
        """The number of people who are new in the course."""
        return sum(each.outcome == "enrolled" for each in self.results)

    @property
    def changed(self) -> tuple[EnrolResult, ...]:
        """The people whose earlier enrolment has changed."""
        return tuple(each for each in self.results if each.outcome == "changed")

    @property
    def to_confirm(self) -> int:
        """The number of people who must answer a confirm mail before they get anything else."""
        return sum(not each.confirmed for each in self.results)

    @property
    def first(self) -> tuple[datetime, int] | None:
        """The time of the earliest first packet, and the number of students who get one then."""
        moments = [each.first_at for each in self.results if each.first_at and each.confirmed]
        return (min(moments), moments.count(min(moments))) if moments else None


class _RolledBack(Exception):  # noqa: N818 - it carries the result of a dry run out of its transaction
    def __init__(self, results: list[EnrolResult]) -> None:
        self.results = results


def enrol_all(
    site: Site,
    slug: str,
    requests: Sequence[EnrolRequest],
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> EnrolSummary:
    """Enrol people in a course and return the result; a dry run rolls everything back."""
    for wish in requests:
        refuse_own_address(site, wish.address)
    course = _course_in_force(site, slug, now)
    results: list[EnrolResult] = []
    for start in range(0, len(requests), _BATCH):
        some = requests[start : start + _BATCH]
        results += _enrol(site, course, some, now, dry_run=dry_run)
        progress(len(results))
    return EnrolSummary(slug, tuple(results), confirmed=all(wish.confirmed for wish in requests))


def refuse_own_address(site: Site, address: str) -> None:
    """Raise AddressError for the address of the site: mail to itself would be a loop."""
    if canonical(address) == canonical(site.settings.site.address):
        raise AddressError(
            f"{address} is the site's own address, so its mail would loop",
            hint="Use another address.",
        )


def _course_in_force(site: Site, slug: str, now: datetime) -> Course:
    """Return a course as it is stored; a new course is checked and stored first."""
    course = site.database.read(lambda conn: courses.get(conn, slug))
    if course is None:
        from maildriver.operator.courses import publish_course

        publish_course(site, slug, now)
        course = site.database.read(lambda conn: courses.get(conn, slug))
        assert course is not None, slug
    return course


def _enrol(
    site: Site, course: Course, requests: Sequence[EnrolRequest], now: datetime, *, dry_run: bool
) -> list[EnrolResult]:
    def work(conn: sa.Connection) -> list[EnrolResult]:
        results = enrol(conn, course, requests, now)
        if dry_run:
            raise _RolledBack(results)
        return results

    try:
        return site.database.write(work)
    except _RolledBack as rolled_back:
        return rolled_back.results


def request_of(row: RosterRow, *, confirmed: bool) -> EnrolRequest:
    """Return the request in a line of a roster."""
    return EnrolRequest(
        address=row.address,
        name=row.name or None,
        zone=row.zone or None,
        language=row.language or None,
        days=row.days,
        at=row.at,
        starts=row.start,
        cohort=row.cohort or None,
        confirmed=confirmed,
    )
