"""The cadence command: `send Tue and Fri at 7:30`, `send in Lisbon`."""

from maildriver.enrolment.change import set_cadence
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _cadence(turn: Turn, request: Request) -> Outcome:
    wanted = request.command.cadence
    if wanted is None:
        return Outcome()
    if wanted.unknown_place:
        # A sender who is not proven may have written anything as a place: do not repeat it.
        place = wanted.unknown_place if request.trust == "full" else ""
        return Outcome(letter="place", fields={"place": place})
    return Outcome(set_cadence(turn.conn, request.enrolment.id, wanted, turn.now))


CADENCE = StudentCommand("cadence", _cadence, needs="sender", letter="cadence", can_be_undone=True)
