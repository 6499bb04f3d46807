"""Text of RTF, or the HTML that Outlook hides in RTF (MS-OXRTFEX, MS-OXRTFCP).

Only Outlook sends RTF, in winmail.dat. No library reads RTF within bounds: the existing ones
take quadratic time, or raise where a number is missing.
"""

import re
import struct
from dataclasses import dataclass, field, replace

from maildriver.mail.mime.charset import decode_text

_MOST = 1_000_000  # bytes of RTF that are read
_MOST_TOKENS = 100_000
_DEEPEST = 500
#: The initial dictionary of the compression (MS-OXRTFCP 2.1.2.1).
_FIRST = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n" rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)  # fmt: skip
_WINDOW = 4096
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|[\r\n]+"
    rb"|([^\\{}\r\n]+)|\\'?"
)
_SIGNS = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "tab": "\t",
    "cell": " ", "nestcell": " ", "emdash": "\u2014", "endash": "\u2013", "bullet": "\u2022",
    "lquote": "\u2018", "rquote": "\u2019", "ldblquote": "\u201c", "rdblquote": "\u201d",
    "emspace": " ", "enspace": " ", "qmspace": " ",
}  # fmt: skip
_SYMBOLS = {b"~": "\u00a0", b"_": "\u2011", b"{": "{", b"}": "}", b"\\": "\\", b"\n": "\n"}
#: Groups whose text is never shown.
_SKIPPED = {
    *(
        "fonttbl",
        "colortbl",
        "stylesheet",
        "info",
        "pict",
        "object",
        "header",
        "footer",
        "headerl",
    ),
    *("headerr", "footerl", "footerr", "listtable", "listoverridetable", "rsidtbl", "generator"),
    *("xmlnstbl", "themedata", "datastore", "latentstyles", "fldinst", "nonshppict", "private"),
}
#: Code pages by \fcharset (RTF 1.9.1), where they differ from the document's.
_CODE_PAGE_OF_FCHARSET = {
    128: "cp932", 129: "cp949", 134: "gb18030", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rtf:
    """The text of RTF, or its HTML."""

    text: str
    is_html: bool = False


@dataclass(slots=True)
class _Group:
    """The state within a pair of braces."""

    skipped: bool = False
    hidden: bool = False  # repeats an HTML tag as RTF
    tag: bool = False  # is within an HTML tag
    star: bool = False
    fonts: bool = False
    after_unicode: int = 1
    font: int = -1


def decompressed(packed: bytes) -> bytes:
    """Return decompressed RTF, as far as the data is intact."""
    if len(packed) < 16:
        return b""
    size, raw_size, kind = struct.unpack_from("<II4s", packed)
    body = packed[16 : min(len(packed), size + 4)]
    if kind != b"LZFu":
        return body[: min(raw_size, _MOST)] if kind == b"MELA" else b""
    out = bytearray(_FIRST)
    most = min(raw_size, _MOST) + len(_FIRST)
    place = 0
    while place < len(body) and len(out) < most:
        flags, place = body[place], place + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += body[place : place + 1]
                place += 1
                continue
            if place + 2 > len(body):
                return bytes(out[len(_FIRST) :])
            (reference,) = struct.unpack_from(">H", body, place)
            place += 2
            if not _repeat(out, reference >> 4, (reference & 15) + 2):
                return bytes(out[len(_FIRST) :])
    return bytes(out[len(_FIRST) : most])


def _repeat(out: bytearray, offset: int, length: int) -> bool:
    """Append bytes from an offset in the window; return False at the end marker."""
    back = (len(out) - offset) % _WINDOW
    if back == 0:
        return False
    for _ in range(length):
        out.append(out[-back] if back <= len(out) else 0x20)
    return True


def read_rtf(rtf: bytes) -> Rtf:
    """Return the text of RTF, in one pass; empty if the bytes are not RTF."""
    if not rtf.lstrip().startswith(b"{\\rtf"):
        return Rtf("")
    reader = _Reader(is_html=b"\\fromhtml" in rtf[:4000])
    rtf = rtf[:_MOST]
    place = 0
    for _ in range(_MOST_TOKENS):
        match = _TOKEN.match(rtf, place)
        if match is None or place >= len(rtf):
            break
        place = match.end()
        word, number, code, symbol, brace, words = match.groups()
        if word is not None:
            name = word.decode("ascii")
            value = int(number) if number else None
            place += max(0, value or 0) if name == "bin" else 0
            reader.control(name, value)
        elif code is not None:
            reader.byte(bytes((int(code, 16),)))
        elif symbol is not None:
            reader.symbol(symbol)
        elif brace is not None:
            reader.brace(opens=brace == b"{")
        elif words is not None:
            reader.words(words)
    return Rtf(reader.text(), reader.is_html)


@dataclass(slots=True)
class _Reader:
    """The state of a parser, and its output so far."""

    is_html: bool
    out: list[str] = field(default_factory=list)
    group: _Group = field(default_factory=_Group)
    above: list[_Group] = field(default_factory=list)
    pending: bytearray = field(default_factory=bytearray)
    code_page: str = "cp1252"
    code_pages: dict[int, str] = field(default_factory=dict)
    to_skip: int = 0  # characters of the fallback after \u still to skip

    def text(self) -> str:
        self._flush()
        joined = "".join(self.out).encode("utf-16", "surrogatepass")
        return joined.decode("utf-16", "replace").replace("\0", "")

    def brace(self, *, opens: bool) -> None:
        self._flush()
        self.to_skip = 0
        if opens and len(self.above) < _DEEPEST:
            self.above.append(self.group)
            self.group = replace(self.group, star=False)
        elif not opens and self.above:
            self.group = self.above.pop()

    def control(self, name: str, value: int | None) -> None:
        self._flush()
        group = self.group
        if group.star and name not in {"htmltag", "shppict"}:
            group.skipped = True
        group.star = False
        match name:
            case "htmltag" if self.is_html:
                group.tag, group.skipped, group.hidden = True, False, False
            case "htmlrtf":
                group.hidden = value != 0
            case "uc":
                group.after_unicode = value if value is not None and 0 <= value < 9 else 1
            case "u" if value is not None:
                self._say(chr(value & 0xFFFF))
                self.to_skip = group.after_unicode
            case "ansicpg":
                self.code_page = f"cp{value}" if value else "cp1252"
            case "f":
                group.font = value or 0
            case "fcharset" if group.fonts and value in _CODE_PAGE_OF_FCHARSET:
                self.code_pages[group.font] = _CODE_PAGE_OF_FCHARSET[value]
            case _ if name in _SIGNS:
                self._say(_SIGNS[name])
            case _ if name in _SKIPPED:
                group.skipped, group.fonts = True, name == "fonttbl"

    def symbol(self, symbol: bytes) -> None:
        if symbol == b"*":
            self._flush()
            self.group.star = True
        elif self.to_skip:
            self.to_skip -= 1
        elif symbol in _SYMBOLS:
            self._flush()
            self._say(_SYMBOLS[symbol])

    def byte(self, byte: bytes) -> None:
        if self.to_skip:
            self.to_skip -= 1
        elif self._is_shown():
            self.pending += byte

    def words(self, words: bytes) -> None:
        skipped = min(self.to_skip, len(words))
        self.to_skip -= skipped
        if self._is_shown():
            self.pending += words[skipped:]

    def _is_shown(self) -> bool:
        return not self.group.skipped and (self.group.tag or not self.group.hidden)

    def _say(self, text: str) -> None:
        if self._is_shown():
            self.out.append(text)

    def _flush(self) -> None:
        if self.pending:
            page = self.code_pages.get(self.group.font, self.code_page)
            raw = bytes(self.pending)
            self.out.append(raw.decode("ascii") if raw.isascii() else decode_text(raw, page)[0])
            self.pending.clear()
