# ruff: noqa: E501 - a table of names
"""Names of files: whatever somebody calls a file, it can be shown, attached and saved."""

import itertools
import unicodedata
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.composed_mails import DATE, TOKEN, read, wire

from maildriver.domain.course import File
from maildriver.domain.file_name import (
    LONGEST,
    clean_file_name,
    distinct_name,
    extension,
    is_disguised,
)
from maildriver.domain.token import SiteAddress
from maildriver.letters.frame import FrozenMessage
from maildriver.letters.headers import HeaderValues
from maildriver.letters.message import Body, compose

_STEMS = [
    "../../../etc/passwd", "..\\..\\windows\\system32\\cmd", "/etc/cron.d/x", "C:\\x", "\\\\host\\s",
    "~/.ssh/authorized_keys", ".htaccess", "....", "..", ".", "", " ", "-rf", "--help", "-", "_",
    "con", "CON", "nul", "aux", "prn", "com1", "LPT9", "con.x", "CLOCK$", "file:stream",
    "a\0b", "a\nb", "a\r\nBcc: evil@example.org", "a\tb", "a\x1b[2Jb", "a\x7fb", "a\x85b",
    "a\u2028b", "a\u2029b", "\u202egpj", "a\u202db", "\u2066a\u2069", "\u200ba\u200b", "\ufeffa",
    "a\u00adb", "\u061ca", "e\u0301" * 200, "x" * 4096, "🌕" * 200, "👩‍🚀", "月" * 150, "ａ．ｂ",
    '"quoted"', "'single'", "a;b", "a|b", "a&b", "$(reboot)", "`reboot`", "a>b", "a<b>", "%00", "%2e%2e%2f",
    "=?utf-8?q?=0ABcc:_x?=", "=?utf-8?b?Li4vLi4v?=", "a\\", "a/", "//", "a/../b", "a*?b", "{a,b}",
    "<script>alert(1)</script>", "ada@example.org", "[#1 Prof]", "a" + " " * 200 + "b", "\u3164", "\u115f\u1160",
    "\U000e0041\U000e0042", "\ud800", "\ufffe", "\U0010ffff", "\ue000", "a\u0300" * 80, "\u0600a",
    "rm -rf *", "; ls", "CON .", "nul ", "a" * 119 + "é", "Ünïcödé", "имя", "اسم", "שם", "चित्र", "이름",
]  # fmt: skip
_ENDS = ["", ".jpg", ".JPEG", ".tar.gz", ".exe", ". ", ".docx"]
HOSTILE = [stem + end for stem, end in itertools.product(_STEMS, _ENDS)]


def test_there_are_five_hundred_of_them() -> None:
    assert len(set(HOSTILE)) >= 500


def check(name: str) -> None:
    assert name
    assert len(name) <= LONGEST
    assert len(name.encode()) <= 255
    assert unicodedata.is_normalized("NFC", name)
    assert not {unicodedata.category(char) for char in name} & {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    assert not set(name) & set('/\\:*?"<>|@[]#\0')
    assert not name.startswith((".", "-", " "))
    assert not name.endswith((".", " "))
    assert name.partition(".")[0].lower() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}


def test_a_hostile_name_can_be_saved_below_any_folder(tmp_path: Path) -> None:
    for given_name in HOSTILE:
        name = clean_file_name(given_name)

        check(name)
        assert (tmp_path / name).resolve().parent == tmp_path.resolve()
        (tmp_path / name).write_bytes(b"")
        assert [path.name for path in tmp_path.iterdir()] == [name]
        (tmp_path / name).unlink()


@given(st.text(max_size=400))
def test_any_name_is_clean_after_cleaning_and_stays_so(name: str) -> None:
    cleaned = clean_file_name(name)
    check(cleaned)
    assert clean_file_name(cleaned) == cleaned


@pytest.mark.parametrize("end", ["jpg", "JPEG", "exe", "docx"])
def test_the_extension_of_a_long_name_is_kept(end: str) -> None:
    for stem in ("x" * 500, "🌕" * 200, "é" * 300, "a b" * 90):
        name = clean_file_name(f"{stem}.{end}")
        assert name.endswith(f".{end}")
        assert extension(name) == end.lower()


def test_names_that_hide_their_ending_are_told() -> None:
    for name in ("a\u202egpj.exe", "\u2067a.jpg", "a.jpg\0", f"a.jpg{' ' * 40}.exe"):
        assert is_disguised(name)
    for name in ("a.jpg", "سم\u200f.jpg", "two  words.jpg", "👩‍🚀.png", "  a.jpg  ", ""):
        assert not is_disguised(name)


def test_names_are_made_unlike_without_losing_their_extension() -> None:
    taken = ["IMG_1.jpg"]
    for _ in range(3):
        taken.append(distinct_name("img_1.JPG", taken))
    assert taken == ["IMG_1.jpg", "img_1 (2).JPG", "img_1 (3).JPG", "img_1 (4).JPG"]
    assert distinct_name("moon", ["moon"]) == "moon (2)"
    assert len(distinct_name("x" * 120, ["x" * 120])) <= LONGEST


def test_every_name_goes_through_a_mail_and_comes_back_as_it_was() -> None:
    names: list[str] = []
    for name in HOSTILE:
        names.append(distinct_name(clean_file_name(name), names))
    content = {f"{number}": f"{number}".encode() for number in range(len(names))}
    heading = HeaderValues(
        SiteAddress("course@example.net"), TOKEN, "Sky", "ada@example.org", "Files", DATE, "en",
        "generated",
    )  # fmt: skip
    for start in range(0, len(names), 100):
        some = list(enumerate(names))[start : start + 100]
        files = [
            File(
                name,
                sha256(content[str(number)]).hexdigest(),
                3,
                "image/jpeg",
                shown=False,
            )
            for number, name in some
        ]
        frozen = FrozenMessage(
            "", "", compose(heading, Body("text\n", "<p>text</p>", files), TOKEN)
        )
        mail = read(wire(frozen, content))
        attached = [(part.get_filename(), part.get_content()) for part in mail.iter_attachments()]
        assert attached == [(name, content[str(number)]) for number, name in some]
        assert mail.keys().count("Bcc") == 0
