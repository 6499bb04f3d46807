"""What a room brings to the site: kinds of mail, commands, replies, services and keys.

A room states it once, as a `Feature`; `app.features` lists the features and merges their
tables, and whatever lies below a room is given them as values. A feature is light to load: what
renders or reads mail is loaded when it is asked for, and not by every command.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

import sqlalchemy as sa

from maildriver.domain.course import CourseKey
from maildriver.domain.enrolment import Enrolment, State
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
    """A command as somebody has sent it."""

    command: "Command"
    enrolment: Enrolment
    trust: "Trust"
    answered: "AnsweredMail"  # the mail that holds it
    in_reply_to: outbox.Row | None = None  # the message of ours that this mail answers


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command did: whether it changed anything, and what its note says beside that."""

    changed: bool = False
    letter: str = ""  # the note's template, where it is another one than the command's
    fields: "Mapping[str, Field]" = field(default_factory=dict)
    done: str = ""  # in words, where the command has written its note itself


@dataclass(frozen=True, slots=True)
class StudentCommand:
    """A word that a student may write to the course, and what it does."""

    name: str
    run: "Callable[[Turn, Request], Outcome | None]"  # None: this sender may not ask for it
    needs: "Needs"
    letter: str = ""  # the template of its note
    brings: frozenset[State] = frozenset()  # if another state follows, the note is `status`
    can_be_undone: bool = False
    #: Of a command that `mail.command.grammar` does not know: its words, by language, and what
    #: may stand behind them.
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    argument: "Argument" = ""


# -- replies -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ExpectedReply:
    """A reply to a mail of ours that expects one: a decision, a yes or no, a confirmation."""

    message: outbox.Row
    enrolment: Enrolment
    trust: "Trust"
    text: str  # what its sender wrote
    sender_name: str
    command: "Command | None" = None  # that stands in it


@dataclass(frozen=True, slots=True)
class Settled:
    """A reply was what was expected; what that did, in words."""

    done: str


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A person must read a reply: why, and whether the student is asked as well."""

    why: str
    ask_student: bool = False


#: Return what a reply did, or why it is held; None if it is a command or a message instead.
ReplyHandler = Callable[["Turn", ExpectedReply], Settled | Doubtful | None]


# -- services ----------------------------------------------------------------------


class Steps(Protocol):
    """A service: it does some of all that is due, and returns whether there may be more."""

    async def step(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class ClockService:
    """A service that the clock drives, one at a time per site."""

    name: str
    part: Part  # of `run --only`
    make: "Callable[[DatabaseThread, MailWriter, Callable[[], datetime]], Steps]"
    every: float = 1  # seconds between two looks at what is due


@dataclass(frozen=True, slots=True)
class Feature:
    """All that one room brings; most of it is empty for most rooms."""

    kinds: tuple[MessageKind, ...] = ()
    effects: tuple[EffectKind, ...] = ()
    course_keys: tuple[CourseKey, ...] = ()
    status_lines: Callable[[sa.Connection, datetime], Sequence[str]] = lambda _conn, _now: ()
    #: Loaded when they are asked for.
    commands: Callable[[], Sequence[StudentCommand]] = tuple
    replies: Callable[[], Mapping[str, ReplyHandler]] = dict
    services: Callable[[], Sequence[ClockService]] = tuple


@dataclass(frozen=True, slots=True)
class DecisionTables:
    """What deciding about a mail asks of the rooms, each thing by its name."""

    kinds: Mapping[str, MessageKind]
    replies: Mapping[str, ReplyHandler]
    commands: Mapping[str, StudentCommand]
    grammar: "Grammar"
