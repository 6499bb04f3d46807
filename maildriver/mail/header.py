"""Header fields of a message, decoded leniently: malformed values never raise."""

import re
from collections.abc import Sequence
from email.errors import MessageError
from email.header import decode_header
from email.message import Message

from maildriver.mail.mime.charset import decode_text

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,128}@[A-Za-z0-9.-]{1,253}")
MESSAGE_IDS = re.compile(r"<[^<>\s]{1,300}>")
SPACE = re.compile(r"\s+")
MOST_ITEMS = 200  # items in any list
_RECIPIENT_FIELDS = (
    *("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-gm-original-to", "to"),
    *("cc", "resent-to", "resent-cc", "x-forwarded-to"),
)


def raw_values(message: Message, name: str) -> list[str]:
    """Return the raw values of a header field: `get` would replace non-ASCII bytes by `?`."""
    values = [value for key, value in message.raw_items() if key.lower() == name]
    return [without_raw_bytes(str(value)) for value in values[:MOST_ITEMS]]


def without_raw_bytes(text: str) -> str:
    """Return a text with its raw non-ASCII bytes decoded to characters."""
    if text.isascii():
        return text
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # a lone surrogate, which UTF-7 can encode
        return text.encode("utf-8", "replace").decode("utf-8")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return decode_text(raw, "")[0]


def decoded(value: object) -> str:
    """Return a header value with its encoded words (RFC 2047) decoded where possible."""
    text = without_raw_bytes(str(value))
    if "=?" not in text:
        return text
    parts: list[tuple[str | bytes, str]] = []
    try:
        for content, charset in decode_header(text):
            name = charset or ""
            if parts and isinstance(content, bytes) and name == parts[-1][1]:
                before = parts[-1][0]  # a character may be split between two encoded words
                if isinstance(before, bytes):
                    parts[-1] = (before + content, name)
                    continue
            parts.append((content, name))
    except (LookupError, ValueError, AssertionError, MessageError):
        return text
    words = [each if isinstance(each, str) else decode_text(each, name)[0] for each, name in parts]
    return without_raw_bytes("".join(words))


def display_name(value: str) -> str:
    """Return the display name before an address, on one line."""
    name = value.partition("<")[0].strip().strip('"') if "<" in value else ""
    return SPACE.sub(" ", name)[:100]


def one_line(message: Message, name: str) -> str:
    """Return the first value of a header field, decoded, on one line."""
    return SPACE.sub(" ", decoded(first(raw_values(message, name)))).strip()[:500]


def message_ids(message: Message, name: str) -> tuple[str, ...]:
    """Return the Message-IDs in a header field."""
    found: list[str] = []
    for value in raw_values(message, name):
        found += MESSAGE_IDS.findall(value)
    return tuple(found[:MOST_ITEMS])


def first(values: Sequence[str]) -> str:
    """Return the first value, or an empty text."""
    return values[0] if values else ""


def recipients(message: Message) -> list[str]:
    """Return every address to which a message was sent."""
    found: dict[str, None] = {}
    for name in _RECIPIENT_FIELDS:
        for value in raw_values(message, name):
            found.update(dict.fromkeys(ADDRESS.findall(value)[:MOST_ITEMS]))
    return list(found)[:MOST_ITEMS]
