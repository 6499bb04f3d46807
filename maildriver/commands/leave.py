"""The command `leave`: ends an enrolment, which keeps its position."""

from maildriver.enrolment import lifecycle
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _leave(turn: Turn, request: Request) -> Outcome:
    return Outcome(lifecycle.leave(turn.conn, request.enrolment.id, turn.now))


LEAVE = StudentCommand(
    "leave", _leave, needs="token", letter="left", brings=frozenset({"left"}), can_be_undone=True
)
