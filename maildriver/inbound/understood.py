"""A mail that was understood, before anything is done about it, and giving it its last state."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.inbound.files import Came
from maildriver.letters.writer import Letters
from maildriver.mail.kind.bounce import Bounce
from maildriver.mail.kind.classify import Known, Trust, Verdict
from maildriver.mail.message import Mail
from maildriver.mail.reply.per_post import Answer
from maildriver.mail.reply.trim import Trimmed
from maildriver.store import inbox, outbox

_NOTHING = Trimmed("", "", 1.0, ())


@dataclass(frozen=True, slots=True)
class Taken:
    """A mail, and everything that is known of it."""

    row: inbox.Row
    mail: Mail
    verdict: Verdict
    answers: outbox.Row | None
    named: tuple[outbox.Row, ...]
    about: str  # which post is answered, if the address says so; or "private"
    enrolment: Enrolment | None
    known: Known
    bounces: tuple[Bounce, ...] = ()
    trimmed: Trimmed = _NOTHING
    parts: tuple[Answer, ...] = ()  # what was written, by the post that each part answers
    whole: str = ""  # see mail.whole
    files: tuple[Came, ...] = ()
    is_cut: bool = False  # its text breaks off, because it is larger than is fetched

    @property
    def inbox(self) -> MailId:
        """The id of its row."""
        return self.row.id


@dataclass(frozen=True, slots=True)
class Case:
    """A mail that a person wrote, as it is decided: whose business it is, and how sure that is."""

    letters: Letters
    taken: Taken
    enrolment: Enrolment
    trusted: Trust
    now: datetime


def settle_mail(
    conn: sa.Connection, taken: Taken, state: str, rule: str, *, again: bool = False
) -> bool:
    """Give a mail its last state, if it is still new and its owner's; tell if it was.

    `again`, where it has got one in this transaction.
    """
    values = {
        "state": state,
        "kind": taken.verdict.kind,
        "rule": rule,
        "sender": (taken.mail.sender or "").lower(),
        "message_id": taken.mail.message_id,
        "content_hash": taken.mail.content,
        "enrolment_id": None if taken.enrolment is None else taken.enrolment.id,
    }
    if again:
        inbox.settle_again(conn, taken.inbox, **values)
        return True
    return inbox.settle_own(conn, taken.row, **values)


def hold_mail(conn: sa.Connection, taken: Taken, rule: str) -> str:
    """Let a mail wait for a person; return that in words."""
    settle_mail(conn, taken, "held", rule, again=True)
    return f"held: {rule}"
