"""Validation and dot-stuffing of envelopes and messages for SMTP."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from maildriver.domain.address import parse_address
from maildriver.errors import AddressError


class Envelope(NamedTuple):
    """The reverse-path and the recipient of a message (RFC 5321 2.3.1)."""

    mail_from: str
    rcpt_to: str

    @property
    def is_valid(self) -> bool:
        """Whether both addresses are valid and in their normal form."""
        return all(map(_is_normal_address, filter(None, (self.mail_from, self.rcpt_to or " "))))


def check_envelope(envelope: Envelope) -> None:
    """Raise ValueError for addresses that must not be sent; that is a fault of ours."""
    if not envelope.is_valid:
        raise ValueError(f"{envelope} would not go on the wire as it stands")


class CheckedBytes(bytes):
    """Bytes that were checked once, so that they need no check in each message.

    They are whole lines that end in CRLF, 7-bit, without NUL, and none begins with a dot.
    """


def checked(content: bytes) -> bytes:
    """Return the content as CheckedBytes if it meets their rules, otherwise unchanged."""
    whole = content.endswith(b"\r\n") and not content.startswith((b".", b"\n"))
    if not whole or b"\r\n." in content:
        return content
    try:
        _check(content)
    except ValueError:
        return content
    return CheckedBytes(content)


def wire_content(parts: Iterable[bytes]) -> list[bytes]:
    """Return the content as it is sent by SMTP, up to the final dot.

    No line is a lone dot (RFC 5321 4.5.2), and the content ends in CRLF. A piece without a leading
    dot, such as an attachment, is the same object, not a copy. Raises ValueError for content in
    which some server could see another end (RFC 5321 2.3.8); that is a fault of ours.
    """
    ready: list[bytes] = []
    tail = b"\r\n"
    for part in filter(None, parts):
        if tail.endswith(b"\r") != part.startswith(b"\n"):
            raise ValueError("the message has a line end that is not CRLF")
        if isinstance(part, CheckedBytes):
            tail = b"\r\n"
            ready.append(part)
        else:
            _check(part)
            if tail == b"\r\n" and part.startswith(b"."):
                ready.append(b".")
            ready.append(_dot_stuffed(part, tail))
            tail = (tail + part)[-2:] if len(part) < 2 else part[-2:]
    if tail.endswith(b"\r"):
        raise ValueError("the message has a line end that is not CRLF")
    if tail != b"\r\n":
        ready.append(b"\r\n")
    return ready


def slices(chunks: Sequence[bytes], size: int) -> Iterator[bytes | memoryview]:
    """Yield the same bytes in pieces of about `size`: small ones joined, large ones as views."""
    if sum(map(len, chunks)) <= size:
        yield b"".join(chunks)
        return
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


def _dot_stuffed(part: bytes, tail: bytes) -> bytes:
    """Return a piece with the dots doubled that begin a line."""
    stuffed = part.replace(b"\r\n.", b"\r\n..")
    if tail.endswith(b"\r") and part.startswith(b"\n."):
        return b"\n.." + stuffed[2:]
    return stuffed


def _is_normal_address(address: str) -> bool:
    try:
        return parse_address(address) == address
    except AddressError:
        return False


def _check(part: bytes) -> None:
    """Raise ValueError for a lone CR or LF, a NUL or an eighth bit: all line ends are CRLF."""
    ends = part.count(b"\r\n")
    if part.count(b"\n") - part.startswith(b"\n") != ends:
        raise ValueError("the message has a line end that is not CRLF")
    if part.count(b"\r") - part.endswith(b"\r") != ends:
        raise ValueError("the message has a line end that is not CRLF")
    if not part.isascii() or b"\0" in part:
        raise ValueError("the message is not seven-bit text")
