"""The command `pause`: stops packets and digests, until `resume` or a date."""

from maildriver.enrolment import lifecycle
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _pause(turn: Turn, request: Request) -> Outcome:
    length = request.command.duration
    until = None if length is None else turn.now + length
    changed = lifecycle.pause(turn.conn, request.enrolment.id, "student", until, turn.now)
    return Outcome(changed)


PAUSE = StudentCommand(
    "pause",
    _pause,
    needs="token",
    letter="paused",
    brings=frozenset({"paused"}),
    can_be_undone=True,
)
