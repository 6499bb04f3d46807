"""Daily quota of a sender; mail beyond it is held, not lost."""

from datetime import timedelta

from maildriver.inbound.understood import Understood
from maildriver.letters.writer import Turn
from maildriver.store import inbox

MOST_PER_DAY = 30  # mails
MOST_BYTES_PER_DAY = 100_000_000


def over_quota(turn: Turn, mail: Understood) -> str:
    """Return the quota that a sender exceeds with the present mail, in words; empty if none.

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
        return f"more than {MOST_PER_DAY} mails in a day"
    if size > MOST_BYTES_PER_DAY:
        return f"more than {MOST_BYTES_PER_DAY // 1_000_000} MB of mail in a day"
    return ""
