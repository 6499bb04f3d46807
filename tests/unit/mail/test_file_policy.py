# ruff: noqa: E501, SIM905 - tables of files
"""What becomes of a file: passed on where it is plainly harmless, held where it is not."""

from typing import Any

import pytest

from maildriver.domain.file_name import clean_file_name, is_disguised
from maildriver.mail.file_policy import LOGO_BYTES, PASSED_TYPES, FileDecision, decide_file
from maildriver.mail.message import MailFile

NOBODY = "application/octet-stream"

PASSES = [
    ("moon.jpg", "image/jpeg"), ("moon.JPG", "image/jpg"), ("moon.jpeg", "image/pjpeg"),
    ("moon.png", "image/x-png"), ("moon.heic", "image/heic"), ("moon.webp", NOBODY),
    ("moon.gif", "image/gif"), ("scan.tiff", "image/tiff"), ("shadow.bmp", "image/bmp"),
    ("log.pdf", "application/pdf"), ("log.pdf", "application/x-pdf"), ("log.pdf", NOBODY),
    ("owl.mp3", "audio/mpeg"), ("owl.m4a", "audio/x-m4a"), ("owl.m4a", "video/mp4"),
    ("memo.ogg", "application/ogg"), ("owl.wav", "audio/wav"), ("memo.amr", "audio/amr"),
    ("sky.mp4", "video/mp4"), ("sky.mov", "video/quicktime"), ("sky.webm", "video/webm"),
    ("notes.txt", "text/plain"), ("notes.md", "text/markdown"), ("notes.md", "text/plain"),
    ("table.csv", "text/csv"), ("table.csv", "application/vnd.ms-excel"),
    ("table.csv", "text/comma-separated-values"), ("walk.ics", "text/calendar"),
    ("ada.vcf", "text/x-vcard"), ("essay.odt", "application/vnd.oasis.opendocument.text"),
    ("sheet.ods", "application/vnd.oasis.opendocument.spreadsheet"), ("talk.odp", NOBODY),
    ("essay.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("essay.docx", "application/msword"), ("sheet.xlsx", "application/zip"),
    ("talk.pptx", NOBODY), ("book.epub", "application/epub+zip"),
    ("Mr. Smith v1.2 (final).pdf", "application/pdf"), ("www.example.com.png", "image/png"),
    ("Zeichnung größer.png", "image/png"), ("चित्र.jpg", "image/jpeg"), ("月.png", "image/png"),
    ("photo", "image/jpeg"), ("", "image/png"), ("", "text/calendar"),
]  # fmt: skip

HELD = [
    *[(f"x.{end}", NOBODY) for end in "exe EXE scr com pif msi dll cpl app apk jar deb lnk url".split()],
    *[(f"x.{end}", NOBODY) for end in "desktop reg js mjs vbs vbe wsf bat cmd ps1 sh py pl php".split()],
    *[(f"x.{end}", NOBODY) for end in "hta html htm xhtml mht svg svgz xml swf docm dotm xlsm".split()],
    *[(f"x.{end}", NOBODY) for end in "xlsb pptm doc xls ppt rtf one zip 7z rar gz tgz tar bz2".split()],
    *[(f"x.{end}", NOBODY) for end in "xz cab iso img dmg vhd eml msg chm".split()],
    ("moon.jpg.exe", "image/jpeg"), ("moon.exe.jpg", "image/jpeg"), ("moon.jpg .scr", NOBODY),
    ("page.html", "text/html"), ("page", "text/html"), ("logo.svg", "image/svg+xml"),
    ("moon.jpg", "image/svg+xml"), ("moon.jpg", "text/html"), ("moon.jpg", "application/zip"),
    ("moon.png", "application/x-msdownload"), ("log.pdf", "text/html"),
    ("log.pdf", "application/x-javascript"), ("notes.txt", "text/html"),
    ("notes.txt", "application/x-sh"), ("table.csv", "application/hta"),
    ("essay.docx", "application/vnd.ms-word.document.macroEnabled.12"),
    ("essay.odt", "application/pdf"), ("sky.mp4", "application/x-msdos-program"),
    ("book.epub", "text/html"), ("walk.ics", "text/javascript"), ("moon", NOBODY),
    ("", NOBODY), ("data.json", "application/json"), ("x.unheardof", NOBODY), ("x.jpg.", "text/xml"),
    ("moon\u202egpj.exe", "image/jpeg"), ("moon\u202eexe.jpg", "image/jpeg"),
    ("\u2066exe.moon\u2069.png", "image/png"), ("moon.jpg\0.exe", "image/jpeg"),
    ("moon.exe\0.jpg", "image/jpeg"), (f"moon.jpg{' ' * 90}.exe", "image/jpeg"),
    ("moon.ｊｐｇ", NOBODY), ("moon.exe/", "image/jpeg"), ("a.txt:b.exe", "text/plain"),
    ("x.exe\u200b", NOBODY), ("x.exe...", NOBODY), ("x.e\u200bxe", NOBODY), ("x.js%20", NOBODY),
]  # fmt: skip


def a_file(given: str, media_type: str = "image/png", size: int = 5_000, **more: Any) -> MailFile:
    values: dict[str, Any] = {
        "name": clean_file_name(given), "media_type": media_type, "size": size, "sha256": "a" * 64,
        "inline": False, "disguised": is_disguised(given),
    }  # fmt: skip
    return MailFile(**(values | more))


def test_there_are_more_than_forty_of_each() -> None:
    assert len(PASSES) > 40
    assert len(HELD) > 100


@pytest.mark.parametrize(("given", "media_type"), PASSES)
def test_what_is_plainly_harmless_is_passed_on(given: str, media_type: str) -> None:
    fate = decide_file(a_file(given, media_type), ())

    assert (fate.state, fate.why) == ("passed", "")
    assert fate.media_type in PASSED_TYPES.values(), "under a type of ours"


@pytest.mark.parametrize(("given", "media_type"), HELD, ids=ascii)
def test_what_could_run_or_pretends_is_held_and_says_why(given: str, media_type: str) -> None:
    fate = decide_file(a_file(given, media_type), ())

    assert fate.state == "held"
    assert fate.why


def test_a_name_without_an_ending_gets_that_of_its_harmless_type() -> None:
    assert decide_file(a_file("", "image/jpeg"), ()).name == "file.jpg"
    assert decide_file(a_file("photo", "image/png"), ()).name == "photo.png"
    assert decide_file(a_file("moon\uff0eexe", "image/jpeg"), ()).name == "moon_exe.jpg"


def test_nothing_held_is_passed_on_under_a_type_that_a_program_would_show() -> None:
    for given, media_type in HELD:
        fate = decide_file(a_file(given, media_type), ())
        assert fate.media_type not in {"text/html", "image/svg+xml", "application/xhtml+xml"}


def test_what_a_mail_calls_a_file_moves_no_cursor_of_who_reads_why() -> None:
    why = decide_file(a_file("moon.jpg", "text/\x1b[2J\udcffhtml"), ()).why
    assert why.isprintable()
    assert why.isascii()


# -- logos -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "before", "state"),
    [
        ({"inline": True}, (), "passed"),  # the first time nobody can tell: nothing is lost
        ({"inline": True}, ("a" * 64,), "logo"),
        ({"inline": True}, ("b" * 64,), "passed"),
        ({"inline": False}, ("a" * 64,), "passed"),  # attached again, and meant
        ({"inline": True, "size": LOGO_BYTES + 1}, ("a" * 64,), "passed"),
        ({"inline": True, "media_type": "application/pdf"}, ("a" * 64,), "held"),
    ],
)
def test_a_small_picture_inside_a_mail_is_a_logo_when_it_comes_again(
    more: dict[str, Any], before: tuple[str, ...], state: str
) -> None:
    assert decide_file(a_file("image001.png", **more), before).state == state


def test_the_signature_of_a_mail_is_no_file_of_its_writer() -> None:
    for media_type in ("application/pgp-signature", "application/x-pkcs7-signature"):
        assert decide_file(a_file("signature.asc", media_type), ()).state == "logo"


def test_what_was_not_fetched_whole_is_too_large_whatever_it_is() -> None:
    fate = decide_file(a_file("sky.mov", "video/quicktime"), (), is_cut=True)
    why = "only its beginning was fetched"
    assert fate == FileDecision("large", "sky.mov", "video/quicktime", why)
