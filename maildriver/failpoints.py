"""Points of the street at which a test lets the process end, as a power cut would.

`MAILDRIVER_CRASH=smtp.fenced:3` ends it the third time that it gets to the line
`failpoints.reached("smtp.fenced")`, at once and without any ending. Where it is not set, as
everywhere but in tests, a point costs the comparison of two words.
"""

import os
import signal
from dataclasses import dataclass

from maildriver.errors import ConfigError

#: All points, in the order in which a packet and a reply come by them.
POINTS = (
    "run.begun",
    "recovery.begin",
    "recovery.freed",
    "recovery.committed",
    "publisher.checked",
    "publisher.file_stored",
    "publisher.before_commit",
    "publisher.committed",
    "notice.before_commit",
    "notice.committed",
    "scheduler.greeted",
    "scheduler.due_read",
    "scheduler.made",
    "scheduler.before_commit",
    "scheduler.committed",
    "newsletter.shared",
    "newsletter.made",
    "newsletter.before_commit",
    "newsletter.committed",
    "sender.before_claim",
    "sender.claimed",
    "sender.connected",
    "smtp.envelope_written",
    "smtp.mail_answered",
    "smtp.rcpt_answered",
    "smtp.data_answered",
    "smtp.half_body_written",
    "smtp.body_written",
    "ledger.fences_booked",
    "ledger.fences_committed",
    "smtp.fenced",
    "smtp.dotted",
    "smtp.answered",
    "sender.answered",
    "ledger.answers_booked",
    "ledger.answers_committed",
    "poller.opened",
    "poller.fetched",
    "poller.before_commit",
    "poller.committed",
    "intake.taken",
    "intake.try_counted",
    "intake.parsed",
    "intake.before_commit",
    "intake.committed",
    "digester.numbered",
    "digester.due_read",
    "digester.made",
    "digester.before_commit",
    "digester.committed",
)


@dataclass(slots=True)
class _Armed:
    """The point that ends the process, and how often it is passed before that."""

    point: str = ""
    left: int = 0


_armed = _Armed()


def reached(point: str) -> None:
    """End the process here, if that was asked for."""
    if point == _armed.point:
        _armed.left -= 1
        if _armed.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(wish: str) -> None:
    """Choose a point, as in `smtp.fenced:3`; "" is none. Raise ConfigError if there is no such."""
    point, _, times = wish.partition(":")
    if point and (point not in POINTS or not (times or "1").isdecimal()):
        raise ConfigError(
            f"MAILDRIVER_CRASH: there is no point {wish}",
            hint="Write it as smtp.fenced:3; maildriver/failpoints.py lists the points.",
        )
    _armed.point, _armed.left = point, int(times or "1")


arm(os.environ.get("MAILDRIVER_CRASH", ""))
