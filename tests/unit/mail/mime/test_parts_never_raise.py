"""Whatever becomes of a wrapping on its way: reading it never raises, nor takes long."""

import base64
import random
from collections.abc import Callable

import pytest
from support.deadlines import is_done_within
from support.raw_mails import mail, multipart
from support.shipped_words import explain
from support.tnef_writer import compressed, file, message, tnef

from maildriver.mail.explain_text import text_of
from maildriver.mail.kind.classify import SenderFacts, classify
from maildriver.mail.message import read_files, read_mail
from maildriver.mail.prescan import prescan

RTF = rb"{\rtf1\ansi\fromhtml1{\fonttbl{\f0\fcharset204 A;}}{\*\htmltag64 <p>}\f0 \'e4\u1076?\par}"
WINMAIL = tnef(message(text="Io.", rtf=compressed(RTF)), file("map.pdf", b"0123456789"))
SIGNED = bytes.fromhex(
    "308006092a864886f70d010702a0803080020101310f300d06096086480165030402010500308006092a"
    "864886f70d010701a0802480040a46726f6d3a20610a0a4904036f2e0a00000000000000000000000000"
)
CALENDAR = (
    "BEGIN:VCALENDAR\nMETHOD:REPLY\nPRODID:-//Google Inc//\nBEGIN:VEVENT\n"
    'ATTENDEE;CN="Anna";X-RESPONSE-COMMENT="I come":mailto:a@b.example\nCOMMENT:a\\,b\n'
)


def _encoded(content: bytes, kind: str) -> str:
    body = base64.encodebytes(content).decode()
    return f"Content-Type: {kind}\nContent-Transfer-Encoding: base64\n\n{body}"


SEEDS = [
    multipart("Content-Type: text/plain\n\n \n", _encoded(WINMAIL, "application/ms-tnef")),
    multipart(_encoded(SIGNED, "application/pkcs7-mime; name=smime.p7m")),
    multipart(
        "Content-Type: text/plain; charset=koi8-r\n\nAnna has accepted.\n",
        f"Content-Type: text/calendar; method=REPLY\n\n{CALENDAR}", kind="alternative",
    ),
    multipart(
        "Content-Type: text/plain; format=flowed; delsp=yes\n\nLook \n> at \n>From it\n-- \nA\n",
        "Content-Type: message/rfc822\n\nFrom: b@c.example\nSubject: =?gb2312?b?1uzpRrv5?=\n"
        "Content-Type: multipart/mixed; boundary=in\n\n--in\n\nInner.\n--in--\n",
        'Content-Type: text/html; charset=iso-2022-jp\n\n<p>\x1b$B$"\x1b(B <b>x</b>\n',
    ),
    mail("begin 644 map.txt\n#0V%T\n`\nend\nGr=C3=BC=C3=9Fe\n", content_type="text/enriched"),
    mail("-----BEGIN PGP SIGNED MESSAGE-----\n\nIo.\n-----BEGIN PGP SIGNATURE-----\n"),
    mail("--x\nContent-Type: text/plain\n\nIo.\n--x--\n", content_type="multipart/mixed"),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(len(SEEDS)))
def test_a_wrapping_that_was_damaged_is_read_as_far_as_it_goes(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(40):
        raw = bytearray(SEEDS[seed])
        for _ in range(chance.randint(1, 6)):
            place = chance.randrange(len(raw))
            end = place + chance.choice((1, 1, 4, 40))
            raw[place:end] = chance.choice(
                (b"", b"\0", b"\n", b"=", b'"', b"\xff\xfe", b"\r", raw[place:end] * 2)
            )
        _whole(bytes(raw))


@pytest.mark.parametrize("content", [WINMAIL, SIGNED], ids=["winmail.dat", "signed"])
def test_bytes_of_a_wrapping_that_were_changed_harm_nothing(content: bytes) -> None:
    chance = random.Random(1)
    kind = "application/ms-tnef" if content is WINMAIL else "application/pkcs7-mime"
    for _ in range(80):
        raw = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
        _whole(multipart(_encoded(bytes(raw), kind)))


def _whole(raw: bytes) -> None:
    found = read_mail(raw)
    assert classify(found, SenderFacts()).rule
    assert [each for each, _ in read_files(raw)] == list(found.files)
    text_of(explain("x", raw))
    repr(found).encode()


WORDS = "It was Io, I think, and Europa stood beside it, as bright as ever. "


def _tower(kind: str, wrap: Callable[[bytes], bytes]) -> bytes:
    """Return a mail within a mail, and so on, each of them encoded."""
    raw = b"From: a@b.example\n\nThe innermost.\n"
    while len(raw) < 700_000:
        raw = b"From: a@b.example\n" + _encoded(wrap(raw), kind).encode()
    return raw


def _signed(content: bytes) -> bytes:
    """Return what OpenSSL would sign, as far as it is read."""
    head = SIGNED[: SIGNED.index(b"\x24\x80\x04")]
    return head + b"\x24\x80\x04\x84" + len(content).to_bytes(4, "big") + content


LARGE: dict[str, Callable[[], bytes]] = {
    "many texts": lambda: multipart(*[f"Content-Type: text/plain\n\n{WORDS}"] * 350),
    "many pages of HTML": lambda: multipart(*[f"Content-Type: text/html\n\n<p>{WORDS}"] * 350),
    "two long forms": lambda: multipart(
        f"Content-Type: text/plain\n\n{WORDS * 3000}",
        f"Content-Type: text/html\n\n<p>{WORDS * 9000}",
    ),
    "long base64": lambda: mail(
        base64.encodebytes(WORDS.encode() * 30_000).decode(), content_transfer_encoding="base64"
    ),
    "base64 that does not say so": lambda: mail(
        base64.encodebytes(WORDS.encode() * 20_000).decode()
    ),
    "escapes": lambda: mail("=C3=BC" * 150_000 + "\n"),
    "signs of equality": lambda: mail("= " * 500_000),
    "beginnings": lambda: mail("begin 644 a\n#0V%T\n" * 60_000),
    "Russian that says it is Latin": lambda: mail(
        base64.encodebytes(("Я думаю, это Ио. " * 40_000).encode("cp1251")).decode(),
        content_type="text/plain; charset=iso-8859-1", content_transfer_encoding="base64",
    ),
    "broken UTF-8": lambda: mail(
        base64.encodebytes("Größe ".encode() * 50_000 + b"\xc3(").decode(),
        content_type="text/plain; charset=utf-8", content_transfer_encoding="base64",
    ),
    "enriched": lambda: mail("<<<bold>" * 100_000, content_type="text/enriched"),
    "lines that flow": lambda: mail("a \n" * 100_000, content_type="text/plain; format=flowed"),
    "a calendar": lambda: multipart(
        f"Content-Type: text/calendar; method=REPLY\n\n{CALENDAR * 5000}"
    ),
    "escaped lines": lambda: mail(">From me\n" * 9000),
    "boundaries": lambda: mail("--a\nContent-Type: x\n" * 190, content_type="multipart/mixed"),
    "a tower of encoded mails": lambda: _tower("message/rfc822", lambda raw: raw),
    "a tower of signed mails": lambda: _tower("application/pkcs7-mime", _signed),
    "clear signed": lambda: mail("-----BEGIN PGP SIGNED MESSAGE-----\n" * 390),
}  # fmt: skip


@pytest.mark.alone
@pytest.mark.parametrize("name", LARGE)
def test_a_large_mail_is_explained_within_a_second(name: str) -> None:
    raw = LARGE[name]()
    assert prescan(raw) is None
    assert is_done_within(1, lambda: explain("x", raw))
