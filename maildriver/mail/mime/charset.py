"""Character decoding that treats the charset label as a hint.

Valid UTF-8 is read as UTF-8, because no other text looks like that by chance. Labels mean what
they mean in browsers: the larger set for the smaller. Without a label that makes sense, the
charset is guessed.
"""

import codecs
import re

from chardet import EncodingEra, detect

#: Labels of a smaller set, or wrong ones, and the codec to use (WHATWG Encoding 4.2).
_CODEC_OF_LABEL = {
    **dict.fromkeys(
        ("us-ascii", "ascii", "ansi_x3.4-1968", "iso-8859-1", "iso8859-1", "latin1", "latin-1",
         "iso_8859-1", "l1", "cp819", "8859_1", "ansi", "windows-1252", "x-ansi"), "cp1252"
    ),
    **dict.fromkeys(
        ("gb2312", "gb_2312-80", "gbk", "x-gbk", "cp936", "ms936", "chinese", "euc-cn",
         "x-euc-cn", "gb2312-80", "csgb2312"), "gb18030"
    ),
    **dict.fromkeys(
        ("ks_c_5601-1987", "ks_c_5601", "ksc5601", "ks_c_5601-1989", "euc-kr", "korean", "euckr",
         "windows-949", "ms949", "uhc", "x-windows-949"), "cp949"
    ),
    **dict.fromkeys(
        ("shift_jis", "shift-jis", "sjis", "x-sjis", "ms_kanji", "windows-31j", "ms932",
         "cp943c"), "cp932"
    ),
    **dict.fromkeys(("big5", "x-x-big5", "big5-eten", "cn-big5", "big-5"), "big5"),
    **dict.fromkeys(("iso-8859-9", "iso8859-9", "latin5"), "cp1254"),
    **dict.fromkeys(("iso-8859-11", "tis-620", "windows-874", "dos-874"), "cp874"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e", "logical"), "iso8859-8"),
    **dict.fromkeys(("unicode-1-1-utf-7", "x-unicode-2-0-utf-7"), "utf-7"),
    **dict.fromkeys(("koi8r", "koi8", "koi"), "koi8-r"),
    "x-mac-roman": "mac-roman", "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic",
    "utf8": "utf-8", "unicode": "utf-16", "ucs-2": "utf-16", "iso-10646-ucs-2": "utf-16-be",
}  # fmt: skip
_WESTERN = {"cp1252", "iso8859-15", "iso-8859-15", "mac-roman", "cp850", "cp437"}
_CYRILLIC = {"koi8-r", "koi8-u", "cp1251", "windows-1251", "iso-8859-5", "iso8859-5", "cp866"}
_SEVEN_BITS = ("utf-7", "hz", "iso-2022", "iso2022")
#: Python codecs that are not text charsets, or never used in mail.
_NOT_TEXT_CODECS = {
    "idna",
    "punycode",
    "raw_unicode_escape",
    "undefined",
    "unicode_escape",
    "mbcs",
    "oem",
}
_NOISE = re.compile(r"^(x-)?charset\s*=|[^a-z0-9_.:+-].*$")
_KNOWN = re.compile(r"(windows-125\d|cp-?125\d|iso-?8859-\d{1,2}|koi8-[ru]|utf-?8|uft-?8)")
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEQUENCE = re.compile(rb"[\xc2-\xf4][\x80-\xbf]+")
_HIGH = re.compile(rb"[\x80-\xff]")
_LETTER = re.compile(rb"[A-Za-z\x80-\xff]")
_KANJI = re.compile(rb"\x1b\$[@B]([^\x1b\r\n]*)|\x1b\(([BIJ])([^\x1b\r\n]*)")
_SAMPLE = 4000
_FOREIGN = 0.4  # of the letters; no Western language has so many outside ASCII
_BROKEN = 0.02  # of the letters, in a text damaged in transit
_ENOUGH = 10  # letters that are enough to recognise a language
_COMMON_CYRILLIC = "оаеинтсрвлк"  # two letters in three, in every Cyrillic language
_BETTER = 0.15


def decode_text(content: bytes, label: str) -> tuple[str, str]:
    """Return the decoded text, and the oddity of its label; empty if there is none."""
    text, name = _decode(content, label)
    bare = text.removeprefix("\ufeff").encode("utf-8", "replace").decode("utf-8")
    return bare, f"it is no {label[:60]}" if label and name not in {label, codec_of(label)} else ""


def codec_of(label: str) -> str:
    """Return the name of Python's codec for a charset label; empty if there is none."""
    name = _NOISE.sub("", label.strip().strip("\"'").lower())
    name = _CODEC_OF_LABEL.get(name, name)
    if _is_codec(name):
        return name
    found = _KNOWN.search(name.replace("cp-", "cp"))
    guess = found[1].replace("uft", "utf") if found else name.replace("-", "")
    guess = _CODEC_OF_LABEL.get(guess, guess)
    return guess if _is_codec(guess) else ""


def _is_codec(name: str) -> bool:
    if not name or name in _NOT_TEXT_CODECS:
        return False
    try:
        found = codecs.lookup(name)
        return (
            bool(getattr(found, "_is_text_encoding", True)) and found.name not in _NOT_TEXT_CODECS
        )
    except (LookupError, ValueError):
        return False


def _decode(content: bytes, label: str) -> tuple[str, str]:
    """Return the decoded text, and the label or the codec that decoded the bytes."""
    for bom, name in _BOMS:
        if content.startswith(bom) and (text := _decode_strictly(content, name)) is not None:
            return text, label if codec_of(label).startswith(name[:6]) else name
    codec = codec_of(label)
    seven = codec.startswith(_SEVEN_BITS) and content.isascii()
    wide = codec.startswith(("utf-16", "utf-32")) and 0 in content
    if content.isascii() and not seven and not wide:
        return content.decode("ascii"), label
    if not seven and not wide and (text := _utf_8(content, codec)) is not None:
        return text, label if codec == "utf-8" else "utf-8"
    text = _decode_strictly(content, codec)
    if text is not None and not _is_label_doubtful(content, text, codec):
        return text, label
    mended = _decode_damaged(content, codec) if text is None else None
    if mended is not None:
        return mended, label
    guessed = _guess(content, codec if text is not None else "")
    if guessed is not None:
        return guessed
    if text is not None:
        return text, label
    western = _decode_strictly(content, "cp1252")
    return (content.decode("latin-1") if western is None else western), "cp1252"


def _decode_strictly(content: bytes, codec: str) -> str | None:
    if codec == "big5":  # one name for several sets
        found = (_decode_strictly(content, each) for each in ("cp950", "big5hkscs"))
        return next((text for text in found if text is not None), None)
    try:
        return content.decode(codec) if codec else None
    except (LookupError, UnicodeError, ValueError):
        return None


def _utf_8(content: bytes, codec: str) -> str | None:
    """Return the text if the bytes can only be UTF-8, otherwise None."""
    text = _decode_strictly(content, "utf-8")
    if text is None or 0 in content:
        return None
    sure = codec in {"", "utf-8"} or codec in _WESTERN
    return text if sure or len(_SEQUENCE.findall(content, 0, _SAMPLE)) > 1 else None


def _is_label_doubtful(content: bytes, text: str, codec: str) -> bool:
    """Return whether the label is probably wrong, although the bytes can be decoded by it."""
    sample = content[:_SAMPLE]
    high = len(_HIGH.findall(sample))
    if codec in _CYRILLIC:
        return high >= _ENOUGH
    if codec in _WESTERN:
        return high >= 4 and high > _FOREIGN * len(_LETTER.findall(sample))
    return codec.startswith(("utf-16", "utf-32")) and not any(
        each.isascii() for each in text[:_SAMPLE]
    )


def _decode_damaged(content: bytes, codec: str) -> str | None:
    """Return a text decoded by its label if only few bytes are invalid, otherwise None."""
    if codec.startswith("iso") and "2022" in codec.replace("_", "-") and b"\x1b" in content:
        return _decode_iso_2022_jp(content)
    if not codec or codec in _WESTERN or codec.startswith(("utf-7", "utf-16", "utf-32")):
        return None
    named = "big5hkscs" if codec == "big5" else codec
    text = content.decode(named, "replace")
    foreign = sum(1 for each in text[:_SAMPLE] if not each.isascii() and each != "\ufffd")
    broken = text[:_SAMPLE].count("\ufffd")
    return text if broken <= max(1, _BROKEN * len(text[:_SAMPLE])) and foreign > broken else None


def _decode_iso_2022_jp(content: bytes) -> str:
    """Return decoded ISO-2022-JP with the extra characters of phones, such as a circled 1."""

    def read(match: re.Match[bytes]) -> bytes:
        if match[1] is not None:
            euc = bytes(each | 0x80 for each in match[1])
            return euc.decode("euc_jis_2004", "replace").encode()
        kana = b"".join(bytes((0x8E, each | 0x80)) for each in match[3])
        return kana.decode("euc_jp", "replace").encode() if match[2] == b"I" else match[3]

    return _KANJI.sub(read, content).decode("utf-8", "replace")


def _guess(content: bytes, codec: str) -> tuple[str, str] | None:
    """Return the text by the charset that its letters suggest, and that codec; None if unsure.

    `codec` is the label's, if the bytes can be decoded by that.
    """
    if codec in _CYRILLIC:
        return _other_cyrillic(content, codec)
    found = detect(content[:_SAMPLE], encoding_era=EncodingEra.MODERN_WEB)
    name = codec_of(str(found["encoding"] or ""))
    if not name or name in {codec, "utf-8"} or (codec in _WESTERN and name in _WESTERN):
        return None
    text = _decode_strictly(content, name)
    return None if text is None else (text, name)


def _other_cyrillic(content: bytes, codec: str) -> tuple[str, str] | None:
    """Return the text by the Cyrillic codec that makes most sense, if another than `codec`."""

    def share(text: str) -> float:
        letters = [each for each in text[:_SAMPLE].lower() if "\u0400" <= each <= "\u04ff"]
        common = sum(each in _COMMON_CYRILLIC for each in letters)
        return common / len(letters) if len(letters) >= _ENOUGH else 0.0

    found = {
        name: _decode_strictly(content, name) or "" for name in ("cp1251", "koi8-r", "iso8859-5")
    }
    best = max(found, key=lambda name: share(found[name]))
    better = share(found[best]) - share(_decode_strictly(content, codec) or "")
    return (found[best], best) if better > _BETTER else None
