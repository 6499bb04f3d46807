"""A packet: what it says, what travels with it, and that its bytes are what was meant."""

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from support.composed_mails import (
    ADA,
    DATE,
    SITE,
    TOKEN,
    html_of,
    read,
    shape,
    text_of,
    unfolded,
    wire,
)
from support.course_folders import SETTINGS, good, lesson, png

from maildriver.domain.course import Course
from maildriver.domain.frozen_message import BlobPart, encode_attachment, split_parts
from maildriver.letters.composer import Composer
from maildriver.letters.frame import Reader, RenderedMessage
from maildriver.letters.headers import clean_header
from maildriver.letters.packet import PositionedLesson

FLAT = "lessons/010-one.md"
BESIDE = "lessons/010-one"
LINES = bytes(range(256)) * 40
FILES: dict[str, str | bytes] = {
    f"{BESIDE}/lesson.md": lesson("Look:\n\n![a map](map%20%C3%A4.png)\n\n![b](b.png)\n"),
    f"{BESIDE}/map ä.png": png(1),
    f"{BESIDE}/b.png": png(2),
    f"{BESIDE}/Übungsblätter zum Nachthimmel, mit sehr langem Namen; eins 你好.pdf": LINES,
    f"{BESIDE}/a.eml": b"From: a\r\n\r\nFrom b\n.\n",
    f'{BESIDE}/a "b"; c.bin': b"x",
    f"{BESIDE}/empty.bin": b"",
    f"{BESIDE}/notes.txt": "grüße\nFrom me\n".encode(),
    f"{BESIDE}/twin.txt": "grüße\nFrom me\n".encode(),
}  # fmt: skip


def packet(
    course: Course,
    reader: Reader = ADA,
    *,
    composer: Composer | None = None,
    last: bool = False,
    token: str = TOKEN,
) -> RenderedMessage:
    packets = (composer or Composer(SITE)).packets
    version = PositionedLesson(course, course.lessons[0], 1, last)
    whole = packets.render(version, reader, token=token, date=DATE)
    moulded = packets.freeze(version, reader, token=token, date=DATE)
    assert unfolded(moulded) == whole.parts, "the mould gives the same bytes"
    assert (moulded.mail_from, moulded.subject) == (whole.mail_from, whole.subject)
    return whole


def contents(files: Mapping[str, str | bytes]) -> dict[str, bytes]:
    return {
        Path(name).name: content for name, content in files.items() if isinstance(content, bytes)
    }


def test_a_lesson_alone_is_text_and_html(tmp_path: Path) -> None:
    message = read(wire(packet(good(tmp_path, {FLAT: lesson("Look **up**.\n")}))))

    assert shape(message) == ("alternative", "text/plain", "text/html")
    assert "Look *up*." in text_of(message)
    assert "<strong>up</strong>" in html_of(message)


def test_images_are_inside_and_files_are_attached(tmp_path: Path) -> None:
    raw = wire(packet(good(tmp_path, FILES)), contents(FILES))
    message = read(raw)

    related = ("related", "text/html", "image/png", "image/png")
    assert shape(message) == (
        "mixed", ("alternative", "text/plain", related),
        *["application/octet-stream"] * 3, "text/plain", "text/plain",
        "application/pdf",
    )  # fmt: skip
    shown = [part for part in message.walk() if part.get_content_disposition() == "inline"]
    ids = [part["Content-ID"].strip("<>") for part in shown]
    assert sorted(re.findall(r'src="cid:([^"]+)"', html_of(message))) == sorted(ids)
    assert {part.get_filename() for part in shown} == {"map ä.png", "b.png"}


def test_files_arrive_byte_for_byte_under_their_names(tmp_path: Path) -> None:
    message = read(wire(packet(good(tmp_path, FILES)), contents(FILES)))

    arrived = {
        part.get_filename(): part.get_payload(decode=True)
        for part in message.walk()
        if part.get_content_disposition() in {"attachment", "inline"}
    }
    assert arrived == contents(FILES)


def test_the_frozen_message_holds_no_byte_of_a_file(tmp_path: Path) -> None:
    course = good(tmp_path, FILES)
    frozen = packet(course)

    hashes = [piece.sha256 for piece in split_parts(frozen.parts) if isinstance(piece, BlobPart)]
    assert sorted(hashes) == sorted(file.sha256 for file in course.lessons[0].files)
    assert len(frozen.parts) < 40_000
    assert encode_attachment(LINES)[:60] not in frozen.parts


def test_the_bytes_are_what_every_server_takes(tmp_path: Path) -> None:
    body = f"Grüße 你好 {'x' * 3000}\n\n.\n\nFrom here\n\n    code  \n\n{'wörd ' * 500}\n"
    files = {**FILES, f"{BESIDE}/lesson.md": lesson(body)}
    raw = wire(packet(good(tmp_path, files)), contents(files))

    assert raw.isascii()
    assert b"\0" not in raw
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert "x" * 3000 in text_of(read(raw))


def test_the_same_packet_is_the_same_bytes(tmp_path: Path) -> None:
    course = good(tmp_path, FILES)

    assert packet(course) == packet(course, composer=Composer(SITE))
    assert packet(course).parts != packet(course, token="b" * 24).parts


def test_the_header_says_who_sends_to_whom_and_about_what(tmp_path: Path) -> None:
    frozen = packet(good(tmp_path, {FLAT: lesson()}))
    message = read(wire(frozen))

    assert str(message["From"]) == "The Night Sky <course@example.net>"
    assert str(message["To"]) == "ada@example.org"
    assert message["Subject"] == frozen.subject == "1. Finding north"
    assert message["Reply-To"] == f"course+{TOKEN}@example.net"
    assert message["Message-ID"] == f"<{TOKEN}@example.net>"
    assert message["List-Post"] == f"<mailto:course+{TOKEN}@example.net>"
    assert message["MIME-Version"] == "1.0"
    assert frozen.mail_from == f"course+b-{TOKEN}@example.net"
    assert not {"Precedence", "Cc", "Bcc", "Sender", "Return-Path", "Received"} & set(message)
    assert len(message.keys()) == len(set(message.keys()))


