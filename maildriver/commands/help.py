"""The command `help`: sends the list of commands."""

from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _help(_turn: Turn, _request: Request) -> Outcome:
    return Outcome()


HELP = StudentCommand("help", _help, needs="sender", letter="help")
