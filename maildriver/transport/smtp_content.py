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


class Clean(bytes):
    """Bytes that have been looked through, so that it need not be done for each message.

    Whole lines with CRLF, seven bits, no NUL, and none that begins with a dot.
    """


def cleaned(content: bytes) -> bytes:
    """Return the content as Clean if it is."""
    whole = content.endswith(b"\r\n") and not content.startswith((b".", b"\n"))
    if not whole or b"\r\n." in content:
        return content
    try:
        _check_content([content])
    except ValueError:
        return content
    return Clean(content)


def dot_stuffed(parts: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content so that no line of it is a lone dot (RFC 5321 4.5.2), ending in CRLF.

    A piece without a leading dot, such as an attachment, is the same object, not a copy.
    """
    tail = b"\r\n"
    for part in parts:
        if isinstance(part, Clean):
            tail = b"\r\n"
            yield part
            continue
        chunk = part.replace(b"\r\n.", b"\r\n..")
        if tail == b"\r\n" and chunk.startswith(b"."):
            yield b"."
        elif tail.endswith(b"\r") and chunk.startswith(b"\n."):
            chunk = b"\n.." + chunk[2:]
        tail = (tail + part[-2:])[-2:]
        yield chunk
    if tail != b"\r\n":
        yield b"\r\n"


def slices(chunks: Iterable[bytes], size: int) -> Iterator[bytes | memoryview]:
    """Yield the same bytes in pieces of about `size`: small ones joined, large ones in views."""
    small: list[bytes] = []
    waiting = 0
    for chunk in chunks:
        if len(chunk) < size:
            small.append(chunk)
            waiting += len(chunk)
        if small and (len(chunk) >= size or waiting >= size):
            yield b"".join(small)
            small, waiting = [], 0
        if len(chunk) >= size:
            view = memoryview(chunk)
            yield from (view[start : start + size] for start in range(0, len(chunk), size))
    if small:
        yield b"".join(small)


def _is_exact(address: str) -> bool:
    try:
        return parse_address(address) == address
    except AddressError:
        return False


def _check_content(parts: Sequence[bytes]) -> None:
    """Raise ValueError for content in which some server could see another end (RFC 5321 2.3.8).

    All line ends must be CRLF; there is no lone CR or LF, no NUL, no eighth bit.
    """
    for before, after in pairwise([b"\r\n", *parts, b"\r\n"]):
        if before.endswith(b"\r") != after.startswith(b"\n"):
            raise ValueError("the message has a line end that is not CRLF")
    for part in parts:
        if not isinstance(part, Clean):
            _check_piece(part)


def _check_piece(part: bytes) -> None:
    ends = part.count(b"\r\n")
    if part.count(b"\n") - part.startswith(b"\n") != ends:
        raise ValueError("the message has a line end that is not CRLF")
    if part.count(b"\r") - part.endswith(b"\r") != ends:
        raise ValueError("the message has a line end that is not CRLF")
    if not part.isascii() or b"\0" in part:
        raise ValueError("the message is not seven-bit text")
