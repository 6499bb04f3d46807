"""Transfer encodings: told, told wrongly, or not told at all."""

import base64
import quopri

import pytest
from support.raw_mails import mail, multipart

from maildriver.mail.message import read_files, read_mail
from maildriver.mail.mime.transfer_encoding import decode_transfer, uuencoded_files

TEXT = "Grüße aus Köln, es war Io und nicht Europa, da bin ich mir ganz sicher.\n" * 3
RAW = TEXT.encode()
BASE64 = base64.encodebytes(RAW)
QUOTED = quopri.encodestring(RAW)


@pytest.mark.parametrize(
    ("payload", "encoding"),
    [
        (BASE64, "base64"),
        (BASE64, "Base64"),
        (BASE64, ' "base64"; x=y'),
        (BASE64, "base-64"),
        (BASE64.replace(b"\n", b"\r\n"), "base64"),
        (b"\n \n" + BASE64.replace(b"\n", b""), "base64"),
        (BASE64.rstrip(b"=\n"), "base64"),
        (base64.encodebytes(RAW[:50]) + base64.encodebytes(RAW[50:]), "base64"),
        (QUOTED, "quoted-printable"),
        (QUOTED, "Quoted-Printable;"),
        (QUOTED, "quoted printable"),
        (QUOTED.replace(b"\n", b"\r\n"), "QUOTED-PRINTABLE"),
        (QUOTED.replace(b"=\n", b"= \n"), "quoted-printable"),
        (RAW, "8bit"),
        (RAW, "7-bit"),
        (RAW, "utf-8"),
        (RAW, ""),
    ],
)
def test_an_encoding_is_known_however_it_is_spelled(payload: bytes, encoding: str) -> None:
    content, oddity = decode_transfer(payload, encoding, text=True)
    assert (content.replace(b"\r\n", b"\n"), oddity) == (RAW, "")


@pytest.mark.parametrize(
    ("payload", "encoding", "content"),
    [
        (RAW, "base64", RAW),
        (b"Yes", "base64", b"Yes"),
        (b"stop\n", "base64", b"stop\n"),
        (b"It was Io.\n", "base64", b"It was Io.\n"),
        (b"Hello\n\nIt was Io, I think.\n", "base64", b"Hello\n\nIt was Io, I think.\n"),
        (BASE64 + b"\n-- \nA list: https://x.example\n", "base64",
         RAW.rstrip() + b"\n\n-- \nA list: https://x.example\n"),
        (BASE64, "", RAW),
        (BASE64, "7bit", RAW),
        (QUOTED, "", RAW),
        (QUOTED, "7bit", RAW),
        (b"x", "uuencode", b"x"),
    ],
)  # fmt: skip
def test_a_wrong_or_missing_encoding_loses_nothing_and_is_noted(
    payload: bytes, encoding: str, content: bytes
) -> None:
    found, oddity = decode_transfer(payload, encoding, text=True)
    assert found == content
    assert oddity


@pytest.mark.parametrize(
    "text",
    [
        b"a=1 and b=2\n", b"x = y\n=\nz\n", b"https://x.example/?a=1&b=C3\n",
        b"2 =3D? no, 2 = 3\n",
        b"E = mc=\n", b"Hello", b"SGVsbG8=\n", b"abcd\n", b"=====\nTitle\n=====\n",
        b"a" * 60 + b" b\n", b"0123456789" * 8 + b"\n", b"",
    ],
)  # fmt: skip
def test_what_only_looks_encoded_is_taken_as_it_stands(text: bytes) -> None:
    assert decode_transfer(text, "", text=True) == (text, "")


def test_a_file_is_decoded_as_it_says_and_no_better() -> None:
    assert decode_transfer(b"aGVsbG8=", "base64", text=False) == (b"hello", "")
    assert decode_transfer(b"aGVs\n!!\nbG8=", "base64", text=False) == (
        b"hello", "its base64 is broken",
    )  # fmt: skip
    assert decode_transfer(BASE64, "", text=False) == (BASE64, "")


def test_escapes_that_are_none_stay() -> None:
    assert (
        decode_transfer(b"1=2, =XY =C3=A4=", "quoted-printable", text=True)[0]
        == "1=2, =XY ä".encode()
    )


MAP = b"begin 644 map.txt\n#0V%T\n`\nend\n"


def test_an_uuencoded_file_in_a_text_is_a_file() -> None:
    raw = mail(f"Here is my map.\n\n{MAP.decode()}\nAnd what I saw.\n")
    found = read_mail(raw)
    assert [line for line in found.body.text.split("\n") if line] == [
        "Here is my map.", "And what I saw.",
    ]  # fmt: skip
    assert [(each.name, content) for each, content in read_files(raw)] == [("map.txt", b"Cat")]


def test_two_uuencoded_files_are_two() -> None:
    assert [found[2:] for found in uuencoded_files(MAP + b"between\n" + MAP)] == [
        (b"map.txt", b"Cat")
    ] * 2
    whole = mail(MAP.decode(), content_type="image/gif", content_transfer_encoding="x-uuencode")
    assert [content for _, content in read_files(whole)] == [b"Cat"]


@pytest.mark.parametrize(
    "text",
    ["begin 644 times with a map\nand then go on\nend\n", "begin\nend\n", "begin 666 a\n",
     "begin 644 a\nnot encoded at all\nend\n", "we begin 644 x\n#0V%T\nend\n"],
)  # fmt: skip
def test_a_text_that_begins_something_else_is_kept_whole(text: str) -> None:
    found = read_mail(mail(text))
    assert (found.body.text, found.files) == (text, ())


def test_a_uuencoded_file_that_breaks_off_is_kept_as_far_as_it_goes() -> None:
    found = read_mail(mail("See:\nbegin 644 a.txt\n#0V%T\n"))
    assert [(each.name, each.size) for each in found.files] == [("a.txt", 3)]


def test_a_text_may_hold_many_beginnings() -> None:
    read_mail(mail("begin 644 a\n" * 20_000))
    read_mail(multipart("Content-Type: text/plain\n\n" + MAP.decode() * 2000))