def test_a_site_may_send_from_its_plain_address(tmp_path: Path) -> None:
    plain = Composer(replace(SITE, verp=False))

    frozen = packet(good(tmp_path, {FLAT: lesson()}), composer=plain)
    assert frozen.mail_from == "course@example.net"


def test_the_text_ends_with_the_token_and_is_what_was_frozen(tmp_path: Path) -> None:
    frozen = packet(good(tmp_path, {FLAT: lesson()}))
    text = text_of(read(wire(frozen)))

    assert text.rstrip("\n").split("\n")[-1] == f"Ref {TOKEN}"
    assert text == frozen.text
    assert html_of(read(wire(frozen))).strip() == frozen.html.strip()
    assert SITE.imprint in text


@pytest.mark.parametrize(
    ("discussion", "reader", "last_line"),
    [
        ("class", "goes to the class", "The discussion goes on."),
        ("instructor", "goes to the instructor", "the last lesson of the course."),
        ("none", "read by nobody", "the last lesson of the course."),
    ],
)
def test_a_packet_says_who_reads_a_reply_and_whether_it_is_the_last(
    tmp_path: Path, discussion: str, reader: str, last_line: str
) -> None:
    settings = SETTINGS + f'discussion = "{discussion}"\n'
    course = good(tmp_path, {"course.toml": settings, FLAT: lesson()})
    composer = Composer(SITE)

    before = packet(course, composer=composer)
    last = packet(course, composer=composer, last=True)
    for said in (re.sub(r"\s+", " ", last.text), re.sub(r"\s+", " ", last.html)):
        assert reader in said
        assert last_line in said
    assert "last lesson" not in before.text + before.html
    closed = read(wire(last))["List-Post"] == "NO"
    assert closed == (discussion == "none")


def test_a_lesson_is_filled_in_for_its_reader_on_their_clock(tmp_path: Path) -> None:
    body = "{{ student.name }}, {{ student.zone }}, {{ student.language }}: {{ due_on }}\n"
    text = packet(good(tmp_path, {FLAT: lesson(body)})).text

    assert "Ada, Europe/Berlin, en: Tuesday 3 March 2026" in text


def test_a_packet_in_german_has_german_words_around_it(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "course.toml": 'title = "Nachthimmel"\nlanguage = "de"\n',
        f"{BESIDE}/lesson.md": lesson("Grüße am {{ due_on }}\n\n![Karte](k.png)", "Süden finden"),
        f"{BESIDE}/k.png": png(),
        f"{BESIDE}/Blatt.pdf": b"%PDF",
    }
    frozen = packet(good(tmp_path, files), replace(ADA, language="de"), last=True)
    message = read(wire(frozen, contents(files)))

    assert message["Subject"] == "1. Süden finden"
    assert message["Content-Language"] == "de"
    text = text_of(message)
    for said in ("Grüße am Dienstag, 3. März 2026", "[Bild: Karte]", "Angehängt: Blatt.pdf"):
        assert said in text
    assert "letzte Lektion" in text
    assert '<html lang="de" dir="ltr"' in html_of(message)


def test_a_language_from_right_to_left_turns_the_page_but_not_foreign_words(
    tmp_path: Path,
) -> None:
    files = {"course.toml": SETTINGS + 'language = "ar"\n', FLAT: lesson("مرحبا\n", "السماء")}
    html = packet(good(tmp_path, files)).html

    assert '<html lang="ar" dir="rtl"' in html
    assert re.search(r'class="column"[^>]*dir="rtl"', html)
    footer = re.search(r'<div class="footer"[^>]*>', html)
    assert footer is not None
    assert 'lang="en"' in footer[0]
    assert 'dir="ltr"' in footer[0]


def test_a_course_may_have_its_own_words_and_layout(tmp_path: Path) -> None:
    own = {
        "templates/en/labels.toml": 'last = "Good bye."\nlast_of_class = "Good bye."\n',
        "templates/layout.txt": "~ {{ page.title }} ~\n{{ page.text }}{{ page.footer[1] }}\n"
        "{{ page.reference }}\n",
    }
    frozen = packet(good(tmp_path, {FLAT: lesson(), **own}), last=True)

    assert frozen.text == f"~ 1. Finding north ~\nLook up.\nGood bye.\nRef {TOKEN}\n"


@pytest.mark.parametrize(
    "name",
    [
        "Ada\r\nBcc: victim@example.org",
        "<script>alert(1)</script>",
        "![x](https://evil.example/x.png)",
        "=?utf-8?q?Ada=0D=0ABcc:_v@example.org?=",
        "\u202eadA",
        "{{ course.title }}",
    ],
)
def test_a_hostile_name_or_title_does_nothing(tmp_path: Path, name: str) -> None:
    course = good(tmp_path, {FLAT: lesson("Dear {{ student.name }}!\n")})
    course = replace(course, title=name, lessons=(replace(course.lessons[0], title=name),))
    frozen = packet(course, replace(ADA, name=name))
    message = read(wire(frozen))

    assert [each.addr_spec for each in message["From"].addresses] == ["course@example.net"]
    assert "Bcc" not in message
    assert frozen.subject == clean_header(f"1. {name}")
    assert "<script" not in frozen.html
    assert "<img" not in frozen.html
    assert "\u202e" not in frozen.text.split("Dear")[1]
    if "{{" in name:
        assert "Dear {{ course.title }}!" in frozen.text
