"""Table of the commands about enrolments, lessons and posts."""

from maildriver.commands.cadence import CADENCE
from maildriver.commands.help import HELP
from maildriver.commands.leave import LEAVE
from maildriver.commands.next import NEXT
from maildriver.commands.own_post import EDIT, RESTORE, WITHDRAW
from maildriver.commands.pause import PAUSE
from maildriver.commands.resume import RESUME
from maildriver.commands.status import STATUS
from maildriver.commands.undo import UNDO

COMMANDS = (
    LEAVE, PAUSE, RESUME, NEXT, CADENCE, UNDO, HELP, STATUS, WITHDRAW, RESTORE, EDIT,
)  # fmt: skip
