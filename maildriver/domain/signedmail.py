"""What a signed or packed S/MIME message holds (RFC 8551, RFC 5652), without verifying it.

Who wrote is told by our token and by the mail servers; here only the words are wanted. The
few levels of ASN.1 down to them are read in place: the library that reads all of it takes
quadratic time where the bytes come in pieces, as OpenSSL and Outlook write them.
"""

import zlib
from dataclasses import dataclass
from enum import Enum

_MOST_PIECES = 200_000
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
_OCTETS, _OID, _SEQUENCE, _SET = 0x04, 0x06, 0x30, 0x31


class Sealed(Enum):
    """Why a message gives nothing to read."""

    ENCRYPTED = "it is encrypted"
    BROKEN = "it is broken"


@dataclass(frozen=True, slots=True)
class _Value:
    """Where an ASN.1 value stands: its tag, its content, and the first byte behind it."""

    tag: int
    start: int
    stop: int
    end: int


def held_by(content: bytes) -> bytes | Sealed:
    """Return the MIME message that a CMS object holds, or why it cannot be read."""
    try:
        kind, inner = _content_of(content, _one(content, 0, len(content)))
        if kind in _ENCRYPTED:
            return Sealed.ENCRYPTED
        if kind not in {_SIGNED, _COMPRESSED}:
            return Sealed.BROKEN
        # Version, algorithms, and then what is held.
        fields = _children(content, inner, 3)
        _, held = _content_of(content, fields[2])
        found = _octets(content, held)
    except (IndexError, ValueError):
        return Sealed.BROKEN
    return found if kind == _SIGNED else _unpacked(found)


def _content_of(content: bytes, value: _Value) -> tuple[bytes, _Value]:
    """Return what kind of content stands in a pair of kind and content, and the content."""
    name, wrapped = _children(content, value, 2)
    if name.tag != _OID or wrapped.tag & 0xE0 != 0xA0:
        raise ValueError
    return content[name.start : name.stop], _one(content, wrapped.start, wrapped.stop)


def _children(content: bytes, value: _Value, count: int) -> list[_Value]:
    """Return the first so many values that another one consists of."""
    if value.tag & 0x20 == 0:
        raise ValueError
    found: list[_Value] = []
    place = value.start
    while len(found) < count:
        if place >= value.stop:
            raise ValueError
        found.append(_one(content, place, value.stop))
        place = found[-1].end
    return found


def _octets(content: bytes, value: _Value) -> bytes:
    """Return the bytes of a string of octets, which may come in pieces, and these in others."""
    out: list[bytes] = []
    waiting = [(value, 0)]
    pieces = 0
    while waiting:
        each, depth = waiting.pop()
        pieces += 1
        if pieces > _MOST_PIECES or depth > _DEEPEST:
            raise ValueError
        if each.tag & 0x20 == 0:
            out.append(content[each.start : each.stop])
            continue
        place, found = each.start, list[tuple[_Value, int]]()
        while place < each.stop and len(found) < _MOST_PIECES:
            found.append((_one(content, place, each.stop), depth + 1))
            place = found[-1][0].end
        waiting += reversed(found)
    return b"".join(out)


def _one(content: bytes, place: int, limit: int) -> _Value:
    """Return the value that begins at a place; a length that lies is cut to what is there."""
    tag, start, size = _head(content, place, limit)
    if size is not None:
        stop = min(start + size, limit)
        return _Value(tag, start, stop, stop)
    # Of no told length: it ends with the two nulls that belong to it (X.690 8.1.3.6).
    opened, place = 1, start
    while place < limit:
        _, after, size = _head(content, place, limit)
        if size is None:
            opened += 1
            place = after
        elif content[place : place + 2] == b"\0\0":
            opened -= 1
            if opened == 0:
                return _Value(tag, start, place, place + 2)
            place += 2
        else:
            place = after + size
    return _Value(tag, start, limit, limit)


def _head(content: bytes, place: int, limit: int) -> tuple[int, int, int | None]:
    """Return the tag at a place, where its content begins, and how long it is, if it says so."""
    if place + 2 > limit:
        raise ValueError
    tag, size = content[place], content[place + 1]
    place += 2
    if tag & 0x1F == 0x1F:
        raise ValueError  # none of what is looked for has a long tag
    if size == 0x80:
        return tag, place, None
    if size > 0x80:
        count = size & 0x7F
        if count > 8 or place + count > limit:
            raise ValueError
        size = int.from_bytes(content[place : place + count], "big")
        place += count
    return tag, place, size


def _unpacked(packed: bytes) -> bytes | Sealed:
    try:
        return zlib.decompressobj().decompress(packed, _MOST_UNPACKED)
    except zlib.error:
        return Sealed.BROKEN
