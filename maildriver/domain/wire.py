"""A frozen message: the bytes that go on the wire, with attachments named instead of held.

A frozen message is 7-bit text with CRLF line ends, in which an attachment stands as
NUL, the SHA-256 of its bytes in hexadecimal, NUL. No NUL ever occurs in a message
(RFC 5322 3.5), so splitting at NUL gives text and hashes in turn. An attachment is
thus stored once, however many messages carry it, and a repeat is byte-identical.
"""

import base64
import re
from collections.abc import Iterator

_HASH = re.compile(rb"[0-9a-f]{64}")


def attachment_marker(sha256: str) -> bytes:
    """Return what stands in a frozen message for the blob of that hash."""
    return b"\0" + sha256.encode("ascii") + b"\0"


def pieces(parts: bytes) -> Iterator[bytes | str]:
    """Yield the message in order: text as bytes, and an attachment as its hash (str)."""
    for index, piece in enumerate(parts.split(b"\0")):
        if index % 2 == 0:
            if piece:
                yield piece
        elif _HASH.fullmatch(piece):
            yield piece.decode("ascii")
        else:
            raise ValueError(f"a frozen message holds {piece[:20]!r} where a hash belongs")


def encode_attachment(raw: bytes) -> bytes:
    """Return base64 in lines of 76 characters that end in CRLF (RFC 2045 6.8)."""
    return base64.encodebytes(raw).replace(b"\n", b"\r\n")
