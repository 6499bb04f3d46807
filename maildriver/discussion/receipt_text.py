"""The mail of a receipt, and the text cut from that mail."""

from dataclasses import dataclass

from maildriver.domain import keys
from maildriver.domain.ids import MailId
from maildriver.domain.safe_text import clean_text, without_addresses

_FIRST = 72  # characters of what was cut


def mail_id_of(key: str) -> MailId | None:
    """Return which mail became the posts that a receipt speaks of; None if it is no receipt."""
    read = keys.parse(key)
    return read.mail_id if isinstance(read, keys.Receipt | keys.Change) else None


@dataclass(frozen=True, slots=True)
class CutText:
    """What was left out of a mail, as its receipt describes it."""

    lines: int
    first: str  # words of it


def cut(elided: str) -> CutText:
    """Return how many lines were cut, and the first words of them."""
    lines = [line for line in elided.split("\n") if line.strip(" >")]
    if not lines:
        return CutText(0, "")
    first = clean_text(without_addresses(lines[0].strip(" >")))
    return CutText(
        len(lines), first if len(first) <= _FIRST else f"{first[: _FIRST - 1].rstrip()}…"
    )
