"""Alerts to the operator: one mail per problem and day."""

import hashlib

from maildriver import failpoints
from maildriver.domain import keys
from maildriver.domain.message_kind import NOTICE
from maildriver.letters.frame import Reader
from maildriver.letters.outgoing import OutgoingMail
from maildriver.letters.writer import Turn
from maildriver.store import outbox_keys


def alert_operator(turn: Turn, *, problem: str, text: str) -> bool:
    """Put an alert into the outbox; return False if the problem was reported today already.

    Return False, too, if no operator is to be alerted.
    """
    digest = hashlib.sha256(problem.encode()).hexdigest()[:16]
    key = keys.Notice(digest, turn.now.date())
    operator = turn.letters.operator_address
    if not operator or outbox_keys.count_keys(turn.conn, str(key)):
        return False
    mail = OutgoingMail(key, NOTICE, Reader("", operator, "en", "UTC"))
    put = turn.put_letter(mail, "operator", {"problem": problem, "details": text.splitlines()})
    failpoints.reached("notice.before_commit")
    return put
