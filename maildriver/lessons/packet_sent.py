"""The effect of a sent packet: lesson recorded, next packet planned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.cadence import next_slot
from maildriver.domain.course import LessonPosition, next_position
from maildriver.domain.ids import EnrolmentId
from maildriver.effects import Clocks, EffectKind
from maildriver.store import courses, enrolment_clock, enrolments
from maildriver.store.enrolment_clock import EnrolmentClock


@dataclass(frozen=True, slots=True)
class PacketSent:
    """A student has received a lesson, in the slot that began at `slot`."""

    enrolment_id: EnrolmentId
    place: LessonPosition
    version: str
    slot: datetime
    last: bool  # there was no next lesson when the packet was planned


def _apply(
    conn: sa.Connection, packets: Sequence[PacketSent], clocks: Clocks, now: datetime
) -> None:
    had = [(each.enrolment_id, each.place, each.version) for each in packets]
    enrolment_clock.record_had(conn, had, now)
    going = [each for each in packets if clocks[each.enrolment_id].state == "active"]
    ended = _ended(conn, [clocks[each.enrolment_id] for each in going if each.last])
    for enrolment_id in ended:
        enrolments.change(conn, enrolment_id, state="finished", due_at=None)
    slots: dict[EnrolmentId, datetime] = {}
    for packet in going:
        clock = clocks[packet.enrolment_id]
        if clock.id not in ended:
            slots[clock.id] = next_slot(clock.cadence, clock.zone, max(now, packet.slot))
    enrolment_clock.set_due(conn, slots)


def _ended(conn: sa.Connection, clocks: Sequence[EnrolmentClock]) -> set[EnrolmentId]:
    """Return the enrolments that have received all lessons of their course."""
    if not clocks:
        return set()
    order = {slug: courses.positions(conn, slug) for slug in {each.course for each in clocks}}
    had = enrolments.positions_had(conn, [each.id for each in clocks])
    return {each.id for each in clocks if next_position(order[each.course], had[each.id]) is None}


PACKET_SENT = EffectKind("packet", PacketSent, _apply)
