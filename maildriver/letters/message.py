"""The composer of messages: texts and files to frozen bytes.

    multipart/mixed{ multipart/alternative{ text/plain, text/html or related }, attachments }

Files are composed as short stand-ins, which become markers in the flat message, so that no
content of a file is ever held here. The result is checked, whatever the library did.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email.generator import BytesGenerator
from email.message import EmailMessage
from email.policy import SMTP
from email.quoprimime import body_encode
from functools import cache

from maildriver.domain.course import File
from maildriver.domain.frozen_message import BlobPart, encode_attachment
from maildriver.letters.headers import HeaderValues, header_block

#: Texts are encoded so that every server accepts them. Lines are folded only when the message
#: is flattened, because the library breaks long file names when it folds earlier.
_BUILD = SMTP.clone(cte_type="7bit")
_FLATTEN = SMTP.clone(max_line_length=998)

_PLACEHOLDER = re.compile(rb"hole-(text|html|seed)-hole")

_MIME_FIELDS = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding")


@dataclass(frozen=True, slots=True)
class Body:
    """The text and the HTML of a mail, and the files in it."""

    text: str  # a line that ends in a space flows into the next (RFC 3676)
    html: str
    files: Sequence[File] = ()


def content_id(file: File, domain: str) -> str:
    """Return the Content-ID by which the HTML part refers to an image (RFC 2392)."""
    return f"{file.sha256[:24]}@{domain}"


def compose(values: HeaderValues, body: Body, seed: str) -> bytes:
    """Return the frozen message; see `compose_body` for the seed."""
    return compose_header(values) + compose_body(body, values.site.domain, seed)


def compose_header(values: HeaderValues) -> bytes:
    """Return the header of a message without its MIME fields, checked."""
    head, names = header_block(values)
    _check_header(head, names)
    return head


def compose_body(body: Body, domain: str, seed: str) -> bytes:
    """Return the MIME fields and the body of a message, with markers for its files.

    The boundaries are made from `seed`, which has lower-case letters and digits only.
    """
    flat = _body_without_files(body, seed) if not body.files else _build(body, domain, seed)
    _check_header(flat.partition(b"\r\n\r\n")[0] + b"\r\n", ())
    _check_wire_format(flat)
    return _with_markers(flat, body.files)


def _body_without_files(body: Body, seed: str) -> bytes:
    """Return a body without files, as the library would build it, but much faster."""
    values = {
        b"text": _encoded(space_stuffed(body.text)),
        b"html": _encoded(body.html),
        b"seed": seed.encode("ascii"),
    }
    return b"".join(
        values[part] if number % 2 else part for number, part in enumerate(_skeleton())
    )


@cache
def _skeleton() -> list[bytes]:
    """Return the literal pieces of a body, alternating with the names of the values to put in."""
    flat = _build(Body("hole-text-hole\n", "hole-html-hole\n"), "", "hole-seed-hole")
    return _PLACEHOLDER.split(flat.replace(b"-hole\r\n", b"-hole"))


def _encoded(text: str) -> bytes:
    """Return a text encoded as the library encodes a part."""
    return quoted_printable(line.decode() for line in text.encode().splitlines())


def _build(body: Body, domain: str, seed: str) -> bytes:
    message = EmailMessage(policy=_BUILD)
    message.set_content(space_stuffed(body.text), cte="quoted-printable")
    message.set_param("format", "flowed")
    message.add_alternative(body.html, subtype="html", cte="quoted-printable")
    html = message.get_payload()[1]  # type: ignore[index]
    for file in body.files:
        if file.shown:
            cid = f"<{content_id(file, domain)}>"
            _attach(html, file, "related", cid)  # type: ignore[arg-type]
    for file in body.files:
        if not file.shown:
            _attach(message, file, "attachment", None)
    _set_boundaries(message, seed)
    return _flatten(message)


def quoted_printable(lines: Iterable[str]) -> bytes:
    """Return lines in quoted-printable, each encoded by itself (RFC 2045 6.7)."""
    text = "\n".join(lines).encode().decode("latin-1")
    encoded = body_encode(text, _BUILD.max_line_length or 78)
    return encoded.replace("\n", "\r\n").encode("ascii") + b"\r\n"


def _attach(part: EmailMessage, file: File, where: str, cid: str | None) -> None:
    maintype, _, subtype = file.media_type.partition("/")
    if maintype in {"multipart", "message"}:
        maintype, subtype = "application", "octet-stream"
    add = part.add_related if where == "related" else part.add_attachment
    add(_stand_in(file), maintype=maintype, subtype=subtype, filename=file.name, cid=cid)
    if where == "related":
        added = part.get_payload()[-1]  # type: ignore[index]
        added.replace_header("Content-Disposition", "inline")  # type: ignore[union-attr]
        added.set_param("filename", file.name, "Content-Disposition")  # type: ignore[union-attr]


def _stand_in(file: File) -> bytes:
    """Return bytes whose base64 is one line that occurs nowhere else."""
    return bytes.fromhex(file.sha256)[:24]


def _with_markers(flat: bytes, files: Sequence[File]) -> bytes:
    """Return the message with markers in place of the stand-ins, each the body of its part."""
    for file in {file.sha256: file for file in files}.values():
        line = b"\r\n\r\n" + encode_attachment(_stand_in(file))
        expected = sum(each.sha256 == file.sha256 for each in files)
        if flat.count(line) != expected:
            raise ValueError(f"{file.name} is {flat.count(line)} times in the message")
        flat = flat.replace(line, b"\r\n\r\n" + BlobPart(file.sha256).marker)
    return flat


def _set_boundaries(message: EmailMessage, seed: str) -> None:
    """Give each multipart a boundary that is the same at every rendering.

    "=_" cannot occur in quoted-printable text nor in base64 (RFC 2045 6.7, example).
    """
    containers = (part for part in message.walk() if part.is_multipart())
    for number, part in enumerate(containers):
        part.set_boundary(f"=_{seed}_{number}")


def _flatten(message: EmailMessage) -> bytes:
    out = io.BytesIO()
    BytesGenerator(out, mangle_from_=False, policy=_FLATTEN).flatten(message)
    return out.getvalue()


def space_stuffed(text: str) -> str:
    """Return flowed text with a space before lines that could be misread (RFC 3676 4.4)."""
    return "".join(
        f" {line}" if line.startswith((" ", "From ")) else line
        for line in text.splitlines(keepends=True)
    )


def _check_header(head: bytes, names: Sequence[str]) -> None:
    """Raise ValueError unless the fields are those intended: a bug here or in the library."""
    found = [
        line.partition(b":")[0].decode("ascii", "replace")
        for line in head.removesuffix(b"\r\n").split(b"\r\n")
        if not line.startswith((b" ", b"\t"))
    ]
    own = [name for name in found if name not in _MIME_FIELDS]
    if own != list(names):
        raise ValueError(f"the header came out as {own}, not as {list(names)}")
    _check_wire_format(head)


def _check_wire_format(flat: bytes) -> None:
    """Raise ValueError for bytes that some servers refuse or change."""
    if not flat.isascii() or b"\0" in flat:
        raise ValueError("the message is not seven-bit text")
    if flat.count(b"\n") != flat.count(b"\r\n") or flat.count(b"\r") != flat.count(b"\r\n"):
        raise ValueError("the message has a line end that is not CRLF")
    if max(map(len, flat.split(b"\r\n"))) > 998:
        raise ValueError("the message has a line of more than 998 bytes")
