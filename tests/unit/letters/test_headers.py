"""The header of a mail: one line a field, whatever somebody called themselves."""

import email
import email.policy
import re
from dataclasses import replace
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maildriver.domain.token import SiteAddress
from maildriver.letters.headers import HeaderValues, clean_header, header_block

TOKEN = "abcdefgh234567abcdefgh23"
HEADING = HeaderValues(
    site=SiteAddress("course@example.net"),
    token=TOKEN,
    sender="The Night Sky",
    to="ada@example.org",
    subject="3. Moons",
    date=datetime(2026, 3, 2, 7, 30, tzinfo=UTC),
    language="en",
    auto_submitted="generated",
    course="night-sky",
)
HOSTILE = [
    "a\r\nBcc: victim@example.org",
    "a\nSubject: other\n\nbody",
    "=?utf-8?q?a=0D=0ABcc=3A_victim=40example=2Eorg?=",
    "=?utf-8?b?PT91dGYtOD9xP2E9MEFCY2M6P2I9P?= =?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=",
    "=?martian?q?x?=",
    "=?utf-8?b?!!!?=",
    "=\u200b?utf-8?q?x?=",
    "=\u202e?utf-8?q?x?\u202c=",
    "=?=?=?utf-8?q?x?=?=?=",
    "\u202emoc.elpmaxe\u202c",
    "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg",
    "\x00\x07\x1b[31m",
    '"quoted" \\ <evil@example.org>, other@example.org;',
    "Ümläut\r\nBcc: victim@example.org",
    "Ü=?utf-8?q?=0A?=" * 30,
    "\ud800 lone",
    "x" * 5000,
    "ü" * 5000,
    "\U0001f30d" * 300,
    "(a comment) group: a@b.example;",
    "",
    "   ",
]


def parsed(heading: HeaderValues) -> EmailMessage:
    block, _ = header_block(heading)
    message = email.message_from_bytes(block + b"\r\n", policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def decoded(value: str) -> str:
    return " ".join(str(make_header(decode_header(value))).split())


def is_one_clean_line(text: str) -> bool:
    return len(text.splitlines()) <= 1 and "=?" not in text and len(text) <= 200


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_hostile_becomes_one_clean_line(text: str) -> None:
    assert is_one_clean_line(clean_header(text))
    assert "\u202e" not in clean_header(text)


@given(st.text() | st.text(alphabet="=?utf-8bqQB_ \r\n\u200b\u00fc", max_size=80))
@example("=\x00?")
def test_whatever_it_is_it_becomes_one_clean_line(text: str) -> None:
    cleaned = clean_header(text)

    assert is_one_clean_line(cleaned)
    assert cleaned == cleaned.strip()
    assert clean_header(cleaned) == cleaned


def test_what_is_harmless_stays() -> None:
    text = "Ünïcode, \u4f60\u597d & \U0001f30d: 100 % [of] <it>"

    assert clean_header(text) == text
    assert clean_header("=?utf-8?q?Gr=C3=BC=C3=9Fe?=") == "Grüße"


@pytest.mark.parametrize("text", HOSTILE)
def test_no_name_or_title_adds_a_field_or_an_address(text: str) -> None:
    heading = replace(HEADING, sender=text, subject=text)
    block, names = header_block(heading)
    message = parsed(heading)

    assert block.isascii()
    assert message.keys() == names
    assert len(names) == len(set(names))
    assert not message.get_payload()
    assert [each.addr_spec for each in message["From"].addresses] == ["course@example.net"]
    assert [each.addr_spec for each in message["To"].addresses] == ["ada@example.org"]
    assert not message["From"].defects
    assert max(map(len, block.split(b"\r\n"))) <= 998
    assert all(len(word) <= 75 for word in re.findall(rb"=\?[^?\s]*\?[bq]\?[^?\s]*\?=", block))


@given(st.text(max_size=60))
def test_subject_and_sender_read_as_they_were_meant(text: str) -> None:
    # The newer reader of the library puts a space between two encoded words; this one does not.
    block, _ = header_block(replace(HEADING, sender=text, subject=text))
    message = email.message_from_bytes(block + b"\r\n")
    sender, address = parseaddr(message["From"])

    assert decoded(message["Subject"]) == clean_header(text)
    assert decoded(sender) == clean_header(text)
    assert address == "course@example.net"


def test_a_packet_has_these_fields_and_no_others() -> None:
    message = parsed(HEADING)
    reply_to = f"course+{TOKEN}@example.net"

    assert dict(message.items()) == {
        "From": "The Night Sky <course@example.net>",
        "To": "ada@example.org",
        "Reply-To": reply_to,
        "Subject": "3. Moons",
        "Date": "Mon, 02 Mar 2026 07:30:00 +0000",
        "Message-ID": f"<{TOKEN}@example.net>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "Content-Language": "en",
        "List-Id": "<night-sky.example.net>",
        "List-Unsubscribe": f"<mailto:{reply_to}?subject=leave>",
        "List-Help": f"<mailto:{reply_to}?subject=help>",
        "List-Post": f"<mailto:{reply_to}>",
    }


def test_a_course_without_replies_says_that_nobody_can_post() -> None:
    assert parsed(replace(HEADING, can_post=False))["List-Post"] == "NO"


def test_mail_that_is_of_no_course_is_of_no_list() -> None:
    assert not [name for name in parsed(replace(HEADING, course="")) if name.startswith("List-")]


def test_an_answer_names_what_it_answers() -> None:
    message = parsed(replace(HEADING, in_reply_to="<a.b@example.org>", auto_submitted="replied"))

    assert message["In-Reply-To"] == message["References"] == "<a.b@example.org>"
    assert message["Auto-Submitted"] == "auto-replied"


@pytest.mark.parametrize(
    "answers", ["", "no id", "<a b@c>", "<a@b>\r\nBcc: <v@example.org>", "<a@b> <c@d>", "<ü@b>"]
)
def test_what_is_no_message_id_is_not_answered(answers: str) -> None:
    message = parsed(replace(HEADING, in_reply_to=answers))

    assert "In-Reply-To" not in message
    assert "References" not in message
    assert "Bcc" not in message


def test_what_is_no_language_is_not_named() -> None:
    assert "Content-Language" not in parsed(replace(HEADING, language="en\r\nBcc: x@y.example"))


def test_a_site_without_sub_addressing_takes_replies_at_its_plain_address() -> None:
    message = parsed(replace(HEADING, site=SiteAddress("course@example.net", "")))

    assert message["Reply-To"] == "course@example.net"
    assert message["Message-ID"] == f"<{TOKEN}@example.net>"
