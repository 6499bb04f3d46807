"""MIME tree of a mail, with all wrappings of mail programs opened.

Signed parts (S/MIME) are unwrapped without verification, winmail.dat and uuencoded files are
split into parts, attached mails are parsed, and a wrongly declared boundary is found. Encrypted
parts say so. Depth and number are bounded; the bytes of each part are decoded once.
"""

import email
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.header import Header
from email.message import Message
from email.policy import compat32

from maildriver.mail.mime.lenient import LenientMessage
from maildriver.mail.mime.smime import Unreadable, unwrap_smime
from maildriver.mail.mime.tnef import Tnef, read_tnef
from maildriver.mail.mime.transfer_encoding import decode_transfer, uuencoded_files
from maildriver.mail.prescan import prescan

TNEF = "multipart/x-tnef"  # our own media type for an opened winmail.dat
_MOST_PARTS = 400
_MOST_OPENED = 12  # wrappings in one mail
_DEEPEST = 30
_SMIME = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_WINMAIL = {"application/ms-tnef", "application/vnd.ms-tnef"}
_MESSAGES = {"message/rfc822", "message/global"}
_LOST_BOUNDARY = re.compile(
    rb"^--([^\s-][^\r\n]{0,200}?)[ \t]*\r?\ncontent-", re.IGNORECASE | re.MULTILINE
)
_ENCODED = re.compile(r"base64|quoted", re.IGNORECASE)

PARTIAL_MESSAGE = "it is one piece of a mail that was sent in several"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a mail, with either child parts or bytes."""

    media_type: str = "text/plain"
    header: Message = field(default_factory=Message)
    content: bytes = b""
    parts: tuple["Part", ...] = ()
    name: str = ""  # of a file, as the mail gives it
    disposition: str = ""
    charset: str = ""
    oddity: str = ""
    unreadable: str = ""  # why the part cannot be read, such as encryption

    @property
    def is_multipart(self) -> bool:
        """Whether the part has child parts."""
        return bool(self.parts) or self.media_type.startswith("multipart/")


def parse_message(raw: bytes) -> Message:
    """Return a message as the library parses it, without junk above the header."""
    raw = raw.lstrip(b"\r\n")
    if raw.startswith(b">From "):  # an mbox's first line, escaped
        raw = raw.partition(b"\n")[2]
    return email.message_from_bytes(raw, LenientMessage, policy=compat32)


def part_tree(message: Message) -> Part:
    """Return the tree of a message's parts."""
    return _Opener().open(message, 0)


def walk(part: Part) -> Iterator[Part]:
    """Yield a part and all parts within it, in order."""
    yield part
    for each in part.parts:
        yield from walk(each)


def own_parts(part: Part) -> Iterator[Part]:
    """Yield a part and all parts within it, but none within an attached mail."""
    yield part
    if not part.media_type.startswith("message/"):
        for each in part.parts:
            yield from own_parts(each)


def children(part: Message) -> list[Message]:
    """Return the child parts of a part; none if it is a leaf.

    Asked for the children of a leaf, the library decodes the leaf's text, and raises.
    """
    payload = part.get_payload() if part.is_multipart() else []
    return [each for each in payload if isinstance(each, Message)]


def parameter(part: Message, name: str) -> str:
    """Return a parameter of a part's Content-Type; empty if it is missing or malformed."""
    try:
        found = part.get_param(name)
    except (ValueError, LookupError, TypeError):
        return ""
    return str(found[2] if isinstance(found, tuple) else found or "")


