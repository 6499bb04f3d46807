"""Reasons for which a mail is held.

The words are in `reasons.toml` of each language: instructors read them in their own, and the
inbox keeps the English ones as its rule, for the operator and the log.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Why(StrEnum):
    """The keys of `reasons.toml`."""

    UNPROVEN = "unproven"
    ONLY_QUOTED = "only_quoted"
    ONLY_FILE = "only_file"
    TOO_LARGE = "too_large"
    UNCLEAR_QUOTATION = "unclear_quotation"
    FORWARDED = "forwarded"
    NO_INSTRUCTOR = "no_instructor"
    UNCLEAR_COURSE = "unclear_course"
    TOO_MANY = "too_many"
    TOO_MUCH = "too_much"
    COMMAND_FROM_ELSEWHERE = "command_from_elsewhere"
    NO_DECISION = "no_decision"
    NO_YES_OR_NO = "no_yes_or_no"
    CONFIRMED_FROM_ELSEWHERE = "confirmed_from_elsewhere"
    MAYBE_NO = "maybe_no"


@dataclass(frozen=True, slots=True)
class HoldReason:
    """A reason, and the values that its sentence shows."""

    why: Why
    values: Mapping[str, str | int] = field(default_factory=dict)
