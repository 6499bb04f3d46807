"""The text of a message: the right part, decoded whatever it says it is, as its writer saw it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from maildriver.domain.htmltext import html_text

_LONGEST = 200_000  # characters of text that are looked at
_NO_CHARSETS = {"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape"}
_WRONG_NAMES = {"utf8": "utf-8", "uft-8": "utf-8", "cp-850": "cp850", "iso-8859-8-i": "iso-8859-8"}
_STUB = re.compile(
    r"(view|open|read|see) (this|it|the).{0,40}(browser|online|html)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Body:
    """What somebody wrote, with all they quoted still in it."""

    text: str = ""
    cut: str = ""  # what an HTML mail marks as quoted, where it was cut by that
    oddities: tuple[str, ...] = ()


def body_of(message: Message) -> Body:
    """Return the text of a message."""
    plain, html, odd = "", "", []
    for part in _text_parts(message):
        content, oddity = _decode(part)
        odd += [oddity] if oddity else []
        if part.get_content_type() == "text/html":
            html = html or content
        elif content.strip():
            plain = f"{plain}\n{content}" if plain else content
    if len(plain) > _LONGEST or len(html) > 4 * _LONGEST:
        odd.append("its text is too long, and was cut")
    if html and (not plain.strip() or (len(plain) < 300 and _STUB.search(plain))):
        found = html_text(html[: 4 * _LONGEST])
        return Body(found.text[:_LONGEST], found.quoted[:_LONGEST], oddities=tuple(odd))
    return Body(plain[:_LONGEST], oddities=tuple(odd))


def _text_parts(message: Message) -> Iterator[Message]:
    """Yield the parts that may be the text; not what is attached, not what is brought back."""
    waiting = [message]
    for _ in range(400):
        if not waiting:
            return
        part = waiting.pop(0)
        kind = part.get_content_type()
        if part.is_multipart() and part.get_content_maintype() == "multipart":
            waiting = children(part) + waiting
        elif part.get_content_maintype() == "multipart" or (
            kind in {"text/plain", "text/html"}
            and part.get_content_disposition() != "attachment"
            and not name_of(part)
        ):
            yield part  # a multipart without a boundary is its own text


def children(part: Message) -> list[Message]:
    """Return what a part consists of; nothing for one that has no parts.

    Asked about a part that has none, the library decodes its text, and raises.
    """
    payload = part.get_payload() if part.is_multipart() else []
    return [each for each in payload if isinstance(each, Message)]


def name_of(part: Message) -> str:
    """Return the file name of a part as it stands there, or nothing if it has none."""
    try:
        return part.get_filename() or ""
    except (ValueError, LookupError, TypeError):  # a charset that cannot be one, a bad number
        return "file"


def _decode(part: Message) -> tuple[str, str]:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        return "", ""
    named = str(part.get_content_charset() or "utf-8").strip().lower()
    text, oddity = _decoded(content, _WRONG_NAMES.get(named, named))
    text = (
        text.encode("utf-8", "replace")
        .decode("utf-8")
        .replace("\0", "")
        .replace("\r\n", "\n")
        .replace("\r", "\n")
    )
    if str(part.get_param("format") or "").lower() == "flowed":
        text = _unflowed(text, delsp=str(part.get_param("delsp") or "").lower() == "yes")
    return text, oddity


def _decoded(content: bytes, charset: str) -> tuple[str, str]:
    names = [charset, "utf-8", "cp1252"]
    if charset in _NO_CHARSETS or (charset.startswith(("utf-16", "utf-32")) and 0 not in content):
        names = ["utf-8", charset, "cp1252"] if charset not in _NO_CHARSETS else names[1:]
    for name in names:
        try:
            return content.decode(name), "" if name == charset else f"it is no {charset}"
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    return content.decode("latin-1"), f"it is no {charset}"


def _unflowed(text: str, *, delsp: bool) -> str:
    """Join the lines that flow on, at each depth of quoting (RFC 3676 4)."""
    out: list[str] = []
    depth_before, flows = 0, False
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if flows and depth == depth_before and out:
            out[-1] = (out[-1][:-1] if delsp else out[-1]) + bare
        else:
            out.append(f"{'>' * depth} {bare}" if depth else bare)
        flows = bare.endswith(" ") and bare != "-- "
        depth_before = depth
    return "\n".join(line.rstrip() if line != "-- " else line for line in out)
