"""What may go on the wire as it stands, and how a message is written there."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from maildriver.domain.address import parse_address
from maildriver.errors import AddressError


@dataclass(frozen=True, slots=True)
class Envelope:
    """Who sends a message, and who gets it (RFC 5321 2.3.1)."""

    mail_from: str
    rcpt_to: str

    @property
    def exact(self) -> bool:
        """Whether both addresses mean on the wire what they mean to us."""
        return all(map(_is_exact, filter(None, (self.mail_from, self.rcpt_to or " "))))


def check(envelope: Envelope, parts: Sequence[bytes]) -> None:
    """Raise ValueError for what may not go on the wire; that is a fault of ours."""
    if not envelope.exact:
        raise ValueError(f"{envelope} would not go on the wire as it stands")
    _check_content(parts)


def dot_stuffed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content so that no line of it is a lone dot (RFC 5321 4.5.2), ending in CRLF.

    A piece without a leading dot, such as an attachment, is the same object, not a copy.
    """
    tail = b"\r\n"
    for part in parts:
        chunk = part.replace(b"\r\n.", b"\r\n..")
        if tail == b"\r\n" and chunk.startswith(b"."):
            yield b"."
        elif tail.endswith(b"\r") and chunk.startswith(b"\n."):
            chunk = b"\n.." + chunk[2:]
        tail = (tail + part[-2:])[-2:]
        yield chunk
    if tail != b"\r\n":
        yield b"\r\n"


def _is_exact(address: str) -> bool:
    try:
        return parse_address(address) == address
    except AddressError:
        return False


def _check_content(parts: Sequence[bytes]) -> None:
    """Raise ValueError for content in which some server could see another end (RFC 5321 2.3.8).

    All line ends must be CRLF; there is no lone CR or LF, no NUL, no eighth bit.
    """
    ends = sum(part.count(b"\r\n") for part in parts)
    ends += sum(
        before.endswith(b"\r") and after.startswith(b"\n") for before, after in pairwise(parts)
    )
    for byte in (b"\r", b"\n"):
        if sum(part.count(byte) for part in parts) != ends:
            raise ValueError("the message has a line end that is not CRLF")
    if not all(part.isascii() and b"\0" not in part for part in parts):
        raise ValueError("the message is not seven-bit text")
