"""The plan for one enrolment that is due."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from maildriver.domain.cadence import SLOT_LASTS, is_late, next_hour
from maildriver.domain.course import LessonPosition, next_position


@dataclass(frozen=True, slots=True)
class TooLate:
    """The slot is over: the packet moves to the student's next sending hour, `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class NextPacket:
    """The next lesson; `position` counts from 1 in the present order of lessons."""

    place: LessonPosition
    position: int
    last: bool
    good_until: datetime


@dataclass(frozen=True, slots=True)
class CourseEnded:
    """The student has received all lessons."""


Plan = TooLate | NextPacket | CourseEnded


def plan(
    due_at: datetime,
    at: time,
    zone: ZoneInfo,
    *,
    order: Sequence[LessonPosition],
    had: Sequence[LessonPosition],
    now: datetime,
) -> Plan:
    """Return the plan for an enrolment that is due since `due_at`.

    `order` has the lessons of the course, `had` those that the student has received.
    """
    place = next_position(order, had)
    if place is None:
        return CourseEnded()
    if is_late(due_at, now):
        return TooLate(next_hour(at, zone, now))
    following = next_position(order, [*had, place])
    slugs = [each.slug for each in order]
    return NextPacket(
        place=place,
        position=slugs.index(place.slug) + 1,
        last=following is None,
        good_until=due_at + SLOT_LASTS,
    )
