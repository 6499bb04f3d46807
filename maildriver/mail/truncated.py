"""Mails of which only the beginning was fetched, because of their size."""

import hashlib
from dataclasses import dataclass
from email.message import Message

from maildriver.mail.mime.parts import Part, children, parsed, parts_of
from maildriver.mail.prescan import prescan
from maildriver.mail.text.body import body_of

#: Bytes fetched of a mail that is too large: enough for the header and the text.
HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Beginning:
    """The completeness of a mail whose end is missing."""

    text_is_whole: bool
    cut: str = ""  # the hash of the incomplete last part


def is_beginning(raw: bytes, size: int) -> bool:
    """Return whether bytes of a mail are missing; `size` is the whole mail's, from the poller."""
    return len(raw) < size


def beginning(raw: bytes) -> Beginning:
    """Return which parts of a truncated mail are whole; the last part never is.

    The text is whole if it is the same without the last part.
    """
    if prescan(raw) is not None:
        return Beginning(text_is_whole=False)
    message = parsed(raw)
    tree = parts_of(message)
    last = _last_leaf(message)
    last.set_payload("")
    is_whole = body_of(parts_of(message)).whole == body_of(tree).whole
    return Beginning(
        text_is_whole=is_whole and last is not message,
        cut=hashlib.sha256(_last_part(tree).content).hexdigest(),
    )


def _last_leaf(message: Message) -> Message:
    part = message
    while inside := children(part):
        part = inside[-1]
    return part


def _last_part(tree: Part) -> Part:
    part = tree
    while part.parts:
        part = part.parts[-1]
    return part
