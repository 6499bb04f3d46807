"""A frozen message: the bytes that go on the wire, with what is stored elsewhere only named.

A frozen message is 7-bit text with CRLF line ends. What many messages share stands in it as
a marker: NUL, the SHA-256 of a blob in hexadecimal, NUL. With an equals sign before the hash
the blob goes as it is (a segment of a lesson), without one in base64 (an attachment). No NUL
ever occurs in a message (RFC 5322 3.5), so splitting at NUL gives text and markers in turn.
What is shared is thus stored once, however many messages carry it, and a repeat is
byte-identical.
"""

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_MARKER = re.compile(rb"(=?)([0-9a-f]{64})")


class Stored(NamedTuple):
    """A piece of a message that is kept elsewhere, by its hash."""

    sha256: str
    as_it_is: bool = False  # else in base64

    @property
    def marker(self) -> bytes:
        """What stands for it in a frozen message."""
        return b"\0%b%b\0" % (b"=" * self.as_it_is, self.sha256.encode("ascii"))

    def on_the_wire(self, blob: bytes) -> bytes:
        """Return how its blob is sent."""
        return blob if self.as_it_is else encode_attachment(blob)


def pieces(parts: bytes) -> Iterator[bytes | Stored]:
    """Yield the message in order: its own text as bytes, and what is stored elsewhere."""
    for index, piece in enumerate(parts.split(b"\0")):
        if index % 2 == 0:
            if piece:
                yield piece
        else:
            yield _stored(piece)


@lru_cache(maxsize=1024)  # the same few stand in all messages of a lesson
def _stored(marker: bytes) -> Stored:
    match = _MARKER.fullmatch(marker)
    if match is None:
        raise ValueError(f"a frozen message holds {marker[:20]!r} where a hash belongs")
    return Stored(match[2].decode("ascii"), as_it_is=bool(match[1]))


def encode_attachment(raw: bytes) -> bytes:
    """Return base64 in lines of 76 characters that end in CRLF (RFC 2045 6.8)."""
    return base64.encodebytes(raw).replace(b"\n", b"\r\n")
