"""Posts, their audience, and the time of the next digest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from maildriver.domain.cadence import DAILY, Cadence, next_slot
from maildriver.domain.course import DigestEvery, Discussion
from maildriver.domain.enrolment import Role
from maildriver.domain.ids import EnrolmentId, FileId, PostId

#: Who reads a post: the class in its digests, the instructors at once, one person at once,
#: or nobody (the post is only stored).
Audience = Literal["class", "instructors", "one", "none"]


_NOT_STORED = FileId(0)

#: What becomes of a file: see mail.file_policy.
FileState = Literal["passed", "held", "released", "dropped", "logo", "large"]


@dataclass(frozen=True, slots=True)
class PostFile:
    """A file that came with a post; its content is the blob with that hash."""

    name: str
    size: int  # bytes; 0 where it is not known
    media_type: str = "application/octet-stream"  # the one in our mails
    sha256: str = ""  # empty: the content is not kept
    state: FileState = "passed"
    why: str = ""
    id: FileId = _NOT_STORED


@dataclass(frozen=True, slots=True)
class Post:
    """An accepted post as its readers see it, without an address."""

    id: PostId
    number: int
    lesson: str
    thread_id: PostId
    parent_id: PostId | None
    enrolment_id: EnrolmentId
    author: str  # the name its author chose; may be empty
    role: Role
    text: str
    files: tuple[PostFile, ...]
    at: datetime
    answers_number: int | None = None  # the number of the parent, if digests show it
    answers_author: str = ""
    answers_withdrawn: bool = False  # the parent was withdrawn


def audience(discussion: Discussion, role: Role, *, private: bool) -> Audience:
    """Return the audience of a post to a course."""
    if private:
        return "instructors"
    match discussion:
        case "class":
            return "class"
        case "instructor":
            # Instructors write to all: students have no other way to learn of each other.
            return "class" if role == "instructor" else "instructors"
        case "none":
            return "class" if role == "instructor" else "none"


def next_digest(
    every: DigestEvery, cadence: Cadence, zone: ZoneInfo, after: datetime
) -> datetime | None:
    """Return the first moment later than `after` for a digest; None if digests are off.

    A digest comes at the hour of the cadence: daily, or on the first day of the week that
    the cadence has.
    """
    if every == "off":
        return None
    days = DAILY if every == "daily" else frozenset({min(cadence.days)})
    return next_slot(Cadence(days, cadence.at), zone, after)
