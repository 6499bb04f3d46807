"""Scheduling service: first mails, ends of pauses, and due packets."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa

from maildriver import effects, failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain import keys
from maildriver.domain.cadence import SLOT_LASTS, next_hour
from maildriver.domain.course import Course, LessonPosition, lesson_in_language, lesson_positions
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.message_kind import PACKET
from maildriver.enrolment.end_pause import end_pause
from maildriver.enrolment.welcome import greet
from maildriver.lessons.packet_sent import PacketSent
from maildriver.lessons.plan import CourseEnded, NextPacket, Plan, TooLate, plan
from maildriver.letters.batch import DueMail
from maildriver.letters.outgoing import mail_to
from maildriver.letters.packet import PositionedLesson
from maildriver.letters.writer import MailWriter, Turn
from maildriver.store import courses, enrolment_clock, enrolments, outbox

log = logging.getLogger(__name__)

_BATCH = 64  # takes one transaction well below 50 ms


#: An enrolment, its plan, and its packet if one is next.
_Made = tuple[Enrolment, Plan, outbox.Message | None]


@dataclass(frozen=True, slots=True)
class _Due:
    """All that planning one due enrolment needs."""

    enrolment: Enrolment
    course: Course
    had: Sequence[LessonPosition]


@dataclass(slots=True)
class Scheduler:
    """Plans what is due. At most one may run per site."""

    db: DatabaseThread
    letters: MailWriter
    now: Callable[[], datetime]
    ahead: int = outbox.MOST_READY

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
        """End the pauses that are over; return whether there were any."""
        waiting = enrolments.to_resume(conn, now, _BATCH)
        for each in waiting:
            end_pause(Turn(conn, self.letters, now), courses.existing(conn, each.course), each)
        return bool(waiting)

    async def _greet(self, now: datetime) -> bool:
        waiting = await self.db.read(lambda conn: _load_greetings(conn, now))
        for enrolment, course in waiting:
            await self.db.write(
                partial(self._greet_one, course=course, enrolment=enrolment, now=now)
            )
            failpoints.reached("scheduler.greeted")
        return bool(waiting)

    def _greet_one(
        self, conn: sa.Connection, course: Course, enrolment: Enrolment, now: datetime
    ) -> None:
        greet(Turn(conn, self.letters, now), course, enrolment)

    async def _plan(self, now: datetime) -> bool:
        due: DueMail[_Due, _Made] = DueMail(
            service="scheduler",
            batch=_BATCH,
            load=lambda conn, most: _load_due(conn, most, now),
            make=lambda due: self._make(due, now),
            put=lambda conn, made: _put_all(conn, made, now),
            ahead=self.ahead,
        )
        return await due.step(self.db)

    def _make(self, due: _Due, now: datetime) -> _Made:
        """Return the plan for one enrolment and, if a packet is next, the frozen packet."""
        enrolment = due.enrolment
        assert enrolment.due_at is not None
        decision = plan(
            enrolment.due_at,
            enrolment.cadence.at,
            enrolment.zone,
            order=lesson_positions(due.course),
            had=due.had,
            now=now,
        )
        if not isinstance(decision, NextPacket):
            return enrolment, decision, None
        return enrolment, decision, self._packet(due, decision, now)

    def _packet(self, due: _Due, decision: NextPacket, now: datetime) -> outbox.Message:
        enrolment, course = due.enrolment, due.course
        lesson = lesson_in_language(course, decision.place.slug, enrolment.student.language)
        assert enrolment.due_at is not None
        sent = PacketSent(
            enrolment_id=enrolment.id,
            place=decision.place,
            version=lesson.version,
            slot=enrolment.due_at,
            last=decision.last,
        )
        mail = mail_to(
            enrolment,
            course,
            PACKET,
            keys.Packet(enrolment.id, lesson.slug),
            lesson=lesson.slug,
            effect=effects.write(sent),
            good_until=decision.good_until,
        )
        version = PositionedLesson(course, lesson, decision.position, decision.last)
        token = self.letters.token(mail.key)
        packets = self.letters.composer.packets
        frozen = packets.freeze(version, mail.reader, token=token, date=now)
        return self.letters.message(mail, frozen)


def _load_greetings(conn: sa.Connection, now: datetime) -> list[tuple[Enrolment, Course]]:
    found = enrolments.to_greet(conn, now, _BATCH)
    return [(enrolment, courses.existing(conn, enrolment.course)) for enrolment in found]


def _load_due(conn: sa.Connection, most: int, now: datetime) -> list[_Due]:
    found = enrolments.due(conn, now, most)
    had = enrolments.positions_had(conn, [each.id for each in found])
    slugs = {each.course for each in found}
    course = {slug: courses.existing(conn, slug) for slug in slugs}
    return [_Due(each, course[each.course], had[each.id]) for each in found]


def _put_all(conn: sa.Connection, made: Sequence[_Made], now: datetime) -> None:
    """Store the plans and packets of enrolments that have not changed meanwhile."""
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
    still_due = enrolment_clock.clear_due(conn, slots)
    planned = [packets[number] for number in packets if number in still_due]
    outbox.put_all(conn, planned, now)
    failpoints.reached("scheduler.before_commit")
    log.info("planned: %s", ", ".join(each.key for each in planned))


def _move_late(conn: sa.Connection, now: datetime) -> bool:
    """Move packets and digests that missed their slot to the student's next sending hour."""
    late = outbox.overdue(conn, now, _BATCH)
    for message, number in late:
        enrolment = enrolments.get(conn, number)
        hour = next_hour(enrolment.cadence.at, enrolment.zone, now)
        outbox.move_slot(conn, message, hour, hour + SLOT_LASTS)
    return bool(late)
