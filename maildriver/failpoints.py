"""Failpoints: named places where a test can kill the process.

`MAILDRIVER_CRASH=smtp.fenced:3` kills the process when it reaches the line
`failpoints.reached("smtp.fenced")` for the third time, at once and without cleaning up, as a
power cut would. Without that variable, as everywhere but in tests, a failpoint costs the
comparison of two strings.
"""

import os
import signal
from dataclasses import dataclass

from maildriver.errors import ConfigError

#: All failpoints, in the order in which a packet and a reply reach them.
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
    "newsletter.due_read",
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
    """The failpoint that kills the process, and how often it must still be reached."""

    point: str = ""
    left: int = 0


_armed = _Armed()


def reached(point: str) -> None:
    """Kill the process here, if this failpoint is armed and was reached often enough."""
    if point == _armed.point:
        _armed.left -= 1
        if _armed.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)


def arm(spec: str) -> None:
    """Arm a failpoint, as in `smtp.fenced:3`; "" is none. Raise ConfigError if it is unknown."""
    point, _, times = spec.partition(":")
    if point and (point not in POINTS or not (times or "1").isdecimal()):
        raise ConfigError(
            f"MAILDRIVER_CRASH: there is no point {spec}",
            hint="Write it as smtp.fenced:3; maildriver/failpoints.py lists the points.",
        )
    _armed.point, _armed.left = point, int(times or "1")


arm(os.environ.get("MAILDRIVER_CRASH", ""))
