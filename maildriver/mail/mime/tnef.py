"""Text and files in winmail.dat, Outlook's format for mail to Outlook (MS-OXTNEF).

The one existing library is not used: it takes quadratic time, raises where no code page is named,
and follows messages within messages without end.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from maildriver.mail.mime.charset import codec_of, decode_text
from maildriver.mail.mime.rtf import decompressed, read_rtf

_SIGNATURE = 0x223E9F78
_MOST_ATTRIBUTES = 5000
_MOST_PROPERTIES = 2000
_MOST_FILES = 200
_DEEPEST = 3  # messages within messages

#: Attributes (MS-OXTNEF 2.1.3.2).
_CLASS, _BODY, _PROPERTIES, _CODE_PAGE = 0x8008, 0x800C, 0x9003, 0x9007
_FILE_BEGINS, _FILE_TITLE, _FILE_BYTES, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
#: Properties (MS-OXPROPS).
_P_CLASS, _P_SUBJECT, _P_SENDER, _P_TEXT, _P_RTF, _P_HTML, _P_HTML_PAGE = (
    *(0x001A, 0x0037, 0x0C1A, 0x1000, 0x1009, 0x1013, 0x3FDE),
)
_F_NAME, _F_OBJECT, _F_SHORT_NAME, _F_LONG_NAME, _F_MEDIA_TYPE, _F_CONTENT_ID = (
    *(0x3001, 0x3701, 0x3704, 0x3707, 0x370E, 0x3712),
)
_STRING, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_SIZES = {1: 0, 2: 2, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 2, 0x14: 8, 0x40: 8, 0x48: 16}
#: The first bytes of a message that is attached as an object.
_MESSAGE = bytes.fromhex("0703020000000000c000000000000046")

_Value = bytes | int | str
_Properties = dict[int, _Value]


@dataclass(slots=True)
class TnefFile:
    """A file within winmail.dat."""

    name: str = ""
    media_type: str = ""
    content: bytes = b""
    inline: bool = False
    message: "Tnef | None" = None  # where the file is a message itself


@dataclass(slots=True)
class Tnef:
    """The content of winmail.dat."""

    text: str = ""
    html: str = ""
    message_class: str = ""
    subject: str = ""
    sender: str = ""
    files: list[TnefFile] = field(default_factory=list)


def read_tnef(content: bytes, depth: int = 0) -> Tnef | None:
    """Return the readable content of winmail.dat; None if the bytes are not TNEF."""
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != _SIGNATURE:
        return None
    found, code_page, rtf, text = Tnef(), "cp1252", b"", b""
    for name, value in _attributes(content):
        if name == _CODE_PAGE and len(value) >= 4:
            code_page = _codec_of_page(struct.unpack_from("<I", value)[0]) or code_page
        elif name == _CLASS:
            found.message_class = _string(value, "cp1252")
        elif name == _BODY:
            text = value
        elif name == _PROPERTIES:
            rtf = _read_message(found, _properties(value, code_page), code_page) or rtf
        elif name == _FILE_BEGINS and len(found.files) < _MOST_FILES:
            found.files.append(TnefFile())
        elif found.files:
            _read_file(found.files[-1], name, value, code_page, depth)
    found.text = found.text or _string(text, code_page)
    if rtf and not found.text.strip() and not found.html.strip():
        read = read_rtf(decompressed(rtf))
        found.html, found.text = (read.text, "") if read.is_html else ("", read.text)
    found.files = [each for each in found.files if each.content or each.message or each.name]
    return found


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the name and the bytes of each attribute; the last may be truncated."""
    place = 6
    for _ in range(_MOST_ATTRIBUTES):
        if place + 9 > len(content):
            return
        _, name, _, size = struct.unpack_from("<BHHI", content, place)
        yield name, content[place + 9 : place + 9 + size]
        place += 9 + size + 2


