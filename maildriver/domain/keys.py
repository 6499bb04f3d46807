"""Natural keys of the outbox: the same key is never sent twice.

    str(Relay(post_id, enrolment_id))   'relay:12:7'
    parse("relay:12:7")                 Relay(post_id=12, enrolment_id=7)
    Relay.beginning(post_id)            'relay:12:', the prefix of all relays of a post

Tokens are made from keys, so a key never changes its form: replies to old mail name its token.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from typing import ClassVar, Self

from maildriver.domain.ids import EnrolmentId, MailId, PostId


@dataclass(frozen=True, slots=True)
class Key:
    """A natural key; as text it is the word of the kind and the fields, joined by colons."""

    word: ClassVar[str]

    def __str__(self) -> str:
        return ":".join((self.word, *(str(getattr(self, each.name)) for each in fields(self))))

    @classmethod
    def beginning(cls, *first: object) -> str:
        """Return the prefix of all keys of this kind with these first fields."""
        return ":".join((cls.word, *map(str, first), ""))

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the key of this kind from its text; None if the text is not one."""
        word, *values = text.split(":")
        # A field that is neither a text nor a day is an id.
        readers = [_READ.get(each.type, int) for each in fields(cls)]
        if word != cls.word or len(values) != len(readers):
            return None
        try:
            return cls(*(read(value) for read, value in zip(readers, values, strict=True)))
        except ValueError:
            return None


_READ: dict[object, Callable[[str], object]] = {str: str, date: date.fromisoformat}


@dataclass(frozen=True, slots=True)
class Packet(Key):
    """A packet with a lesson; `repeat` counts how often it was sent again."""

    word: ClassVar[str] = "packet"
    enrolment_id: EnrolmentId
    lesson: str
    repeat: int = 0


@dataclass(frozen=True, slots=True)
class Digest(Key):
    """The digest of a reader for one day, in the reader's time zone."""

    word: ClassVar[str] = "digest"
    enrolment_id: EnrolmentId
    day: date


@dataclass(frozen=True, slots=True)
class News(Key):
    """An issue of the newsletter for one reader."""

    word: ClassVar[str] = "news"
    enrolment_id: EnrolmentId
    issue: str


@dataclass(frozen=True, slots=True)
class Confirm(Key):
    """A confirm mail: one a day at most."""

    word: ClassVar[str] = "confirm"
    enrolment_id: EnrolmentId
    day: date


@dataclass(frozen=True, slots=True)
class Welcome(Key):
    """A welcome mail."""

    word: ClassVar[str] = "welcome"
    enrolment_id: EnrolmentId
    day: date


@dataclass(frozen=True, slots=True)
class Probe(Key):
    """A probe of an address that bounced."""

    word: ClassVar[str] = "probe"
    enrolment_id: EnrolmentId
    day: date


@dataclass(frozen=True, slots=True)
class Note(Key):
    """A note that responds to a mail; `letter` is the name of its template."""

    word: ClassVar[str] = "note"
    mail_id: MailId
    letter: str


@dataclass(frozen=True, slots=True)
class Receipt(Key):
    """The receipt for the posts of a mail."""

    word: ClassVar[str] = "receipt"
    enrolment_id: EnrolmentId
    mail_id: MailId


@dataclass(frozen=True, slots=True)
class Change(Key):
    """The receipt for a change of the posts of a mail, requested in the mail `asked_by`."""

    word: ClassVar[str] = "change"
    enrolment_id: EnrolmentId
    mail_id: MailId
    asked_by: MailId


@dataclass(frozen=True, slots=True)
class Relay(Key):
    """A post for instructors or one person, sent to one reader at once."""

    word: ClassVar[str] = "relay"
    post_id: PostId
    enrolment_id: EnrolmentId


@dataclass(frozen=True, slots=True)
class Hold(Key):
    """The question to an instructor whether to release a held mail."""

    word: ClassVar[str] = "hold"
    mail_id: MailId
    instructor_id: EnrolmentId


@dataclass(frozen=True, slots=True)
class Notice(Key):
    """An alert to the operator: one per problem and day."""

    word: ClassVar[str] = "notice"
    problem: str  # a hash of the name of the problem
    day: date


_KEYS: dict[str, type[Key]] = {
    each.word: each
    for each in (
        Packet, Digest, News, Confirm, Welcome, Probe, Note, Receipt, Change, Relay, Hold, Notice,
    )
}  # fmt: skip


def parse(text: str) -> Key | None:
    """Return the key of any kind above from its text; None for keys that a room defines."""
    kind = _KEYS.get(text.partition(":")[0])
    return None if kind is None else kind.parse(text)
