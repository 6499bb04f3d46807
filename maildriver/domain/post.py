"""Posts: who may read them, and when somebody gets the next digest of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from maildriver.domain.cadence import DAILY, Cadence, next_slot
from maildriver.domain.course import DigestEvery, Discussion
from maildriver.domain.enrolment import Role

#: Who reads a post: the class in its digests, the instructors at once, one person at once,
#: or nobody (then it is kept, and no more).
Audience = Literal["class", "instructors", "one", "none"]


#: What becomes of a file: see mail.file_policy.
FileState = Literal["passed", "held", "released", "dropped", "logo", "large"]


@dataclass(frozen=True, slots=True)
class PostFile:
    """A file that came with a post; its bytes are the blob of that hash."""

    name: str
    size: int  # bytes; 0 where it is not known
    media_type: str = "application/octet-stream"  # under which it is passed on
    sha256: str = ""  # empty: its bytes are not kept
    state: FileState = "passed"
    why: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """An accepted post as its readers know it: no address is in it."""

    id: int
    number: int
    lesson: str
    thread_id: int
    parent_id: int | None
    enrolment_id: int
    author: str  # the name its author chose; may be empty
    role: Role
    text: str
    files: tuple[PostFile, ...]
    at: datetime
    answers_number: int | None = None  # of its parent, where that is in a digest
    answers_author: str = ""
    answers_withdrawn: bool = False  # what it answers was taken back


def audience(discussion: Discussion, role: Role, *, private: bool) -> Audience:
    """Return who reads what somebody wrote to a course."""
    if private:
        return "instructors"
    match discussion:
        case "class":
            return "class"
        case "instructor":
            # Instructors speak to all: students have no other way to hear of each other.
            return "class" if role == "instructor" else "instructors"
        case "none":
            return "class" if role == "instructor" else "none"


def next_digest(
    every: DigestEvery, cadence: Cadence, zone: ZoneInfo, after: datetime
) -> datetime | None:
    """Return the first moment later than `after` for a digest; None if none is wanted.

    It comes at the hour of the cadence: daily, or on the first day of the week that the
    cadence has.
    """
    if every == "off":
        return None
    days = DAILY if every == "daily" else frozenset({min(cadence.days)})
    return next_slot(Cadence(days, cadence.at), zone, after)
