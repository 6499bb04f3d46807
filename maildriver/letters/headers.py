"""The header of every mail we send, with each field's RFC.

The header writer of the standard library is not used: it decodes text in an address that
merely looks like an encoded word, writes encoded words of any length, and encodes long
identifiers.
"""

import re
import textwrap
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.errors import MessageError
from email.header import Header, decode_header
from email.utils import format_datetime, quote
from functools import lru_cache
from typing import Literal
from urllib.parse import quote as quote_url

from maildriver.domain.token import SiteAddress

AutoSubmitted = Literal["generated", "replied"]

_LONGEST = 200
_LONGEST_NAME = 80
_DECODING_ROUNDS = 3
#: Cc: control characters; Cf: invisible ones, such as those that change text direction;
#: Zl, Zp: line and paragraph separators, which some programs treat as line ends.
_DROPPED_CATEGORIES = {"Cc", "Cf", "Zl", "Zp", "Cs", "Co", "Cn"}

_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_LANGUAGE = re.compile(r"[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,3}")


@dataclass(frozen=True, slots=True)
class HeaderValues:
    """The values in the header of one mail."""

    site: SiteAddress
    token: str
    sender: str  # the name shown: the course's or the site's
    to: str
    subject: str
    date: datetime
    language: str
    auto_submitted: AutoSubmitted
    course: str = ""  # the slug; empty for mail that belongs to no course
    in_reply_to: str | None = None  # Message-ID of the mail that is answered
    can_post: bool = True


@lru_cache(maxsize=256)  # all mails to a class share the course and the title
def clean_header(text: str) -> str:
    """Return a text that is safe in a header: one line, whatever program decodes it.

    Python before 3.11.8 wrote a second header line for an encoded word in an encoded word
    (CVE-2024-6923), so an encoded word left after three rounds of decoding is broken up.
    """
    for _ in range(_DECODING_ROUNDS):
        if "=?" not in text:
            break
        text = _decoded(text)
    kept = "".join(
        " " if char.isspace() else char
        for char in unicodedata.normalize("NFC", text)
        if char.isspace() or unicodedata.category(char) not in _DROPPED_CATEGORIES
    )
    # Last, since a dropped character may have stood between = and ?.
    return " ".join(kept.replace("=?", "= ?").split())[:_LONGEST].rstrip()


def _decoded(text: str) -> str:
    try:
        return "".join(
            part.decode(charset or "utf-8", "replace") if isinstance(part, bytes) else part
            for part, charset in decode_header(text)
        )
    except (LookupError, ValueError, MessageError):  # an unknown charset, or invalid base64
        return text.replace("=?", "= ?")


def header_block(values: HeaderValues) -> tuple[bytes, list[str]]:
    """Return the header of a mail without its MIME fields, and the names of the fields."""
    fields = _fields(values)
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return lines.encode("ascii"), [name for name, _ in fields]


def _fields(values: HeaderValues) -> Sequence[tuple[str, str]]:
    site, token = values.site, values.token
    fields = [
        ("From", _from_value(values.sender, site.address)),  # RFC 5322 3.6.2
        ("To", values.to),  # RFC 5322 3.6.3: one recipient, never a second
        ("Reply-To", site.reply_to(token)),  # RFC 5322 3.6.2
        ("Subject", _encoded_value("Subject", clean_header(values.subject))),  # RFC 5322 3.6.5
        ("Date", format_datetime(values.date)),  # RFC 5322 3.6.1: when it was frozen
        ("Message-ID", site.message_id(token)),  # RFC 5322 3.6.4: the same at every attempt
        ("Auto-Submitted", f"auto-{values.auto_submitted}"),  # RFC 3834 5
        # Exchange only; `All` would suppress the delivery reports that we want to read.
        ("X-Auto-Response-Suppress", "OOF, AutoReply"),
    ]
    if _LANGUAGE.fullmatch(values.language):
        fields.append(("Content-Language", values.language))  # RFC 3282
    if values.in_reply_to and _MESSAGE_ID.fullmatch(values.in_reply_to):
        fields.append(("In-Reply-To", values.in_reply_to))  # RFC 5322 3.6.4
        fields.append(("References", values.in_reply_to))
    if values.course:
        mailto = f"mailto:{quote_url(site.reply_to(token), safe='@+')}"  # RFC 6068 2
        post = f"<{mailto}>" if values.can_post else "NO"
        fields.append(("List-Id", f"<{values.course}.{site.domain}>"))  # RFC 2919
        fields.append(("List-Unsubscribe", f"<{mailto}?subject=leave>"))  # RFC 2369 3.2
        fields.append(("List-Help", f"<{mailto}?subject=help>"))  # RFC 2369 3.1
        fields.append(("List-Post", post))  # RFC 2369 3.4
    return fields


def _from_value(name: str, address: str) -> str:
    shown = clean_header(name)[:_LONGEST_NAME].rstrip()
    if not shown:
        return address
    if shown.isascii():
        return f'"{quote(shown)}" <{address}>'
    return f"{_encoded_value('From', shown)}\r\n <{address}>"


@lru_cache(maxsize=256)
def _encoded_value(name: str, text: str) -> str:
    """Return a text for a header: folded, and in encoded words if it is not ASCII (RFC 2047)."""
    if text.isascii():
        lines = textwrap.wrap(text, 66, break_long_words=False, break_on_hyphens=False)
        return "\r\n ".join(lines)
    return Header(text, "utf-8", maxlinelen=76, header_name=name).encode(linesep="\r\n")
