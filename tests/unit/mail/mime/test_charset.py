"""Whatever the label of a text says: its letters are those that were written."""

import pytest

from maildriver.mail.message import read_mail
from maildriver.mail.mime.charset import codec_of, decode_text

RUSSIAN = "Я наблюдал вечером и увидел яркую звезду на западе"

#: How a text was written, the charset it was written in, and the one that it claims.
AS_CLAIMED = [
    ("Grüße “aus” Köln – schön", "cp1252", "iso-8859-1"),
    ("Grüße “aus” Köln", "cp1252", "us-ascii"),
    ("Voilà, été à Nîmes", "latin-1", "iso-8859-1"),
    ("Œuvre à 5 €", "iso8859-15", "iso-8859-15"),
    ("朱镕基在北京", "gb18030", "gb2312"),
    ("朱镕基在北京", "gb18030", "gbk"),
    ("嘅嚟喺", "big5hkscs", "big5-hkscs"),
    ("嘅嚟喺", "big5hkscs", "big5"),
    ("我覺得那是金星,5 €", "cp950", "big5"),
    ("똠방각하 나는", "cp949", "ks_c_5601-1987"),
    ("똠방각하 나는", "cp949", "euc-kr"),
    ("①あれは金星～", "cp932", "shift_jis"),
    ("あれは金星", "euc_jp", "euc-jp"),
    ("あれは金星", "iso2022_jp", "iso-2022-jp"),
    (RUSSIAN, "koi8-r", "koi8-r"),
    (RUSSIAN.upper(), "koi8-r", "koi8-r"),
    (RUSSIAN, "cp1251", "windows-1251"),
    ("Да, наверное.", "koi8-r", "koi8-r"),
    ("Да", "cp1251", "windows-1251"),
    ("Дякую, це була Венера, її видно", "koi8-u", "koi8-u"),
    ("Мислим да је то Венера, ђаче", "cp1251", "windows-1251"),
    ("אני חושב שזה היה נוגה", "iso8859-8", "iso-8859-8-i"),
    ("مرحبا بكم", "cp1256", "windows-1256"),
    ("ดาวศุกร์", "cp874", "tis-620"),
    ("Bence Venüs'tü, şimdi", "cp1254", "iso-8859-9"),
    ("Grüße, 1+1=2", "utf-7", "utf-7"),
    ("Grüße", "utf-7", "unicode-1-1-utf-7"),
    ("Grüße", "utf-16", "utf-16"),
    ("Grüße", "utf-16-be", "utf-16be"),
    ("Grüße", "utf-16-le", "utf-16"),
    ("Grüße", "utf-8-sig", "utf-8"),
]


@pytest.mark.parametrize(("text", "charset", "label"), AS_CLAIMED)
def test_a_label_is_read_as_its_users_mean_it(text: str, charset: str, label: str) -> None:
    assert decode_text(text.encode(charset), label) == (text, "")


LIES = [
    ("Grüße", "utf-8", "iso-8859-1"),
    ("Grüße", "utf-8", "us-ascii"),
    ("Grüße", "utf-8", "utf-16"),
    ("Grüße", "utf-8", "utf-7"),
    ("Grüße", "cp1252", "utf-8"),
    ("ü", "latin-1", "utf-8"),
    ("Grüße", "cp1252", "utf-7"),
    ("Grüße", "utf-16", "utf-8"),
    ("안녕하세요", "utf-8", "euc-kr"),
    ("あれは金星だと", "utf-8", "shift_jis"),
    (RUSSIAN, "utf-8", "koi8-r"),
    (RUSSIAN, "cp1251", "koi8-r"),
    (RUSSIAN, "koi8-r", "windows-1251"),
    (RUSSIAN, "cp1251", "iso-8859-1"),
    (RUSSIAN, "koi8-r", "utf-8"),
    ("Да, наверное", "cp1251", "us-ascii"),
    ("我觉得那是金星", "gb18030", "utf-8"),
    ("あれは金星だと", "euc_jp", "iso-8859-1"),
    ("Νομίζω ότι ήταν", "cp1253", "iso-8859-1"),
    ("déjà", "cp1252", "x-unknown"),
    ("Grüße", "utf-8", "1"),
    ("Grüße", "cp1252", "1"),
    ("Grüße", "utf-8", "idna"),
]


@pytest.mark.parametrize(("text", "charset", "label"), LIES)
def test_a_label_that_lies_loses_no_letter_and_is_noted(
    text: str, charset: str, label: str
) -> None:
    assert decode_text(text.encode(charset), label) == (text, f"it is no {label}")


@pytest.mark.parametrize(
    ("label", "codec"),
    [
        ("UTF8", "utf-8"), ("uft-8", "utf-8"), ('"utf-8"', "utf-8"), ("utf-8 euao6y", "utf-8"),
        ("charset=utf-8", "utf-8"), ("utf-8;", "utf-8"), ("utf8mb4", "utf-8"),
        ("cp-850", "cp850"), ("cp-1252", "cp1252"), ("windows-1251http-equiv", "windows-1251"),
        ("iso-8859-1", "cp1252"), ("latin1", "cp1252"), ("x-sjis", "cp932"),
        ("", ""), ("1", ""), ("idna", ""), ("rot13", ""), ("hex", ""), ("a\0b", ""),
    ],
)  # fmt: skip
def test_a_label_is_known_however_it_is_spelled(label: str, codec: str) -> None:
    assert codec_of(label) == codec


def test_no_label_is_no_oddity() -> None:
    assert decode_text("Grüße".encode(), "") == ("Grüße", "")
    assert decode_text(b"Hello", "x-unknown") == ("Hello", "")


def test_one_broken_letter_spoils_no_other() -> None:
    raw = ("Schöne Grüße und " * 20).encode() + b"\xc3 aus K\xc3\xb6ln"
    text, _ = decode_text(raw, "utf-8")
    assert text.startswith("Schöne Grüße")
    assert text.endswith("\ufffd aus Köln")


def test_a_sign_that_phones_add_to_iso_2022_jp_is_read() -> None:
    raw = b'\x1b$B$"$l$O-!\x1b(B abc \x1b(I\x31\x1b(B'
    assert decode_text(raw, "iso-2022-jp") == ("あれは① abc ｱ", "")


@pytest.mark.parametrize("label", ["", "utf-8", "gb2312", "koi8-r", "iso-2022-jp", "utf-16", "x"])
def test_any_bytes_are_read_as_something(label: str) -> None:
    every = bytes(range(256)) * 8
    for raw in (every, b"\xff\xfe" + every, b"\x1b$B" + every, every[::-1]):
        text, _ = decode_text(raw, label)
        text.encode()


def test_encoded_words_of_a_subject_are_joined_before_they_are_read() -> None:
    halves = "=?utf-8?q?Gr=C3?= =?utf-8?q?=BC=C3=9Fe?="
    assert read_mail(f"From: a@b.example\nSubject: {halves}\n\nx".encode()).subject == "Grüße"
    chinese = "=?gb2312?b?1uzpRrv5?="
    assert read_mail(f"From: a@b.example\nSubject: {chinese}\n\nx".encode()).subject == "朱镕基"
