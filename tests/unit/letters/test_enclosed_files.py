"""A mail with files of students: attached as they came, named truly, never shown or opened."""

import struct
import zlib
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from support.composed_mails import DATE, SITE, TOKEN, a_mail, html_of, read, shape, text_of, wire

from maildriver.courses.course_toml import CourseToml
from maildriver.domain.frozen_message import BlobPart, split_parts
from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.domain.post import FileState, Post, PostFile
from maildriver.letters.composer import Composer
from maildriver.letters.frame import Reader, RenderedMessage
from maildriver.letters.posts import DiscussionContent

COURSE = CourseToml(title="The Night Sky").course("night-sky")
CONTENTS = {
    "moon.jpg": b"\xff\xd8\xff\xe0 a moon \x00\r\n.\r\n" * 9,
    "owl.mp3": bytes(range(256)) * 4,
    "log.txt": b"Wolken, die ganze Nacht.\r\n.\r\nFrom here on: nothing.\n",
    "data.zip": b"PK\x03\x04 a stand-in for 42.zip",
}


def huge_png() -> bytes:
    """Return a picture of 10^9 pixels that has 60 bytes, and would take 4 GB to be shown."""
    header = struct.pack(">IIBBBBB", 31_623, 31_623, 8, 6, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


def hash_of(number: int) -> str:
    return sha256(bytes([number])).hexdigest()


def a_file(name: str, state: FileState = "passed", **more: Any) -> PostFile:
    content = CONTENTS[name]
    values: dict[str, Any] = {
        "name": name, "size": len(content), "media_type": "image/jpeg", "state": state,
        "sha256": sha256(content).hexdigest(), "id": 7,
    }  # fmt: skip
    return PostFile(**(values | more))


def a_post(number: int, text: str, *files: PostFile) -> Post:
    return Post(
        PostId(number),
        number,
        "north",
        PostId(number),
        None,
        EnrolmentId(1),
        "Amina",
        "student",
        text,
        files,
        DATE,
    )


def mail_with(posts: Sequence[Post], language: str = "en", **more: Any) -> RenderedMessage:
    talk = DiscussionContent("Discussion", posts, {"north": "1. North"}, all_files=True)
    reader = Reader("Ada", "ada@example.org", language, "UTC")
    talk = replace(talk, **more)
    return Composer(SITE).compose_discussion(a_mail(reader, COURSE), talk, token=TOKEN, date=DATE)


def test_files_are_attached_byte_by_byte_and_named_below_their_post() -> None:
    posts = [
        a_post(1, "I saw it.", a_file("moon.jpg"), a_file("owl.mp3", media_type="audio/mpeg")),
        a_post(2, "Clouds.", a_file("log.txt", media_type="text/plain"), a_file("moon.jpg")),
    ]
    frozen = mail_with(posts)
    mail = read(wire(frozen, CONTENTS))

    attached = {part.get_filename(): part for part in mail.iter_attachments()}
    assert list(attached) == ["moon.jpg", "owl.mp3", "log.txt"], "each content once"
    for name, part in attached.items():
        assert name is not None
        assert part.get_payload(decode=True) == CONTENTS[name]
        assert part.get_content_disposition() == "attachment"
        assert part["Content-ID"] is None
    text = text_of(mail)
    assert "With: moon.jpg (1 KB), owl.mp3 (1 KB)\n" in text
    assert "With: log.txt (1 KB), moon.jpg (1 KB)\n" in text
    html = html_of(mail)
    assert "cid:" not in html
    assert "<img" not in html
    assert shape(mail) == (
        "mixed", ("alternative", "text/plain", "text/html"), "image/jpeg", "audio/mpeg",
        "text/plain",
    )  # fmt: skip


def test_the_bytes_of_a_file_are_in_no_frozen_message() -> None:
    frozen = mail_with([a_post(1, "I saw it.", a_file("moon.jpg"))])
    stored = [each for each in split_parts(frozen.parts) if isinstance(each, BlobPart)]
    assert stored == [BlobPart(sha256(CONTENTS["moon.jpg"]).hexdigest())]
    assert len(frozen.parts) < 10_000


@pytest.mark.parametrize(("file", "said"), [
    (a_file("moon.jpg"), "moon.jpg (1 KB)"),
    (a_file("data.zip", "held"), "data.zip (1 KB; waits for the instructor)"),
    (a_file("moon.jpg", "large"), "moon.jpg (too large to be taken)"),
    (a_file("data.zip", "released"), "data.zip (1 KB)"),
    (a_file("moon.jpg", size=11_000_000),
     "moon.jpg (11.0 MB; no room in this mail; answer the post to ask for it)"),
])  # fmt: skip
def test_what_is_said_of_a_file_is_what_becomes_of_it(file: PostFile, said: str) -> None:
    frozen = mail_with([a_post(1, "Look.", file)])
    assert f"With: {said}\n" in frozen.text
    attached = [each for each in split_parts(frozen.parts) if isinstance(each, BlobPart)]
    assert bool(attached) == (said in {"moon.jpg (1 KB)", "data.zip (1 KB)"})


def test_an_instructor_is_told_how_to_look_at_what_is_held() -> None:
    posts = [a_post(1, "Look.", a_file("data.zip", "held"))]
    shown = mail_with(posts, for_instructor=True).text
    assert "data.zip (1 KB; held; look at it with: maildriver held show file-7)" in shown
    large = mail_with([a_post(1, "x", a_file("moon.jpg", size=11_000_000))], for_instructor=True)
    assert "take it out with: maildriver held save file-7 PATH)" in large.text
    german = mail_with(posts, "de").text
    assert "Dabei: data.zip (1 KB; wartet auf die Kursleitung)" in german


def test_a_course_that_names_files_attaches_only_what_was_released() -> None:
    files = (a_file("moon.jpg"), a_file("data.zip", "released", media_type="application/zip"))
    mail = read(wire(mail_with([a_post(1, "Look.", *files)], all_files=False), CONTENTS))
    assert [part.get_filename() for part in mail.iter_attachments()] == ["data.zip"]
    assert "With: moon.jpg (1 KB), data.zip (1 KB)\n" in text_of(mail)


def test_a_post_without_words_shows_its_files_alone() -> None:
    frozen = mail_with([a_post(1, "", a_file("moon.jpg"))])
    assert "[#1 Amina]\n\nWith: moon.jpg (1 KB)\n" in frozen.text.replace("\n\n\n", "\n\n")
    assert "<p></p>" not in frozen.html


def test_of_very_many_files_some_are_named_and_the_others_counted() -> None:
    files = [
        replace(a_file("moon.jpg"), name="𝔪" * 40 + f"{number}.jpg", sha256=hash_of(number))
        for number in range(200)
    ]
    frozen = mail_with([a_post(1, "x", *files)])
    assert "and 170 more\n" in frozen.text
    assert len(frozen.html.encode()) < 30_000


def test_a_bomb_goes_through_as_it_came() -> None:
    CONTENTS["bomb.png"] = huge_png()
    mail = read(wire(mail_with([a_post(1, "x", a_file("bomb.png"))]), CONTENTS))
    (part,) = mail.iter_attachments()
    assert part.get_payload(decode=True) == huge_png()
