"""Decoding of a part's transfer encoding, even if it is declared wrongly.

Text that is declared as base64 and is not remains as it is; undeclared base64 is decoded; and a
gateway's lines below an encoded text are kept.
"""

import binascii
import quopri
import re
from collections import Counter
from collections.abc import Iterator

_BASE64_LINE = re.compile(rb"[A-Za-z0-9+/]*={0,2}[ \t]*")
_GROUP = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_SPACE = re.compile(rb"[ \t\r\n]+")
_ESCAPE = re.compile(rb"=(?:([0-9A-F]{2})|[ \t]*\r?\n|\Z)")
_STRETCHED = re.compile(rb"=[ \t]+(\r?\n)")  # a gateway added spaces at the ends of lines
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_UU_BEGIN = re.compile(
    rb"^begin(?:-base64)? 0?[0-7]{3} +([^\r\n]{1,200}?)[ \t]*\r?$", re.MULTILINE
)
_LONG = 60  # characters; nobody types so many without a space
_NAMES = {
    "quotedprintable": "quoted-printable", "qp": "quoted-printable", "base64": "base64",
    "xuuencode": "uuencode", "uuencode": "uuencode", "uue": "uuencode", "xuue": "uuencode",
}  # fmt: skip


def decode_transfer(payload: bytes, encoding: str, *, text: bool) -> tuple[bytes, str]:
    """Return the decoded bytes of a payload, and the oddity of its encoding; empty if none.

    `text` says that people will read the result, so that garbage proves a wrong encoding.
    """
    word = re.sub(r"[^a-z0-9]", "", encoding.partition(";")[0].lower())
    match _NAMES.get(word, ""):
        case "quoted-printable":
            return quopri.decodestring(_STRETCHED.sub(rb"=\1", payload)), ""
        case "base64":
            return _from_base64(payload, text=text)
        case "uuencode":
            found = next(uuencoded_files(payload), None)
            return (payload, "it is no uuencode") if found is None else (found[3], "")
    return _decode_undeclared(payload) if text else (payload, "")


def _from_base64(payload: bytes, *, text: bool) -> tuple[bytes, str]:
    lines = payload.split(b"\n")
    stop = next(
        (n for n, line in enumerate(lines) if not _BASE64_LINE.fullmatch(line.rstrip(b"\r"))),
        len(lines),
    )
    encoded, rest = lines[:stop], lines[stop:]
    content = _decode_base64(b"".join(encoded))
    if not text:
        return (_decode_base64(payload), "its base64 is broken") if rest else (content, "")
    is_long = any(len(line) >= _LONG for line in encoded)
    if not is_long and (rest or _CONTROL.search(content) or not _is_utf_8(content)):
        looks_right = not rest and not _CONTROL.search(content) and len(content) > 2
        if not looks_right or _is_word(b"".join(encoded)):
            return payload, "it is no base64"
    if not rest:
        return content, ""
    return content.rstrip() + b"\n\n" + b"\n".join(rest), "something follows its base64"


def _is_word(text: bytes) -> bool:
    """Return whether letters are more likely a word than base64."""
    bare = text.strip()
    return bare.isalpha() and (bare.islower() or bare.istitle() or bare.isupper())


def _decode_base64(encoded: bytes) -> bytes:
    """Return decoded base64, also if it has padding in the middle or is truncated."""
    out = []
    for group in _GROUP.findall(_SPACE.sub(b"", encoded)):
        bare = group.rstrip(b"=")
        bare = bare[: len(bare) - (len(bare) % 4 == 1)]
        out.append(binascii.a2b_base64(bare + b"=" * (-len(bare) % 4)))
    return b"".join(out)


def _is_utf_8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode_undeclared(payload: bytes) -> tuple[bytes, str]:
    """Return a payload, decoded if it has an undeclared encoding, and that oddity."""
    bare = payload.strip()
    if not bare or not bare.isascii():
        return payload, ""
    lines = bare.split()
    if len(lines[0]) >= _LONG and _BASE64_LINE.fullmatch(b"".join(lines)):
        content = _decode_base64(bare)
        if _is_utf_8(content) and not _CONTROL.search(content):
            return content, "it is base64 and does not say so"
    if _is_quoted_printable(bare):
        return quopri.decodestring(payload), "it is quoted-printable and does not say so"
    return payload, ""


def _is_quoted_printable(payload: bytes) -> bool:
    """Return whether every = begins an escape, and some escapes occur in no formula or link."""
    codes = Counter(_ESCAPE.findall(payload))  # an empty code is a soft line break
    escapes = codes.total()
    if not escapes or escapes != payload.count(b"="):
        return False
    letters = sum(count for code, count in codes.items() if code >= b"80")
    return letters > 1 or (escapes > 1 and b"3D" in codes)


def uuencoded_files(content: bytes) -> Iterator[tuple[int, int, bytes, bytes]]:
    """Yield start, end, name and bytes of each uuencoded file in a text."""
    end = 0
    for match in _UU_BEGIN.finditer(content):
        if match.start() < end:
            continue
        out: list[bytes] = []
        place = match.end() + 1
        while place < len(content):
            stop = content.find(b"\n", place)
            stop = len(content) if stop < 0 else stop
            line = content[place:stop].rstrip(b"\r")
            place = stop + 1
            if line.strip() == b"end":
                break
            piece = _decode_uu_line(line)
            if piece is None:
                out.clear()
                break
            out.append(piece)
        if any(out):
            end = min(place, len(content))
            yield match.start(), end, match[1], b"".join(out)


def _decode_uu_line(line: bytes) -> bytes | None:
    """Return the decoded bytes of a uuencoded line; None if it is malformed."""
    if not line or line in {b"`", b" "}:
        return b""
    size = (line[0] - 32) & 63
    if not 32 < line[0] <= 96 or len(line) - 1 < (size * 4 + 2) // 3 or len(line) > 66:
        return None
    try:
        return binascii.a2b_uu(line[: 1 + (size + 2) // 3 * 4])
    except (binascii.Error, ValueError):
        return None
