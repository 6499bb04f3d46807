"""The pre-scan: bombs are refused in no time, real mail is not."""

import pytest
from support.deadlines import is_done_within
from support.raw_mails import mail, multipart

from maildriver.mail.message import read_files, read_mail
from maildriver.mail.prescan import prescan

F = b"From: anna@example.org\n"
MULTI = F + b"Content-Type: multipart/mixed; boundary=x\n\n"

BOMBS = {
    "a megabyte of subject": F + b"Subject: " + b"a " * 500_000 + b"\n\nx",
    "a folded subject": F + b"Subject: a\n" + b" a\n" * 5000 + b"\nx",
    "parameters without end": F + b"Content-Type: text/plain" + b";" * 16_000 + b"\n\nx",
    "thousands of fields": F + b"X: y\n" * 5000 + b"\nx",
    "no end of the header": F + b"X-A: " + b"b" * 4000 + b"\n" + b"Y: z\n" * 20_000,
    "a hundred thousand parts": MULTI + b"--x\n\n" * 100_000,
    "parts with carriage returns": MULTI + b"\r--x\r\r" * 100_000,
    "a tower of multiparts": b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 2000,
    "a tower of messages": F + b"Content-Type: message/rfc822\n\n" * 3000,
    "a tower without spaces": F + b"Content-Type:message/rfc822\n\n" * 3000,
    "a part's parameters": MULTI + b"--x\nContent-Type: text/plain" + b";a*0=b" * 5000 + b"\n\nx",
    "many addresses": b"From: " + b"a@example.org, " * 20_000 + b"\n\nx",
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_a_tenth_of_a_second(name: str) -> None:
    assert prescan(BOMBS[name]) is not None
    assert is_done_within(0.1, lambda: prescan(BOMBS[name]))


@pytest.mark.parametrize("name", BOMBS)
def test_a_refused_mail_says_why_and_gives_nothing_else(name: str) -> None:
    raw = BOMBS[name]
    found = read_mail(raw)
    assert found.danger == prescan(raw)
    assert (found.sender, found.body.text, found.files) == (None, "", ())
    assert read_files(raw) == []


SHORT_CRASHES = [
    b'To: "', b"To: (c):", b"Content-Type: text/plain; name*", b"Message-ID: <[x@example.com]>",
    b"Message-ID: <>", b"From: ", b"", b"\n", b"\r\n\r\n", b"\0", b"Content-Type: multipart/mixed",
    b"From: a@example.org\nContent-Type: text/plain; charset*=x''%\n\nx",
]  # fmt: skip


@pytest.mark.parametrize("raw", SHORT_CRASHES)
def test_short_headers_that_break_parsers_do_not_break_this_one(raw: bytes) -> None:
    read_mail(raw)
    read_files(raw)


def test_an_ordinary_mail_passes() -> None:
    long = "a line of an ordinary mail, of which there are many\n" * 20_000
    assert prescan(mail(long, subject="x" * 900)) is None
    assert prescan(multipart(*["Content-Type: text/plain\n\nx"] * 100)) is None


def test_rules_of_dashes_in_a_text_do_no_harm() -> None:
    assert prescan(mail("--------\ntext\n" * 300)) is None
