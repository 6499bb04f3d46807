"""Receipts: their natural keys, and the text cut from a mail."""

from dataclasses import dataclass

from maildriver.domain.ids import EnrolmentId, MailId
from maildriver.domain.safe_text import clean_text, without_addresses

_FIRST = 72  # characters of what was cut


def key(writer: EnrolmentId, mail: MailId) -> str:
    """Return the natural key of the receipt for the posts made from a mail."""
    return f"{prefix(writer)}{mail}"


def key_of_change(writer: EnrolmentId, mail: MailId, command: MailId) -> str:
    """Return the natural key of the receipt for a change by `command` to the post from `mail`."""
    return f"change:{writer}:{mail}:{command}"


def prefix(writer: EnrolmentId) -> str:
    """Return the beginning of the natural keys of all receipts to a writer."""
    return f"receipt:{writer}:"


def is_receipt(natural: str) -> bool:
    """Return whether a natural key is that of a receipt."""
    return natural.startswith(("receipt:", "change:"))


def mail_of(natural: str) -> MailId | None:
    """Return the id of the mail that a receipt is about; None if the key is not a receipt's."""
    return MailId(int(natural.split(":")[2])) if is_receipt(natural) else None


@dataclass(frozen=True, slots=True)
class Cut:
    """The text that was cut from a mail, as its receipt reports it."""

    lines: int
    first: str  # the first words


def cut(elided: str) -> Cut:
    """Return the number of lines that were cut, and the first words in them."""
    lines = [line for line in elided.split("\n") if line.strip(" >")]
    if not lines:
        return Cut(0, "")
    first = clean_text(without_addresses(lines[0].strip(" >")))
    return Cut(len(lines), first if len(first) <= _FIRST else f"{first[: _FIRST - 1].rstrip()}…")
