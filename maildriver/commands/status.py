"""The command `status`: sends a student's position and next dates."""

from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _status(_turn: Turn, _request: Request) -> Outcome:
    return Outcome()


STATUS = StudentCommand("status", _status, needs="sender", letter="status")
