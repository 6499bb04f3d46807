"""The end of a pause; after bounces, a probe is sent first."""

from maildriver.domain import keys
from maildriver.domain.course import Course
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.message_kind import PROBE
from maildriver.enrolment import bounces, lifecycle
from maildriver.letters.outgoing import mail_to
from maildriver.letters.writer import Turn
from maildriver.store import enrolments


def end_pause(turn: Turn, course: Course, enrolment: Enrolment) -> None:
    """Resume an enrolment whose pause is over, or probe its address."""
    if enrolment.pause_why != "bounce":
        lifecycle.resume(turn.conn, enrolment.id, turn.now)
    elif bounces.probe_has_arrived(turn.conn, enrolment, turn.now):
        bounces.lower_score(turn.conn, enrolment.student.address, turn.now)
        lifecycle.resume(turn.conn, enrolment.id, turn.now)
    else:
        _probe(turn, course, enrolment)


def _probe(turn: Turn, course: Course, enrolment: Enrolment) -> None:
    key = keys.Probe(enrolment.id, turn.now.date())
    turn.put_letter(mail_to(enrolment, course, PROBE, key), "probe", {})
    enrolments.change(turn.conn, enrolment.id, pause_until=turn.now + bounces.PROBE_LASTS)
