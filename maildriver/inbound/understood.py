"""A mail ready for a decision, and the queries that settle it."""

from dataclasses import dataclass, field

import sqlalchemy as sa

from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.inbound.files import ReceivedFile
from maildriver.mail.kind.bounce import Bounce
from maildriver.mail.kind.classify import SenderFacts, Trust, Verdict, trust
from maildriver.mail.message import Mail
from maildriver.mail.reply.per_post import ReplyPart
from maildriver.mail.reply.trim import Trimmed
from maildriver.store import inbox, outbox

_NOTHING = Trimmed("", "", 1.0, ())


@dataclass(frozen=True, slots=True)
class Understood:
    """A mail with its sender, the message it answers, its reply text and its files."""

    row: inbox.Row
    mail: Mail
    verdict: Verdict
    in_reply_to: outbox.Row | None  # the message of ours that the mail answers or reports on
    named: tuple[outbox.Row, ...]  # all our messages whose tokens the mail names
    about: str  # the number of the post answered, or "private"; from the address
    enrolment: Enrolment | None
    facts: SenderFacts
    bounces: tuple[Bounce, ...] = ()
    reply: Trimmed = _NOTHING
    parts: tuple[ReplyPart, ...] = ()  # the reply text, split by the posts that it answers
    restorable: str = ""  # see mail.reply.restorable
    files: tuple[ReceivedFile, ...] = ()
    is_truncated: bool = False  # the text is incomplete: the mail is larger than is fetched
    trust: Trust = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "trust", trust(self.mail, self.facts))

    @property
    def mail_id(self) -> MailId:
        """The id of the mail in the inbox."""
        return self.row.id

    @property
    def author(self) -> Enrolment:
        """The enrolment of the author; the caller has checked that there is one."""
        assert self.enrolment is not None
        return self.enrolment


def settle_mail(conn: sa.Connection, mail: Understood, state: str, rule: str) -> bool:
    """Settle a mail; return False if it is no longer new, or another process has claimed it."""
    return inbox.settle_claimed(conn, mail.row, **_values(mail, state, rule))


def settle_again(conn: sa.Connection, mail: Understood, state: str, rule: str) -> None:
    """Settle a mail differently, in the transaction that has settled it."""
    inbox.change_settled(conn, mail.mail_id, **_values(mail, state, rule))


def hold_mail(conn: sa.Connection, mail: Understood, rule: str) -> str:
    """Hold a mail for a person; return that in words."""
    settle_again(conn, mail, "held", rule)
    return f"held: {rule}"


def _values(mail: Understood, state: str, rule: str) -> dict[str, object]:
    return {
        "state": state,
        "kind": mail.verdict.kind,
        "rule": rule,
        "sender": (mail.mail.sender or "").lower(),
        "message_id": mail.mail.message_id,
        "content_hash": mail.mail.content_hash,
        "enrolment_id": None if mail.enrolment is None else mail.enrolment.id,
    }
