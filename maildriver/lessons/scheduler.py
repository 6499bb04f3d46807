"""From the clock to the outbox: greets, resumes, and plans the packets that are due.

A packet is rendered between two looks at the database: once to see who is due, once to
put it into the outbox if that is still so. Nothing slow happens in a transaction.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from maildriver import effects, failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain.cadence import SLOT_LASTS, next_hour
from maildriver.domain.course import Course, Place, in_language, places
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.token import mint
from maildriver.enrolment import welcome
from maildriver.enrolment.end_pause import go_on
from maildriver.lessons.plan import CourseEnded, NextPacket, Plan, TooLate, plan
from maildriver.letters.packet import Version
from maildriver.letters.writer import Letters, reader_of
from maildriver.store import courses, enrolment_clock, enrolments, outbox

log = logging.getLogger(__name__)

_BATCH = 64  # what one transaction takes, well below the 50 ms of a turn


#: An enrolment, what was decided about it, and its packet if there is one.
_Made = tuple[Enrolment, Plan, outbox.Message | None]


@dataclass(frozen=True, slots=True)
class _Due:
    """All that is needed to decide about one due enrolment."""

    enrolment: Enrolment
    course: Course
    had: Sequence[Place]


@dataclass(slots=True)
class Scheduler:
    """Plans what is due. One at a time per site."""

    db: DatabaseThread
    letters: Letters
    now: Callable[[], datetime]
    ahead: int = outbox.AHEAD

    async def step(self) -> bool:
        """Do some of all that is due; return whether there may be more."""
        now = self.now()
        changed = await self.db.write(lambda conn: self._resume_and_move(conn, now))
        greeted = await self._greet(now)
        planned = await self._plan(now)
        return changed or greeted or planned

    def _resume_and_move(self, conn: sa.Connection, now: datetime) -> bool:
        resumed = self._resume(conn, now)
        return _move_late(conn, now) or resumed

    def _resume(self, conn: sa.Connection, now: datetime) -> bool:
        """Let those go on whose pause has ended."""
        waiting = enrolments.to_resume(conn, now, _BATCH)
        for each in waiting:
            go_on(conn, self.letters, courses.of(conn, each.course), each, now)
        return bool(waiting)

    async def _greet(self, now: datetime) -> bool:
        waiting = await self.db.read(lambda conn: self._load_greetings(conn, now))
        if not waiting:
            return False
        for enrolment, course in waiting:
            await self.db.write(
                partial(
                    welcome.greet,
                    letters=self.letters,
                    course=course,
                    enrolment=enrolment,
                    now=now,
                )
            )
            failpoints.reached("scheduler.greeted")
        return True

    def _load_greetings(
        self, conn: sa.Connection, now: datetime
    ) -> list[tuple[Enrolment, Course]]:
        found = enrolments.to_greet(conn, now, _BATCH)
        return [(enrolment, courses.of(conn, enrolment.course)) for enrolment in found]

    async def _plan(self, now: datetime) -> bool:
        due = await self.db.read(lambda conn: self._load_due(conn, now))
        if not due:
            return False
        failpoints.reached("scheduler.due_read")
        made = await asyncio.to_thread(lambda: [self._make(each, now) for each in due])
        failpoints.reached("scheduler.made")
        await self.db.write(lambda conn: _put_all(conn, made, now))
        failpoints.reached("scheduler.committed")
        return True

    def _load_due(self, conn: sa.Connection, now: datetime) -> list[_Due]:
        room = outbox.room(conn, self.ahead)
        found = enrolments.due(conn, now, min(room, _BATCH)) if room > 0 else []
        had = enrolments.places_had(conn, [each.id for each in found])
        slugs = {each.course for each in found}
        course = {slug: courses.of(conn, slug) for slug in slugs}
        return [_Due(each, course[each.course], had[each.id]) for each in found]

    def _make(self, due: _Due, now: datetime) -> _Made:
        """Decide about one enrolment and, if a packet is next, freeze it."""
        enrolment = due.enrolment
        assert enrolment.due_at is not None
        decision = plan(
            enrolment.due_at,
            enrolment.cadence.at,
            enrolment.zone,
            order=places(due.course),
            had=due.had,
            now=now,
        )
        if not isinstance(decision, NextPacket):
            return enrolment, decision, None
        return enrolment, decision, self._packet(due, decision, now)

    def _packet(self, due: _Due, decision: NextPacket, now: datetime) -> outbox.Message:
        enrolment, student = due.enrolment, due.enrolment.student
        lesson = in_language(due.course, decision.place.slug, student.language)
        key = f"packet:{enrolment.id}:{lesson.slug}:0"
        token = mint(self.letters.key, key)
        version = Version(due.course, lesson, decision.position, decision.last)
        frozen = self.letters.composer.packets.freeze(
            version, reader_of(enrolment), token=token, date=now
        )
        assert enrolment.due_at is not None
        effect = effects.PacketSent(
            enrolment=enrolment.id,
            place=decision.place,
            version=lesson.version,
            slot=enrolment.due_at,
            last=decision.last,
        )
        return outbox.Message(
            key=key,
            token=token,
            kind="packet",
            address=student.address,
            mail_from=frozen.mail_from,
            parts=frozen.parts,
            segments=frozen.segments,
            enrolment_id=enrolment.id,
            lesson=lesson.slug,
            good_until=decision.good_until,
            effect=effects.write(effect),
        )


def _put_all(conn: sa.Connection, made: Sequence[_Made], now: datetime) -> None:
    """Write down what was decided, unless the enrolment has changed meanwhile."""
    packets: dict[EnrolmentId, outbox.Message] = {}
    slots: dict[EnrolmentId, datetime] = {}
    for enrolment, decision, message in made:
        assert enrolment.due_at is not None
        match decision:
            case TooLate(until=until):
                enrolments.move_due(conn, enrolment.id, enrolment.due_at, until)
            case CourseEnded():
                if enrolments.move_due(conn, enrolment.id, enrolment.due_at, None):
                    enrolments.change(conn, enrolment.id, state="finished")
            case NextPacket():
                assert message is not None
                packets[enrolment.id], slots[enrolment.id] = message, enrolment.due_at
    still_due = enrolment_clock.take_due(conn, slots)
    planned = [packets[number] for number in packets if number in still_due]
    outbox.put_all(conn, planned, now)
    failpoints.reached("scheduler.before_commit")
    log.info("planned: %s", ", ".join(each.key for each in planned))


def _move_late(conn: sa.Connection, now: datetime) -> bool:
    """Give packets and digests that could not go in their slot the student's next own hour."""
    late = outbox.late(conn, now, _BATCH)
    for message, number in late:
        enrolment = enrolments.get(conn, number)
        hour = next_hour(enrolment.cadence.at, enrolment.zone, now)
        outbox.move(conn, message, hour, hour + SLOT_LASTS)
    return bool(late)
