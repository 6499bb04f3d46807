"""What was decided about a mail: its last state, the rule, and the result in words."""

from dataclasses import dataclass
from typing import Literal

from maildriver.domain.hold_reason import HoldReason
from maildriver.letters.labels import reason_in_english


@dataclass(frozen=True, slots=True)
class Decision:
    """The last state of a mail, given to it once, at the end of its transaction."""

    state: Literal["done", "held", "dropped"]
    rule: str
    result: str  # for the log and the operator


def done(rule: str, result: str) -> Decision:
    """Return that a mail had its effect."""
    return Decision("done", rule, result)


def held(why: HoldReason | str, more: str = "") -> Decision:
    """Return that a mail waits for a person: for a reason, or by a rule about its kind."""
    rule = why if isinstance(why, str) else reason_in_english(why)
    return Decision("held", rule, f"held: {rule}{more}")


def dropped(rule: str, result: str) -> Decision:
    """Return that a mail has no effect, and nobody needs to see it."""
    return Decision("dropped", rule, f"dropped: {result}")
