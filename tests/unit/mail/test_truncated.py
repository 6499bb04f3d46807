"""A mail of which only the beginning was fetched: its text is taken if it is whole."""

import pytest
from support.raw_mails import mail, multipart

from maildriver.mail.message import read_files, read_mail
from maildriver.mail.truncated import HEAD_BYTES, Completeness, completeness, is_truncated

WORDS = "Content-Type: text/plain\n\nI filmed it.\n"
HTML = "Content-Type: text/html\n\n<p>I filmed it.</p>\n"
FILM = (
    'Content-Type: video/quicktime; name="sky.mov"\nContent-Transfer-Encoding: base64\n\n'
    + "AAAA" * 90_000
)
PHOTO = 'Content-Type: image/jpeg; name="sky.jpg"\n\nwhole'


def start_of(*parts: str, kind: str = "mixed") -> bytes:
    return multipart(*parts, kind=kind)[:HEAD_BYTES]


def test_a_text_before_a_film_is_whole_and_the_film_is_not() -> None:
    raw = start_of(WORDS, PHOTO, FILM)

    found = completeness(raw)

    assert found.text_is_whole
    assert read_mail(raw).body.text.strip() == "I filmed it."
    whole, cut = (file for file, _ in read_files(raw))
    assert (whole.name, whole.sha256 == found.cut_part_hash) == ("sky.jpg", False)
    assert (cut.name, cut.sha256 == found.cut_part_hash) == ("sky.mov", True)


def test_plain_text_is_whole_although_its_html_breaks_off() -> None:
    raw = start_of(WORDS, HTML + "<p>and</p>\n" * 40_000, kind="alternative")
    assert completeness(raw).text_is_whole


@pytest.mark.parametrize("raw", [
    mail("word\n" * 80_000)[:HEAD_BYTES],
    start_of(WORDS + "word\n" * 80_000, FILM),
    start_of(HTML + "<p>and</p>\n" * 40_000, kind="alternative"),
    start_of("Content-Type: text/plain\n\n\n", HTML + "<p>and</p>\n" * 40_000, kind="alternative"),
    b"From: a@example.org\nX: " + b"x" * HEAD_BYTES,
    b"",
])  # fmt: skip
def test_a_text_that_breaks_off_is_not_whole(raw: bytes) -> None:
    assert not completeness(raw).text_is_whole


def test_a_film_alone_has_a_text_that_is_whole_and_empty() -> None:
    raw = start_of(FILM)
    assert completeness(raw).text_is_whole
    assert read_mail(raw).body.text == ""


def test_what_cannot_be_parsed_safely_is_not_parsed() -> None:
    nested = b"From: a@example.org\n" + b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 50
    assert completeness(nested) == Completeness(text_is_whole=False)


def test_a_server_that_is_wrong_about_a_size_makes_no_mail_a_beginning() -> None:
    assert is_truncated(b"x" * HEAD_BYTES, 30_000_000)
    assert is_truncated(b"x" * 5_000, 5_001), "of one that cannot be fetched, only its header"
    assert not is_truncated(b"x" * HEAD_BYTES, HEAD_BYTES)
