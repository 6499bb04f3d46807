"""Daily quota of a sender; mail beyond it is held, not lost."""

from datetime import timedelta

from maildriver.domain.hold_reason import HoldReason, Why
from maildriver.inbound.understood import Understood
from maildriver.letters.writer import Turn
from maildriver.store import inbox

MOST_PER_DAY = 30  # mails
MOST_BYTES_PER_DAY = 100_000_000


def over_quota(turn: Turn, mail: Understood) -> HoldReason | None:
    """Return the quota that a sender exceeds with the present mail; None if none.

    Held mail counts only for a sender who is not proven: otherwise anybody could use up the
    quota of a student by writing in the student's name.
    """
    states = ("done",) if mail.trust == "full" else ("done", "held")
    since = turn.now - timedelta(days=1)
    sender = (mail.mail.sender or "").lower()
    count, size = inbox.count_from(turn.conn, sender, mail.author.id, since, states)
    if mail.row.received_at >= since:
        count, size = count + 1, size + mail.row.size
    if count > MOST_PER_DAY:
        return HoldReason(Why.TOO_MANY, {"most": MOST_PER_DAY})
    if size > MOST_BYTES_PER_DAY:
        return HoldReason(Why.TOO_MUCH, {"megabytes": MOST_BYTES_PER_DAY // 1_000_000})
    return None
