"""Reading what the composer wrote: the bytes as they are sent, and their parts."""

import email
import email.policy
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from email.message import EmailMessage

from maildriver.content.frame import Frozen, Reader, SiteFrame
from maildriver.domain.token import SiteAddress
from maildriver.domain.wire import encode_attachment, pieces

TOKEN = "abcdefgh234567abcdefgh23"
DATE = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
SITE = SiteFrame("Sky School", SiteAddress("course@example.net"), "Sky School, 1 Long Lane")
ADA = Reader("Ada", "ada@example.org", "en", "Europe/Berlin")


def wire(frozen: Frozen, contents: Mapping[str, bytes] | None = None) -> bytes:
    """Return the bytes as they are sent: with the files in place of their hashes."""
    by_hash = {hashlib.sha256(raw).hexdigest(): raw for raw in (contents or {}).values()}
    return b"".join(
        piece if isinstance(piece, bytes) else encode_attachment(by_hash[piece])
        for piece in pieces(frozen.parts)
    )


def read(raw: bytes) -> EmailMessage:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    assert not [part.defects for part in message.walk() if part.defects]
    return message


def shape(part: EmailMessage) -> object:
    if not part.is_multipart():
        return part.get_content_type()
    inside = [shape(each) for each in part.iter_parts() if isinstance(each, EmailMessage)]
    return (part.get_content_subtype(), *inside)


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")
