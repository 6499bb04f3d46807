"""The command `undo`: reverses the last command or change of a post."""

from maildriver.commands.own_post import change
from maildriver.discussion import own_post
from maildriver.enrolment import undo
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _undo(turn: Turn, request: Request) -> Outcome | None:
    enrolment = request.enrolment
    kept = undo.last_command(turn.conn, enrolment.id)
    if own_post.is_meant(turn.conn, enrolment, request.in_reply_to, kept):
        return change(turn, request)
    return Outcome(undo.undo(turn.conn, enrolment.id, turn.now))


UNDO = StudentCommand("undo", _undo, needs="sender", letter="undone")
