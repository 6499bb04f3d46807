"""The header of a message: each value as it was meant, whatever is wrong with it."""

import re
from collections.abc import Sequence
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

from maildriver.mail.mime.charset import text_of

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,128}@[A-Za-z0-9.-]{1,253}")
IDS = re.compile(r"<[^<>\s]{1,300}>")
SPACE = re.compile(r"\s+")
MOST = 200  # of whatever a list could hold
_TO_US = (
    *("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-gm-original-to", "to"),
    *("cc", "resent-to", "resent-cc", "x-forwarded-to"),
)


def raw_values(message: Message, name: str) -> list[str]:
    """Return a header's values as they came: `get` puts question marks for what is no ASCII."""
    values = [value for key, value in message.raw_items() if key.lower() == name]
    return [scrubbed(str(value)) for value in values[:MOST]]


def scrubbed(text: str) -> str:
    """Return a text in which raw bytes that are no ASCII have become characters."""
    if text.isascii():
        return text
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a pair that a charset such as UTF-7 can spell
        return text.encode("utf-8", "replace").decode("utf-8")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return text_of(raw, "")[0]


def decoded(value: object) -> str:
    """Return a header with its encoded words decoded, as well as can be."""
    text = scrubbed(str(value))
    if "=?" not in text:
        return text
    parts: list[tuple[str | bytes, str]] = []
    try:
        for content, charset in decode_header(text):
            name = charset or ""
            if parts and isinstance(content, bytes) and name == parts[-1][1]:
                before = parts[-1][0]  # a letter may be cut in two by the end of a word
                if isinstance(before, bytes):
                    parts[-1] = (before + content, name)
                    continue
            parts.append((content, name))
    except (LookupError, ValueError, AssertionError, MessageError):
        return text
    words = [each if isinstance(each, str) else text_of(each, name)[0] for each, name in parts]
    return scrubbed("".join(words))


def name_in(value: str) -> str:
    """Return the name that stands before an address, on one line."""
    name = value.partition("<")[0].strip().strip('"') if "<" in value else ""
    return SPACE.sub(" ", name)[:100]


def one_line(message: Message, name: str) -> str:
    """Return a header's first value, decoded, on one line."""
    return SPACE.sub(" ", decoded(first(raw_values(message, name)))).strip()[:500]


def ids(message: Message, name: str) -> tuple[str, ...]:
    """Return the Message-IDs in a header."""
    found: list[str] = []
    for value in raw_values(message, name):
        found += IDS.findall(value)
    return tuple(found[:MOST])


def first(values: Sequence[str]) -> str:
    """Return the first of some values, or nothing."""
    return values[0] if values else ""


def recipients(message: Message) -> list[str]:
    """Return every address that a message was sent to."""
    found: dict[str, None] = {}
    for name in _TO_US:
        for value in raw_values(message, name):
            found.update(dict.fromkeys(ADDRESS.findall(value)[:MOST]))
    return list(found)[:MOST]
