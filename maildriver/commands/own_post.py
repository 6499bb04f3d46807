"""The commands `withdraw`, `edit` and `restore` for an author's own post."""

from maildriver.discussion import own_post, receipt
from maildriver.feature import Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def change(turn: Turn, request: Request) -> Outcome | None:
    """Change an author's own post and put the receipt; return None without full trust."""
    if request.trust != "full":
        return None
    writer = request.enrolment
    changed = own_post.change(turn, request.command, writer, request.in_reply_to, request.grammar)
    said = receipt.put_change_receipt(turn, changed, writer, request.answered)
    what = changed.outcome or changed.why_not
    return Outcome(done=f"{request.command.name}: {what}{', and said so' if said else ''}")


WITHDRAW = StudentCommand("withdraw", change, needs="full")
RESTORE = StudentCommand("restore", change, needs="full")
EDIT = StudentCommand("edit", change, needs="full")
