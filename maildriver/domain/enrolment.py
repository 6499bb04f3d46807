"""Students and their enrolments, each in one course.

asked -> active <-> paused -> finished | left
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from maildriver.domain.cadence import Cadence
from maildriver.domain.course import DigestEvery
from maildriver.domain.ids import EnrolmentId, StudentId

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

State = Literal["asked", "active", "paused", "finished", "left"]
Role = Literal["student", "instructor"]
PauseWhy = Literal["student", "bounce", "silence", "away", "operator"]


@dataclass(frozen=True, slots=True)
class Student:
    """A person with an address."""

    id: StudentId
    address: str  # as it was given; compare it in lower case
    name: str
    language: str
    zone: str


@dataclass(frozen=True, slots=True)
class Enrolment:
    """One student, or instructor, in one course."""

    id: EnrolmentId
    student: Student
    course: str
    cohort: str
    role: Role
    state: State
    cadence: Cadence
    starts: date | None = None
    due_at: datetime | None = None
    pause_why: PauseWhy | Literal[""] = ""
    pause_until: datetime | None = None
    enrolled_at: datetime = _LONG_AGO
    confirmed_at: datetime | None = None  # None until the address is proven
    digest_every: DigestEvery = "daily"
    digest_due_at: datetime | None = None

    @property
    def zone(self) -> ZoneInfo:
        """The student's zone."""
        return ZoneInfo(self.student.zone)
