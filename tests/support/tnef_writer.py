"""winmail.dat for tests, written as Outlook writes it (MS-OXTNEF), or wrongly on purpose."""

import struct

CODE_PAGE, CLASS, BODY, PROPERTIES = 0x00069007, 0x00078008, 0x0002800C, 0x00069003
FILE_BEGINS, FILE_TITLE, FILE_BYTES, FILE_PROPERTIES = (
    *(0x00069002, 0x00018010, 0x0006800F, 0x00069005),
)
MESSAGE_ID = bytes.fromhex("0703020000000000c000000000000046")
STRING, UNICODE, OBJECT, BINARY, LONG = 0x001E, 0x001F, 0x000D, 0x0102, 0x0003
P_CLASS, P_SUBJECT, P_SENDER, P_TEXT, P_RTF, P_HTML, P_PAGE = (
    *(0x001A, 0x0037, 0x0C1A, 0x1000, 0x1009, 0x1013, 0x3FDE),
)
F_OBJECT, F_LONG_NAME, F_MEDIA_TYPE, F_CONTENT_ID = 0x3701, 0x3707, 0x370E, 0x3712
_RTF = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n" rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)  # fmt: skip


def attribute(name: int, value: bytes, level: int = 1) -> bytes:
    """Return one attribute with its checksum."""
    return (
        struct.pack("<BII", level, name, len(value))
        + value
        + struct.pack("<H", sum(value) & 0xFFFF)
    )


def tnef(*attributes: bytes) -> bytes:
    """Return a stream of attributes."""
    return struct.pack("<IH", 0x223E9F78, 1) + b"".join(attributes)


def message(**properties: bytes | str | int) -> bytes:
    """Return winmail.dat with these properties: text, html, rtf, page, subject, sender, kind."""
    names = {
        "text": (UNICODE, P_TEXT), "html": (BINARY, P_HTML), "rtf": (BINARY, P_RTF),
        "page": (LONG, P_PAGE), "subject": (UNICODE, P_SUBJECT), "sender": (UNICODE, P_SENDER),
        "kind": (STRING, P_CLASS),
    }  # fmt: skip
    given = [prop(*names[name], value) for name, value in properties.items()]
    return attribute(PROPERTIES, props(*given))


def file(name: str, content: bytes, media_type: str = "", content_id: str = "") -> bytes:
    """Return a file with a name in Unicode."""
    given = [prop(UNICODE, F_LONG_NAME, name)]
    given += [prop(STRING, F_MEDIA_TYPE, media_type.encode())] * bool(media_type)
    given += [prop(UNICODE, F_CONTENT_ID, content_id)] * bool(content_id)
    return (
        attribute(FILE_BEGINS, bytes(14), 2)
        + attribute(FILE_TITLE, b"SHORT~1.DAT\0", 2)
        + attribute(FILE_BYTES, content, 2)
        + attribute(FILE_PROPERTIES, props(*given), 2)
    )


def attached_message(inner: bytes) -> bytes:
    """Return a message that is attached as an object."""
    held = prop(OBJECT, F_OBJECT, MESSAGE_ID + inner)
    return attribute(FILE_BEGINS, bytes(14), 2) + attribute(FILE_PROPERTIES, props(held), 2)


def props(*given: bytes) -> bytes:
    """Return a list of properties."""
    return struct.pack("<I", len(given)) + b"".join(given)


def prop(kind: int, name: int, value: bytes | str | int) -> bytes:
    """Return one property."""
    head = struct.pack("<HH", kind, name)
    if name >= 0x8000:
        head += bytes(16) + struct.pack("<II", 0, 1)
    if isinstance(value, int):
        return head + struct.pack("<I", value)
    raw = value.encode("utf-16-le") + b"\0\0" if isinstance(value, str) else value
    return head + struct.pack("<II", 1, len(raw)) + raw + bytes(-len(raw) % 4)


def compressed(rtf: bytes) -> bytes:
    """Return RTF compressed as Outlook does (MS-OXRTFCP), by the plainest search there is."""
    window, tokens, place = _RTF, list[bytes | int](), 0
    while place < len(rtf):
        size, at = 0, -1
        recent = window[-4096:]
        for length in range(min(17, len(rtf) - place), 1, -1):
            found = recent.rfind(rtf[place : place + length])
            if found >= 0:
                size, at = length, len(window) - len(recent) + found
                break
        tokens.append((at % 4096) << 4 | (size - 2) if size else rtf[place : place + 1])
        window += rtf[place : place + max(1, size)]
        place += max(1, size)
    tokens.append((len(window) % 4096) << 4)
    body = b""
    for start in range(0, len(tokens), 8):
        eight = tokens[start : start + 8]
        body += bytes([sum(isinstance(each, int) << bit for bit, each in enumerate(eight))])
        body += b"".join(struct.pack(">H", e) if isinstance(e, int) else e for e in eight)
    return struct.pack("<II4sI", len(body) + 12, len(rtf), b"LZFu", 0) + body
