"""The format of a frozen message: wire text, with markers for blobs.

A frozen message is 7-bit text with CRLF line ends. A part that many messages share is
replaced by a marker: NUL, the SHA-256 of a blob in hexadecimal, NUL. With an equals sign
before the hash the blob is sent as it is (a segment of a lesson), without one in base64 (an
attachment). No NUL ever occurs in a message (RFC 5322 3.5), so splitting at NUL gives text
and markers in turn. A shared part is thus stored once, however many messages have it, and a
repeat is byte-identical.
"""

import base64
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_MARKER = re.compile(rb"(=?)([0-9a-f]{64})")


class BlobPart(NamedTuple):
    """A piece of a message that is stored as a blob, by its hash."""

    sha256: str
    verbatim: bool = False  # else in base64

    @property
    def marker(self) -> bytes:
        """The marker for this piece in a frozen message."""
        return b"\0%b%b\0" % (b"=" * self.verbatim, self.sha256.encode("ascii"))

    def wire_bytes(self, blob: bytes) -> bytes:
        """Return the bytes that are sent for this piece, from those of its blob."""
        return blob if self.verbatim else encode_attachment(blob)


def split_parts(parts: bytes) -> Iterator[bytes | BlobPart]:
    """Yield a message in order: its own text as bytes, and its shared parts as BlobPart."""
    for index, piece in enumerate(parts.split(b"\0")):
        if index % 2 == 0:
            if piece:
                yield piece
        else:
            yield _parse_marker(piece)


@lru_cache(maxsize=1024)  # all messages of a lesson have the same few markers
def _parse_marker(marker: bytes) -> BlobPart:
    match = _MARKER.fullmatch(marker)
    if match is None:
        raise ValueError(f"a frozen message holds {marker[:20]!r} where a hash belongs")
    return BlobPart(match[2].decode("ascii"), verbatim=bool(match[1]))


def encode_attachment(raw: bytes) -> bytes:
    """Return base64 in lines of 76 characters that end in CRLF (RFC 2045 6.8)."""
    return base64.encodebytes(raw).replace(b"\n", b"\r\n")
