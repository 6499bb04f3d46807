"""What a receipt says of a mail, and by which key a reply to it tells whose post is meant."""

from dataclasses import dataclass

from maildriver.domain.safe_text import clean_text, without_addresses

_FIRST = 72  # characters of what was cut


def key(writer: int, mail: int) -> str:
    """Return the natural key of the receipt for what a mail has become."""
    return f"{prefix(writer)}{mail}"


def key_of_change(writer: int, mail: int, command: int) -> str:
    """Return that of the receipt for a change: `mail` became the post, `command` changed it."""
    return f"change:{writer}:{mail}:{command}"


def prefix(writer: int) -> str:
    """Return how the keys begin of all receipts that a writer has got."""
    return f"receipt:{writer}:"


def is_receipt(natural: str) -> bool:
    """Tell whether a message of that key is a receipt."""
    return natural.startswith(("receipt:", "change:"))


def mail_of(natural: str) -> int | None:
    """Return which mail became the posts that a receipt speaks of; None if it is no receipt."""
    return int(natural.split(":")[2]) if is_receipt(natural) else None


@dataclass(frozen=True, slots=True)
class Cut:
    """What was left out of a mail, as its writer is told of it."""

    lines: int
    first: str  # words of it


def cut(elided: str) -> Cut:
    """Return how many lines were cut, and the first words of them."""
    lines = [line for line in elided.split("\n") if line.strip(" >")]
    if not lines:
        return Cut(0, "")
    first = clean_text(without_addresses(lines[0].strip(" >")))
    return Cut(len(lines), first if len(first) <= _FIRST else f"{first[: _FIRST - 1].rstrip()}…")
