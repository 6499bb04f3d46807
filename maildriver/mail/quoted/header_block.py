"""Header blocks and separator lines above a quoted or forwarded mail."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.mail.phrases import phrases, words
from maildriver.mail.quoted.attribution import ADDRESS, DIRECTION_MARKS, has_date_and_hour

_ROLES = ("from", "sent", "to", "subject", "other")
_ROLE_OF = {word: role for role in _ROLES for word in phrases("header_labels", role)}
_ANY_LABEL = words("header_labels", *_ROLES)
_ORIGINAL = words("separators", "original")
FORWARDED = words("separators", "forwarded")
_FORWARD_BEGINS = words("separators", "forward_begins")
_LABEL = re.compile(
    rf"^[\s*_>|{DIRECTION_MARKS}]{{0,6}}({_ANY_LABEL})[\s*_{DIRECTION_MARKS}]{{0,4}}[:：]",
    re.IGNORECASE,
)
_ENGLISH = re.compile(
    r"\b(from|sent|date|to|subject|von|gesendet|an|betreff|de|envoyé|objet):", re.IGNORECASE
)
_SEPARATOR = re.compile(
    rf"^\W{{0,6}}(?:[-‐_=*] ?){{2,}}+[\s>]*+({_ORIGINAL})(?!\w|\s+\d{{4}}-)[^\n]{{0,80}}$",
    re.IGNORECASE,
)
_FORWARD = re.compile(
    rf"^\W{{0,6}}[-_=*]{{2,}}+[\s>]*+({FORWARDED})(?!\w)[^\n]{{0,80}}$"
    rf"|^\W{{0,3}}({_FORWARD_BEGINS})\s?[:：]?\s*$",
    re.IGNORECASE,
)
#: A line of dashes, possibly with words in the middle.
_RULE = re.compile(
    r"^\s*([_\-=*—–‐]{5,}|[\-=*—–‐]{3,}[^\n]{2,60}[\-=*—–‐]{3,})\s*$"
    r"|^\s*\S[^\n]{1,60}---\d{1,4}[./-]\d[^\n]{4,30}---[^\n]{0,90}$"  # Notes
)
#: The separator's words without dashes, as some programs write them.
_ORIGINAL_ALONE = re.compile(rf"^\W{{0,6}}({_ORIGINAL})\W{{0,6}}$", re.IGNORECASE)
_WINDOW = 8
_COLUMN = 16  # lines of a header with labels and values on separate lines
_FEW_WORDS = 6
_DATED_WORDS = 10


def forward_start(lines: Sequence[str]) -> int | None:
    """Return the first line of a forwarded mail, or None."""
    for number, line in enumerate(lines):
        if len(line) < 200 and not line.startswith(">") and _FORWARD.match(line):
            return number
    return None


@dataclass(frozen=True, slots=True)
class _Label:
    """A line of a quoted header: its label's role, and whether it has an address or a date."""

    role: str
    address: bool
    date: bool


def find_header_block(lines: Sequence[str], cut: Sequence[bool]) -> tuple[int, int, bool] | None:
    """Return start and end of a quoted mail's header, and whether a line separates it.

    None if there is no such header. Lines that are already marked as quoted are ignored.
    """
    values = [*lines[1:], ""][: len(lines)]  # of a label that is alone on its line
    labels = [
        None if done else _label(f"{line} {value}" if line.endswith(":") else line)
        for line, value, done in zip(lines, values, cut, strict=True)
    ]
    for number, line in enumerate(lines):
        if cut[number] or not line.strip():
            continue
        if len(line) < 200 and _SEPARATOR.match(line):
            return _start_with_rules(lines, number), _header_end(lines, labels, number + 1), True
        if labels[number] and _is_header_labels(labels[number : number + _WINDOW]):
            start = _start_with_rules(lines, number)
            return start, _header_end(lines, labels, number), start != number
        if _is_one_line_header(line):
            start = _start_with_rules(lines, number)
            return start, number + 1, start != number
        if column := _notes_header_end(lines, number):
            return number, column, True
        if _is_dated_header(lines[number : number + _WINDOW], labels[number : number + _WINDOW]):
            return number, _header_end(lines, labels, number + 1), True
    return None


