"""What a reply is on its way to a decision, a step a type.

    RawMail ──> Mail ──> MailInContext ──> Understood ──> Draft ──> Post
                              '──> Verdict

`Mail` is what `mail.message` parses, `Verdict` its kind, `Draft` and `Post` are of `discussion`.
"""

from dataclasses import dataclass, fields
from typing import Self

from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import MailId
from maildriver.inbound.context import Context
from maildriver.inbound.files import ReceivedFile
from maildriver.mail.kind.bounce import Bounce
from maildriver.mail.kind.classify import SenderFacts, Trust, Verdict, trust
from maildriver.mail.message import Mail
from maildriver.mail.reply.read import ReplyText
from maildriver.mail.reply.trim import Trimmed
from maildriver.store import inbox

_NO_TEXT = ReplyText(Trimmed("", "", 1.0, ()), (), "")


@dataclass(frozen=True, slots=True)
class RawMail:
    """A mail of the inbox as it was fetched."""

    row: inbox.Row
    raw: bytes


@dataclass(frozen=True, slots=True)
class MailInContext:
    """A parsed mail with its sender, the message it answers, and its kind."""

    fetched: RawMail
    mail: Mail
    context: Context
    facts: SenderFacts
    verdict: Verdict

    @property
    def row(self) -> inbox.Row:
        """Its row in the inbox."""
        return self.fetched.row

    @property
    def mail_id(self) -> MailId:
        """The id of its row."""
        return self.fetched.row.id

    @property
    def trust(self) -> Trust:
        """How much is known of its sender."""
        return trust(self.mail, self.facts)

    @property
    def author(self) -> Enrolment:
        """The enrolment that it belongs to; the caller has made sure that there is one."""
        assert self.context.enrolment is not None
        return self.context.enrolment


@dataclass(frozen=True, slots=True)
class Understood(MailInContext):
    """A mail with everything that a decision about it needs."""

    bounces: tuple[Bounce, ...] = ()
    text: ReplyText = _NO_TEXT
    files: tuple[ReceivedFile, ...] = ()
    is_truncated: bool = False  # its text breaks off: the mail is larger than is fetched
    released: bool = False  # a person has read it and let it go on: no doubt is left

    @classmethod
    def of(cls, mail: MailInContext, *, is_truncated: bool, released: bool) -> Self:
        """Return a mail as far as it is understood without its text and its files."""
        known = {each.name: getattr(mail, each.name) for each in fields(mail)}
        return cls(**known, is_truncated=is_truncated, released=released)
