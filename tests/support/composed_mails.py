"""Mails for tests to look at: written by the composer, and read back from their bytes."""

import email
import email.policy
import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

from maildriver.courses.course_toml import CourseToml
from maildriver.domain import keys
from maildriver.domain.course import Course, Lesson
from maildriver.domain.frozen_message import split_parts
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.message_kind import (
    ASKED,
    CONFIRM,
    DIGEST,
    NOTE,
    NOTICE,
    PROBE,
    RECEIPT,
    WELCOME,
    MessageKind,
)
from maildriver.domain.token import SiteAddress
from maildriver.letters.composer import Composer
from maildriver.letters.fields import Field
from maildriver.letters.frame import FrozenMessage, Reader, RenderedMessage, SiteFrame
from maildriver.letters.outgoing import OutgoingMail
from maildriver.letters.shipped import shipped_folder

TOKEN = "abcdefgh234567abcdefgh23"
DATE = datetime(2026, 3, 2, 23, 30, tzinfo=UTC)
SITE = SiteFrame("Sky School", SiteAddress("course@example.net"), "Sky School, 1 Long Lane")
ADA = Reader("Ada", "ada@example.org", "en", "Europe/Berlin")


# -- maildriver's own mails ---------------------------------------------------------

LANGUAGES = ("en", "de")
LETTERS = sorted(path.stem for path in (shipped_folder("templates") / "en").glob("*.md"))
COURSE = replace(
    CourseToml(title="The *Night* Sky").course("night-sky"),
    lessons=tuple(
        Lesson("night-sky", slug, 10, "en", slug, "v", "", (), "") for slug in ("one", "two")
    ),
)
SLOTS = (DATE, DATE + timedelta(days=3))
FIELDS: dict[str, Field] = {
    "slots": SLOTS,
    "until": datetime(2026, 4, 1, 5, 30, tzinfo=UTC),
    "changed": 1,
    "state": "active",
    "had": 1,
    "of": 2,
    "problem": "mailbox <full>",
    "posts": ("1. Finding *north*, as an answer to #12 Amina: the class reads it",),
    "files": ("drawing.png (12 KB)",),
    "cut": 12,
    "cut_begins": "On Monday, [the course] wrote:",
    "restorable": 1,
    "once": 1,
    "outcome": "edited",
    "why": "",
    "text": ("I saw it *rise*.", "# And set."),
    "readers": 3,
    "sender": "ada.at.work@example.com",
    "own": 0,
    "zone": "Europe/Lisbon",
    "place": "*boston*",
    "details": ("IMAP: * BYE [ALERT]", "# 3 times"),
}


#: The kinds of the letters that are no notes on a command.
KINDS = {
    "confirm": CONFIRM, "welcome": WELCOME, "instructor": WELCOME, "probe": PROBE,
    "operator": NOTICE, "asked": ASKED, "receipt": RECEIPT, "changed": RECEIPT,
}  # fmt: skip


def a_mail(
    reader: Reader = ADA, course: Course | None = COURSE, kind: MessageKind = DIGEST, **more: Any
) -> OutgoingMail:
    """Return a mail that is still to be written; its key is not looked at."""
    return OutgoingMail(keys.Digest(EnrolmentId(1), DATE.date()), kind, reader, course, **more)


def letter(
    name: str,
    reader: Reader = ADA,
    course: Course | None = COURSE,
    fields: Mapping[str, Field] = FIELDS,
) -> RenderedMessage:
    mail = a_mail(reader, course, KINDS.get(name, NOTE))
    return Composer(SITE).compose_letter(mail, name, fields, token=TOKEN, date=DATE)


# -- what was written, read again ----------------------------------------------------


def wire(frozen: FrozenMessage, contents: Mapping[str, bytes] | None = None) -> bytes:
    """Return the bytes as they are sent: with the files in place of their hashes."""
    by_hash = {hashlib.sha256(raw).hexdigest(): raw for raw in (contents or {}).values()}
    by_hash |= frozen.segments
    return b"".join(
        piece if isinstance(piece, bytes) else piece.wire_bytes(by_hash[piece.sha256])
        for piece in split_parts(frozen.parts)
    )


def unfolded(frozen: FrozenMessage) -> bytes:
    """Return the frozen bytes with the segments in place, and only the files still named."""
    return b"".join(
        piece if isinstance(piece, bytes) else frozen.segments.get(piece.sha256, piece.marker)
        for piece in split_parts(frozen.parts)
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
