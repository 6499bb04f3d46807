"""Enrolling people, as the operator asks for it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.app.site import Site
from maildriver.domain.address import canonical
from maildriver.domain.course import Course
from maildriver.enrolment.enrol import Enrolled, Wish, enrol
from maildriver.enrolment.roster import RosterRow
from maildriver.errors import AddressError
from maildriver.store import courses

#: One transaction takes so many, so that a busy sender never waits long for its turn.
_TOGETHER = 100


@dataclass(frozen=True, slots=True)
class Summary:
    """What enrolling many has done."""

    course: str
    results: tuple[Enrolled, ...]
    confirmed: bool

    @property
    def enrolled(self) -> int:
        """How many are new in the course."""
        return sum(each.outcome == "enrolled" for each in self.results)

    @property
    def changed(self) -> tuple[Enrolled, ...]:
        """Who was there and is different now."""
        return tuple(each for each in self.results if each.outcome == "changed")

    @property
    def to_confirm(self) -> int:
        """How many must answer a confirm mail before anything else is sent."""
        return sum(not each.confirmed for each in self.results)

    @property
    def first(self) -> tuple[datetime, int] | None:
        """The earliest moment a first packet goes, and to how many at that moment."""
        moments = [each.first_at for each in self.results if each.first_at and each.confirmed]
        return (min(moments), moments.count(min(moments))) if moments else None


class _RolledBack(Exception):  # noqa: N818 - it carries the result of a dry run out of its transaction
    def __init__(self, results: list[Enrolled]) -> None:
        self.results = results


def enrol_all(
    site: Site,
    slug: str,
    wishes: Sequence[Wish],
    now: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda _done: None,
) -> Summary:
    """Enrol every wish in a course; a dry run does all of it and takes it back."""
    for wish in wishes:
        refuse_own(site, wish.address)
    course = _in_force(site, slug, now)
    results: list[Enrolled] = []
    for start in range(0, len(wishes), _TOGETHER):
        some = wishes[start : start + _TOGETHER]
        results += _enrol(site, course, some, now, dry_run=dry_run)
        progress(len(results))
    return Summary(slug, tuple(results), confirmed=all(wish.confirmed for wish in wishes))


def refuse_own(site: Site, address: str) -> None:
    """Raise AddressError for the address of the site: what it writes to itself is a loop."""
    if canonical(address) == canonical(site.settings.site.address):
        raise AddressError(
            f"{address} is the address of the site itself, so that its replies would be a loop",
            hint="Take another address of theirs; to try it out, another one of yours.",
        )


def _in_force(site: Site, slug: str, now: datetime) -> Course:
    """Return a course as it is stored; one that is not yet is checked and stored first."""
    course = site.database.read(lambda conn: courses.get(conn, slug))
    if course is None:
        from maildriver.operator.courses import put_in_force

        put_in_force(site, slug, now)
        course = site.database.read(lambda conn: courses.get(conn, slug))
        assert course is not None, slug
    return course


def _enrol(
    site: Site, course: Course, wishes: Sequence[Wish], now: datetime, *, dry_run: bool
) -> list[Enrolled]:
    def work(conn: sa.Connection) -> list[Enrolled]:
        results = enrol(conn, course, wishes, now)
        if dry_run:
            raise _RolledBack(results)
        return results

    try:
        return site.database.write(work)
    except _RolledBack as rolled_back:
        return rolled_back.results


def wish_of(row: RosterRow, *, confirmed: bool) -> Wish:
    """Return the wish that a line of a roster states."""
    return Wish(
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
