"""Content of signed or compressed S/MIME (RFC 8551, RFC 5652), without verification.

Our token and the mail servers identify the sender; here only the text is needed. The few levels of
ASN.1 around the text are read by hand: a complete library takes quadratic time for strings in
pieces, as OpenSSL and Outlook write them.
"""

import zlib
from enum import Enum

_MOST_VALUES = 200_000
_MOST_UNPACKED = 10_000_000
_DEEPEST = 32
#: Object identifiers below 1.2.840.113549.1 (RFC 5652 4 to 8; RFC 3274; RFC 5083).
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENCRYPTED = {
    bytes.fromhex("2a864886f70d010703"),
    bytes.fromhex("2a864886f70d010706"),
    bytes.fromhex("2a864886f70d0109100117"),
}
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_NAME, _SEQUENCE, _CONTENT, _IN_PIECES = 0x06, 0x30, 0xA0, 0x20


class Unreadable(Enum):
    """Why a message cannot be read."""

    ENCRYPTED = "it is encrypted"
    BROKEN = "it is broken"


def unwrap_smime(content: bytes) -> bytes | Unreadable:
    """Return the MIME message in a CMS object, or why that cannot be read."""
    reader = _Asn1Reader(content)
    try:
        reader.enter(_SEQUENCE)
        kind = reader.object_identifier()
        if kind in _ENCRYPTED:
            return Unreadable.ENCRYPTED
        if kind not in {_SIGNED, _COMPRESSED}:
            return Unreadable.BROKEN
        reader.enter(_CONTENT)
        reader.enter(_SEQUENCE)
        reader.skip()  # the version
        reader.skip()  # the algorithms
        reader.enter(_SEQUENCE)
        reader.object_identifier()
        reader.enter(_CONTENT)
        held = reader.octet_string()
    except ValueError:
        return Unreadable.BROKEN
    return held if kind == _SIGNED else _decompressed(held)


class _Asn1Reader:
    """An ASN.1 reader that goes forward only: each byte once, whatever the lengths claim."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0
        self._left = _MOST_VALUES

    def enter(self, tag: int) -> None:
        """Go to the content of the next value."""
        found, _ = self._head()
        if found != tag:
            raise ValueError

    def object_identifier(self) -> bytes:
        """Return the next object identifier."""
        tag, size = self._head()
        if tag != _NAME or size is None:
            raise ValueError
        return self._take(size)

    def skip(self) -> None:
        """Pass over the next value."""
        opened = 0
        while True:
            tag, size = self._head()
            if size is None:
                opened += 1
            elif opened and tag == 0 and size == 0:
                opened -= 1  # X.690 8.1.5: the end of a value of indefinite length
            else:
                self._at += size
            if not opened:
                return

    def octet_string(self) -> bytes:
        """Return the next octet string, which may be in pieces, even nested ones."""
        tag, size = self._head()
        if tag & _IN_PIECES == 0:
            return self._take(size or 0)
        out: list[bytes] = []
        ends = [None if size is None else self._at + size]
        while ends and self._at < len(self._content):
            end = ends[-1]
            if end is not None and self._at >= end:
                ends.pop()
                continue
            tag, size = self._head()
            if tag == 0 and size == 0:
                ends.pop()
            elif tag & _IN_PIECES:
                ends.append(None if size is None else self._at + size)
                if len(ends) > _DEEPEST:
                    raise ValueError
            else:
                out.append(self._take(size or 0))
        return b"".join(out)

    def _take(self, size: int) -> bytes:
        found = self._content[self._at : self._at + size]
        self._at += size
        return found

    def _head(self) -> tuple[int, int | None]:
        """Return the next tag, and its length, or None if the length is indefinite."""
        self._left -= 1
        head = self._content[self._at : self._at + 2]
        if len(head) < 2 or head[0] & 0x1F == 0x1F or not self._left:
            raise ValueError  # no value of interest has a long tag
        self._at += 2
        size = head[1]
        if size <= 0x80:
            return head[0], size if size < 0x80 else None
        count = size & 0x7F
        if count > 8:
            raise ValueError
        return head[0], int.from_bytes(self._take(count), "big")


def _decompressed(packed: bytes) -> bytes | Unreadable:
    try:
        return zlib.decompressobj().decompress(packed, _MOST_UNPACKED)
    except zlib.error:
        return Unreadable.BROKEN