def _notes_header_end(lines: Sequence[str], number: int) -> int | None:
    """Return the end of a header by Notes: sender, date, then labels without colons; or None."""
    below = [each for each in range(number, min(len(lines), number + _COLUMN)) if lines[each]]
    moment = lines[below[1]] if len(below) > 1 else ""
    if len(moment.split()) > _FEW_WORDS or not has_date_and_hour(moment):
        return None
    roles = {_ROLE_OF.get(lines[each].strip().lower(), ""): each for each in below[2:]}
    return roles["subject"] + 1 if {"to", "subject"} <= roles.keys() else None


def _is_dated_header(lines: Sequence[str], labels: Sequence[_Label | None]) -> bool:
    """Return whether a line has sender and date, and labels below it recipient and subject."""
    if len(lines[0].split()) > _DATED_WORDS or not has_date_and_hour(lines[0]) or labels[0]:
        return False
    next_one = next(
        (label for line, label in zip(lines[1:], labels[1:], strict=True) if line), None
    )
    roles = {label.role for label in labels if label}
    return next_one is not None and {"to", "subject"} <= roles


def is_header(lines: Sequence[str]) -> bool:
    """Return whether lines are the header of a mail and nothing else."""
    found = find_header_block(lines, [False] * len(lines))
    said = [number for number, line in enumerate(lines) if line.strip()]
    return found is not None and found[0] <= said[0] and found[1] > said[-1]


def start_with_labels(lines: Sequence[str], start: int) -> int:
    """Return the first line of an attribution, including labels and rule above it."""
    above = start
    while above and _label(lines[above - 1]):
        above -= 1
    if above and _RULE.match(lines[above - 1]):
        return above - 1
    return above if start - above > 1 else start


def _label(line: str) -> _Label | None:
    match = _LABEL.match(line[:120])
    role = _ROLE_OF.get(match[1].lower()) if match else None
    if role is None:
        return None
    value = line[:300]
    return _Label(role, ADDRESS.search(value) is not None, has_date_and_hour(value))


def _is_header_labels(labels: Sequence[_Label | None]) -> bool:
    """Return whether labels are those of a mail's header, with a date or an address."""
    roles = {label.role for label in labels if label}
    address = any(label.address for label in labels if label)
    date = any(label.date for label in labels if label)
    if len(roles) >= 3 and roles & {"from", "sent"}:
        return address or date
    return (
        len(roles) == 2 and "sent" in roles and bool(roles & {"from", "to"}) and address and date
    )


def _is_one_line_header(line: str) -> bool:
    """Return whether a line is a whole header that has lost its line breaks."""
    if len(line) > 1000 or line.lstrip().startswith(">") or not _LABEL.match(line[:120]):
        return False
    return len({label.lower() for label in _ENGLISH.findall(line)}) >= 3 and bool(
        ADDRESS.search(line) or has_date_and_hour(line)
    )


def _header_end(lines: Sequence[str], labels: Sequence[_Label | None], start: int) -> int:
    """Return the first line after the labels and their continuation lines."""
    end, seen = start, False
    for number in range(start, min(len(lines), start + 2 * _WINDOW)):
        if labels[number]:
            end, seen = number + 1, True
        elif seen and not lines[number].strip():
            break
    return end


def _start_with_rules(lines: Sequence[str], number: int) -> int:
    """Return the first line of a header, including the rules right above it."""
    above = number - 1
    if above >= 0 and len(lines[above].split()) <= _FEW_WORDS and has_date_and_hour(lines[above]):
        number, above = above, above - 1
    while above >= 0 and (
        not lines[above].strip() or _RULE.match(lines[above]) or _is_original(lines[above])
    ):
        number = above if lines[above].strip() else number
        above -= 1
    return number


def _is_original(line: str) -> bool:
    return len(line) < 60 and _ORIGINAL_ALONE.match(line) is not None
