"""The command `next`: sends the next packet now, regardless of the cadence."""

from maildriver.enrolment import lifecycle
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _next(turn: Turn, request: Request) -> Outcome:
    return Outcome(lifecycle.send_next(turn.conn, request.enrolment.id, turn.now))


NEXT = StudentCommand("next", _next, needs="sender", letter="next", can_be_undone=True)
