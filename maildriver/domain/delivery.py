"""Outcomes of a delivery attempt, and the decision after each."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

#: The part of the SMTP dialogue that a reply answers.
Stage = Literal["connect", "mail", "rcpt", "data", "dot"]

# RFC 5321 4.5.4.1 asks for four to five days of trying. The first waits are shorter than
# its 30 minutes because the server is our own smarthost.
RETRY_AFTER = (
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    *[timedelta(hours=8)] * 13,
)

#: How often a message may be sent again because no answer came after its dot.
MAX_UNSURE = 2


@dataclass(frozen=True, slots=True)
class Accepted:
    """The server has accepted the message."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The server has replied, and has not accepted the message."""

    stage: Stage
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Broken:
    """The connection ended or fell silent before the dot: nothing was accepted."""

    stage: Stage
    why: str


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The dot was sent and no answer came: the server may have the message or not.

    RFC 1047 describes why neither side can know.
    """

    why: str


@dataclass(frozen=True, slots=True)
class Fenced:
    """The row was no longer claimed by this process, so the dot was never sent."""


Outcome = Accepted | Refused | Broken | Unanswered | Fenced


@dataclass(frozen=True, slots=True)
class Sent:
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Deferred:
    """Try again from `until` on."""

    code: int
    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Failed:
    """No attempt will ever succeed. `address_is_bad` if the refusal is about the address."""

    code: int
    text: str
    address_is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """A person must look: the content or our account was refused, not the address."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Unsure:
    text: str
    until: datetime


@dataclass(frozen=True, slots=True)
class AccountPaused:
    """The server refuses the whole mail account: the message goes back to ready, unchanged."""

    text: str


Decision = Sent | Deferred | Failed | Held | Unsure | AccountPaused

#: After a broken connection, the message is tried again soon. If each connection breaks with
#: one message, that message is the cause, so the waits grow, and in the end a person must look.
BROKEN_WAIT = timedelta(seconds=30)

#: RFC 2034 puts the enhanced code first in the text. Elsewhere such numbers are IP addresses.
_ENHANCED = re.compile(r"5\.(\d{1,3}\.\d{1,3})(?!\.?\d)")
#: RFC 3463 3.2 and 3.5: bad mailbox, bad system, bad syntax, moved, null MX, no route.
_BAD_RECIPIENT = {"1.1", "1.2", "1.3", "1.6", "1.10", "4.4"}
#: Bad sender's address. Servers that delay every refusal until RCPT report it there.
_BAD_SENDER = {"1.7", "1.8"}


def decide(
    outcome: Accepted | Refused | Broken | Unanswered,
    attempts: int,
    unsure_count: int,
    now: datetime,
    unsure_after: timedelta,
) -> Decision:
    """Return what becomes of a message after an attempt; `attempts` counts those before it."""
    match outcome:
        case Accepted(code, text):
            return Sent(code, text)
        case Unanswered(why):
            if unsure_count >= MAX_UNSURE:
                return Held(0, f"sent {unsure_count + 1} times, and never answered: {why}")
            return Unsure(why, now + unsure_after)
        case Broken(_, why):
            return _after_break(why, attempts, now)
        case Refused():
            return _after_refusal(outcome, attempts, now)


def _after_break(why: str, attempts: int, now: datetime) -> Decision:
    if attempts > len(RETRY_AFTER):
        return Held(0, f"the connection broke at each of {attempts + 1} attempts: {why}")
    wait = BROKEN_WAIT if attempts == 0 else RETRY_AFTER[attempts - 1]
    return Deferred(0, why, now + wait)


def _after_refusal(refused: Refused, attempts: int, now: datetime) -> Decision:
    code, text = refused.code, refused.text
    if code < 500 or _is_transient(refused):
        if attempts >= len(RETRY_AFTER):
            return Failed(code, text)
        return Deferred(code, text, now + RETRY_AFTER[attempts])
    match refused.stage:
        case "rcpt" if not _blames_sender(refused):
            return Failed(code, text, address_is_bad=_blames_recipient(refused))
        case "data" | "dot":
            return Held(code, text)
        case "rcpt" | "mail" | "connect":
            return AccountPaused(f"{code} {text}")


def _is_transient(refused: Refused) -> bool:
    """Return whether a permanent code means a transient failure.

    552 at RCPT is "too many recipients" (RFC 5321 4.5.3.1.10) or a full mailbox, which the
    recipient may empty (RFC 3463 3.3).
    """
    return refused.stage == "rcpt" and (refused.code == 552 or _status(refused) == "2.2")


def _blames_sender(refused: Refused) -> bool:
    return refused.code == 530 or _status(refused) in _BAD_SENDER


def _blames_recipient(refused: Refused) -> bool:
    status = _status(refused)
    return refused.code == 550 if status is None else status in _BAD_RECIPIENT


def _status(refused: Refused) -> str | None:
    """Return the enhanced status code without its class, or None if there is none."""
    match = _ENHANCED.match(refused.text)
    return None if match is None else match[1]