def _name_of(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (ValueError, LookupError, TypeError):  # an impossible charset, a bad number
        return "file"


class _Opener:
    """Opener for the parts of one mail, which counts them."""

    def __init__(self) -> None:
        self._parts = 0
        self._opened = 0

    def open(self, message: Message, depth: int) -> Part:
        """Return a part with all parts within it."""
        self._parts += 1
        kind, within = message.get_content_type(), children(message)
        if depth > _DEEPEST or self._parts > _MOST_PARTS:
            return Part(media_type="application/octet-stream", header=message)
        if kind.startswith("multipart/") and not within:
            message, within = _with_boundary_found(message)
            kind = message.get_content_type() if within else "text/plain"
        elif kind in _MESSAGES and within:
            within = [_decoded_message(message, within[0]), *within[1:]]
        if within:
            return Part(
                media_type=kind,
                header=message,
                parts=tuple(self.open(each, depth + 1) for each in within),
                name=_name_of(message),
                disposition=message.get_content_disposition() or "",
                unreadable={
                    "multipart/encrypted": Unreadable.ENCRYPTED.value,
                    "message/partial": PARTIAL_MESSAGE,
                }.get(kind, ""),
            )  # fmt: skip
        return self._leaf(message, kind, depth)

    def _leaf(self, message: Message, kind: str, depth: int) -> Part:
        encoding = _text(message.get("content-transfer-encoding"))
        name = _name_of(message)
        readable = kind.startswith("text/")
        content, oddity = decode_transfer(_payload(message), encoding, text=readable and not name)
        part = Part(
            media_type=kind,
            header=message,
            content=content,
            name=name,
            disposition=message.get_content_disposition() or "",
            charset=_charset(message),
            oddity=oddity,
        )
        if self._opened < _MOST_OPENED and (found := self._unwrapped(part, depth)) is not None:
            return found
        return part

    def _unwrapped(self, part: Part, depth: int) -> Part | None:
        """Return the content of a wrapping, such as S/MIME; None if the part is none."""
        name = part.name.lower()
        binary = part.media_type == "application/octet-stream"
        if part.media_type in _SMIME or (binary and name.endswith((".p7m", ".p7z"))):
            return self._unsigned(part, depth)
        if part.media_type in _WINMAIL or (binary and name in {"winmail.dat", "win.dat"}):
            self._opened += 1
            found = read_tnef(part.content)
            return None if found is None else _tnef_parts(found)
        if part.media_type == "text/plain" and not part.name and b"begin" in part.content:
            return _split_uuencoded(part)
        return None

    def _unsigned(self, part: Part, depth: int) -> Part | None:
        self._opened += 1
        held = unwrap_smime(part.content)
        if held is Unreadable.ENCRYPTED:
            return Part(media_type=part.media_type, header=part.header, unreadable=held.value)
        if isinstance(held, Unreadable) or not held or prescan(held) is not None:
            return None
        inner = self.open(parse_message(held), depth + 1)
        return Part(media_type="multipart/signed", header=part.header, parts=(inner,))


def _payload(message: Message) -> bytes:
    """Return the bytes of a part, still in their transfer encoding."""
    del message["content-transfer-encoding"]  # else the library decodes them
    content = message.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _text(value: object) -> str:
    return str(value) if isinstance(value, str | Header) else ""


def _charset(message: Message) -> str:
    try:
        return message.get_content_charset() or ""
    except (ValueError, LookupError, TypeError):
        return ""


def _with_boundary_found(message: Message) -> tuple[Message, list[Message]]:
    """Return a multipart whose boundary was missing, wrong or encoded, and its children."""
    encoding = _text(message.get("content-transfer-encoding"))
    content = _payload(message)
    if encoding:
        content, _ = decode_transfer(content, encoding, text=True)
        message.set_payload(content.decode("ascii", "surrogateescape"))
    match = _LOST_BOUNDARY.search(content)
    boundary = match[1].decode("ascii", "replace") if match else ""
    if not boundary or '"' in boundary or prescan(content) is not None:
        return message, []
    kind = message.get_content_type()
    head = f'Content-Type: {kind}; boundary="{boundary}"\n\n'.encode("ascii", "replace")
    found = email.message_from_bytes(head + content, LenientMessage, policy=compat32)
    return found, children(found)


def _decoded_message(outer: Message, inner: Message) -> Message:
    """Return an attached mail, also if it was encoded, which message/rfc822 must not be."""
    encoding = _text(outer.get("content-transfer-encoding"))
    if not _ENCODED.search(encoding) or len(inner) > 1 or inner.is_multipart():
        return inner
    content, _ = decode_transfer(_payload(inner), encoding, text=False)
    return inner if prescan(content) is not None else parse_message(content)


def _split_uuencoded(part: Part) -> Part | None:
    """Return a text with its uuencoded files split off; None if it has none."""
    found = list(uuencoded_files(part.content))[:_MOST_PARTS]
    if not found:
        return None
    place, parts = 0, list[Part]()

    def text(content: bytes) -> Part:
        return Part(
            part.media_type, part.header, content, charset=part.charset, oddity=part.oddity
        )

    for start, end, name, content in found:
        parts.append(text(part.content[place:start]))
        parts.append(_file_part(name.decode("utf-8", "replace"), "", content))
        place = end
    parts.append(text(part.content[place:]))
    return Part(media_type="multipart/mixed", header=part.header, parts=tuple(parts))


def _tnef_parts(found: Tnef) -> Part:
    """Return an opened winmail.dat as parts: text, files, attached mails."""
    header = Message()
    header["X-Class"] = found.message_class.encode("ascii", "replace").decode()
    parts = []
    if found.text.strip():
        parts.append(Part("text/plain", content=found.text.encode(), charset="utf-8"))
    elif found.html.strip():
        parts.append(Part("text/html", content=found.html.encode(), charset="utf-8"))
    for file in found.files:
        if file.message is not None:
            parts.append(_attached_mail(file.message))
        else:
            parts.append(_file_part(file.name, file.media_type, file.content, inline=file.inline))
    return Part(media_type=TNEF, header=header, parts=tuple(parts))


def _attached_mail(found: Tnef) -> Part:
    """Return a mail from within winmail.dat in the form of any attached mail."""
    inner, header = _tnef_parts(found), Message()
    header["Subject"] = " ".join(found.subject.split())
    header["From"] = " ".join(found.sender.split())
    return Part(
        media_type="message/rfc822",
        parts=(Part(media_type="multipart/mixed", header=header, parts=inner.parts),),
    )


def _file_part(name: str, media_type: str, content: bytes, *, inline: bool = False) -> Part:
    known = re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", media_type, re.ASCII)
    return Part(
        media_type=media_type.lower() if known else "application/octet-stream",
        content=content,
        name=name or "file",
        disposition="inline" if inline else "attachment",
    )


def message_classes(parts: Sequence[Part]) -> Iterator[str]:
    """Yield the message classes that Outlook gives in winmail.dat, in lower case."""
    for part in parts:
        if part.media_type == TNEF:
            yield str(part.header.get("X-Class", "")).lower()
