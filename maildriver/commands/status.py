"""`status`: where a student is in the course, and what comes next."""

from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _status(_turn: Turn, _request: Request) -> Outcome:
    return Outcome()


STATUS = StudentCommand("status", _status, needs="sender", letter="status")
