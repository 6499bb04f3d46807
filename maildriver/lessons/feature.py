"""The feature of the lessons room: packets, their effect, the scheduler."""

from collections.abc import Sequence

from maildriver.domain.message_kind import PACKET
from maildriver.feature import ClockService, Feature
from maildriver.lessons.packet_sent import PACKET_SENT


def _services() -> Sequence[ClockService]:
    from maildriver.lessons.scheduler import Scheduler

    return (ClockService("scheduler", "scheduler", Scheduler),)


FEATURE = Feature(kinds=(PACKET,), effects=(PACKET_SENT,), services=_services)
