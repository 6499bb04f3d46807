"""The feature of a room: kinds of mail, commands, replies, services, keys.

Each room defines one `Feature`. `app.features` lists the features, merges their tables and passes
them as values to the rooms below. Importing a feature is cheap: modules that render or read mail
are imported only on use, not by every command of the CLI.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

import sqlalchemy as sa

from maildriver.domain.course import CourseKey
from maildriver.domain.enrolment import Enrolment, State
from maildriver.domain.hold_reason import HoldReason
from maildriver.domain.message_kind import MessageKind
from maildriver.effects import EffectKind
from maildriver.store import outbox

if TYPE_CHECKING:
    from maildriver.database.thread import DatabaseThread
    from maildriver.letters.fields import Field
    from maildriver.letters.note import AnsweredMail
    from maildriver.letters.writer import MailWriter, Turn
    from maildriver.mail.command.grammar import Argument, Command, Grammar
    from maildriver.mail.kind.classify import Needs, Trust

Part = Literal["scheduler", "digester", "poller", "intake", "sender"]


# -- commands ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Request:
    """A command in a mail, with its sender and the message it replies to."""

    command: "Command"
    enrolment: Enrolment
    trust: "Trust"
    answered: "AnsweredMail"  # the mail with the command
    grammar: "Grammar"
    in_reply_to: outbox.Row | None = None  # the message of ours that the mail answers


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a command: whether it changed anything, and the content of its note."""

    changed: bool = False
    letter: str = ""  # the template of the note, if not the usual one of the command
    fields: "Mapping[str, Field]" = field(default_factory=dict)
    done: str = ""  # in words, if the command has written its note itself


@dataclass(frozen=True, slots=True)
class StudentCommand:
    """A word that a student may write to the course, and what it does."""

    name: str
    run: "Callable[[Turn, Request], Outcome | None]"  # None: this sender may not give it
    needs: "Needs"
    letter: str = ""  # the template of its note
    brings: frozenset[State] = frozenset()  # after any other state, the note is `status`
    can_be_undone: bool = False
    #: For a command without words in the folders of templates: its words, by language, and the
    #: argument that may follow them.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    argument: "Argument" = ""


# -- replies -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExpectedReply:
    """A reply to a mail of ours that expects one: a decision, a yes or no, a confirmation."""

    message: outbox.Row
    enrolment: Enrolment
    trust: "Trust"
    text: str  # the text of the reply
    grammar: "Grammar"
    sender_name: str
    released: bool = False  # a person has read it and let it go on
    command: "Command | None" = None  # the command in the reply, if any


@dataclass(frozen=True, slots=True)
class Settled:
    """The reply was as expected; `done` is the result in words."""

    done: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A person must read the reply: why, and whether to ask the student about it."""

    why: HoldReason
    ask_student: bool = False


#: Handles an expected reply; returns None if it is a command or a post instead.
ReplyHandler = Callable[["Turn", ExpectedReply], Settled | Doubtful | None]


# -- services ----------------------------------------------------------------------


class Steps(Protocol):
    """A service; `step` does part of the work that is due, and returns whether more may be."""

    async def step(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ClockService:
    """A service that the clock drives; at most one may run per site."""

    name: str
    part: Part  # the part of `run --only` that runs the service
    make: "Callable[[DatabaseThread, MailWriter, Callable[[], datetime]], Steps]"
    every: float = 1  # seconds between two looks for due work


@dataclass(frozen=True, slots=True)
class Feature:
    """All that one room adds to the site; most rooms leave most fields empty."""

    kinds: tuple[MessageKind, ...] = ()
    effects: tuple[EffectKind, ...] = ()
    course_keys: tuple[CourseKey, ...] = ()
    status_lines: Callable[[sa.Connection, datetime], Sequence[str]] = lambda _conn, _now: ()
    #: Imported only on use.
    commands: Callable[[], Sequence[StudentCommand]] = tuple
    replies: Callable[[], Mapping[str, ReplyHandler]] = dict
    services: Callable[[], Sequence[ClockService]] = tuple


@dataclass(frozen=True, slots=True)
class DecisionTables:
    """The tables that a decision about a mail needs, each by name."""

    kinds: Mapping[str, MessageKind]
    replies: Mapping[str, ReplyHandler]
    commands: Mapping[str, StudentCommand]
    grammar: "Grammar"