def _read_message(found: Tnef, given: _Properties, code_page: str) -> bytes:
    """Copy a message's properties into `found`; return its compressed RTF."""
    page = given.get(_P_HTML_PAGE)
    html = given.get(_P_HTML, b"")
    if isinstance(html, bytes):
        named = (_codec_of_page(page) if isinstance(page, int) else "") or code_page
        html = decode_text(html, named)[0].replace("\0", "")
    found.html = html if isinstance(html, str) else found.html
    found.text = _text_property(given, _P_TEXT) or found.text
    found.message_class = _text_property(given, _P_CLASS) or found.message_class
    found.subject = _text_property(given, _P_SUBJECT)
    found.sender = _text_property(given, _P_SENDER)
    rtf = given.get(_P_RTF)
    return rtf if isinstance(rtf, bytes) else b""


def _read_file(file: TnefFile, name: int, value: bytes, code_page: str, depth: int) -> None:
    if name == _FILE_TITLE:
        file.name = file.name or _string(value, code_page)
    elif name == _FILE_BYTES:
        file.content = value
    elif name == _FILE_PROPERTIES:
        given = _properties(value, code_page)
        names = (_F_LONG_NAME, _F_SHORT_NAME, _F_NAME)
        file.name = next(filter(None, (_text_property(given, each) for each in names)), file.name)
        file.media_type = _text_property(given, _F_MEDIA_TYPE)
        file.inline = bool(_text_property(given, _F_CONTENT_ID))
        held = given.get(_F_OBJECT)
        if isinstance(held, bytes) and held.startswith(_MESSAGE) and depth < _DEEPEST:
            file.message = read_tnef(held[len(_MESSAGE) :], depth + 1)
        elif isinstance(held, bytes) and not file.content:
            file.content = held


def _text_property(given: _Properties, name: int) -> str:
    value = given.get(name)
    return value if isinstance(value, str) else ""


def _properties(content: bytes, code_page: str) -> _Properties:
    """Return the properties of a message or file, up to the first malformed one."""
    found: _Properties = {}
    reader = _ByteReader(content)
    try:
        for _ in range(min(reader.number(), _MOST_PROPERTIES)):
            kind, name = reader.kind_and_name()
            if name >= 0x8000:
                reader.skip_name()
            value = _value(reader, kind, code_page)
            if value is not None:
                found[name] = value
    except (struct.error, ValueError):
        pass  # the data ends early; the properties so far count
    return found


def _value(reader: "_ByteReader", kind: int, code_page: str) -> _Value | None:
    """Return a property's value; None for a value that is never used."""
    many, kind = bool(kind & 0x1000), kind & 0xEFFF
    if kind in _SIZES:
        count = reader.number() if many else 1
        raw = reader.take(_SIZES[kind] * count)
        return struct.unpack("<I", raw)[0] if kind == 3 and not many else None
    if kind not in {_STRING, _UNICODE, _OBJECT, _BINARY}:
        raise ValueError
    value: _Value | None = None
    for _ in range(min(reader.number(), _MOST_PROPERTIES)):
        raw = reader.take(reader.number())
        if kind == _STRING:
            value = _string(raw, code_page)
        elif kind == _UNICODE:
            value = raw.decode("utf-16-le", "replace").partition("\0")[0]
        else:
            value = raw
    return value


class _ByteReader:
    """A reader that goes forward only, in steps of four bytes."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._place = 0

    def number(self) -> int:
        return int(struct.unpack("<I", self.take(4))[0])

    def kind_and_name(self) -> tuple[int, int]:
        kind, name = struct.unpack("<HH", self.take(4))
        return kind, name

    def take(self, size: int) -> bytes:
        if size > len(self._content) - self._place:
            raise ValueError
        found = self._content[self._place : self._place + size]
        self._place += size + -size % 4
        return found

    def skip_name(self) -> None:
        self.take(16)
        if self.number() == 0:
            self.take(4)
        else:
            self.take(self.number())


def _string(raw: bytes, code_page: str) -> str:
    return decode_text(raw.partition(b"\0")[0], code_page)[0]


def _codec_of_page(number: int) -> str:
    name = {65001: "utf-8", 1200: "utf-16-le", 20127: "cp1252", 28591: "cp1252"}.get(
        number, {20866: "koi8-r", 21866: "koi8-u", 50220: "iso2022_jp", 51932: "euc_jp"}.get(
            number, f"cp{number}")
    )  # fmt: skip
    return codec_of(name)
