"""The command `resume`: ends a pause, or brings back a former student."""

from maildriver.enrolment import lifecycle
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _resume(turn: Turn, request: Request) -> Outcome:
    return Outcome(lifecycle.resume(turn.conn, request.enrolment.id, turn.now))


RESUME = StudentCommand(
    "resume",
    _resume,
    needs="sender",
    letter="resumed",
    brings=frozenset({"active"}),
    can_be_undone=True,
)
