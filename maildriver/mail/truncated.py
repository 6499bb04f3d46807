"""Mails of which only the beginning was fetched, because of their size."""

import hashlib
from dataclasses import dataclass
from email.message import Message

from maildriver.mail.mime.parts import Part, children, parse_message, part_tree
from maildriver.mail.prescan import prescan
from maildriver.mail.text.body import read_body

#: Bytes fetched of a mail that is too large: enough for the header and the text.
HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Completeness:
    """The completeness of a mail whose end is missing."""

    text_is_whole: bool
    cut_part_hash: str = ""  # the hash of the incomplete last part


def is_truncated(raw: bytes, size: int) -> bool:
    """Return whether bytes of a mail are missing; `size` is the whole mail's, from the poller."""
    return len(raw) < size


def completeness(raw: bytes) -> Completeness:
    """Return which parts of a truncated mail are whole; the last part never is.

    The text is whole if it is the same without the last part.
    """
    if prescan(raw) is not None:
        return Completeness(text_is_whole=False)
    message = parse_message(raw)
    tree = part_tree(message)
    last = _last_leaf(message)
    last.set_payload("")
    is_whole = read_body(part_tree(message)).full_text == read_body(tree).full_text
    return Completeness(
        text_is_whole=is_whole and last is not message,
        cut_part_hash=hashlib.sha256(_last_part(tree).content).hexdigest(),
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
