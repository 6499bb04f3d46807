"""The effect of a sent issue: recorded, and its discussion opened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.course import NO_POSITION, LessonPosition
from maildriver.domain.ids import EnrolmentId
from maildriver.effects import Clocks, EffectKind
from maildriver.store import enrolment_clock


@dataclass(frozen=True, slots=True)
class IssueSent:
    """A student has received an issue, so digests show them the discussion about it."""

    enrolment_id: EnrolmentId
    issue: str  # its slug
    version: str


def _apply(conn: sa.Connection, sent: Sequence[IssueSent], _clocks: Clocks, now: datetime) -> None:
    had = [
        (each.enrolment_id, LessonPosition(NO_POSITION, each.issue), each.version) for each in sent
    ]
    enrolment_clock.record_had(conn, had, now)


ISSUE_SENT = EffectKind("news", IssueSent, _apply)
