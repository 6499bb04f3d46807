"""What can be told from the beginning of a mail that was too large to be fetched whole."""

import hashlib
from dataclasses import dataclass
from email.message import Message

from maildriver.mail.mime.parts import Part, children, parsed, parts_of
from maildriver.mail.prescan import prescan
from maildriver.mail.text.body import body_of

#: Of a mail above the size that is fetched whole, this much tells who wrote and what.
HEAD_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class Beginning:
    """What of a mail is whole although its end is missing."""

    text_is_whole: bool
    cut: str = ""  # the hash of what there is of the part at which the mail breaks off


def is_beginning(raw: bytes, size: int) -> bool:
    """Tell whether these are not all bytes of a mail: the poller stores how many it has."""
    return len(raw) < size


def beginning(raw: bytes) -> Beginning:
    """Look at the first bytes of a mail: its last part is the one that is not whole.

    The text is whole if it stays the same without that part.
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
