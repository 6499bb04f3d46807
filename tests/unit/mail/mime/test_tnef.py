"""winmail.dat: what Outlook writes to other Outlooks, and what is read out of it all the same."""

import base64
import struct

import pytest
from support.deadlines import is_done_within
from support.raw_mails import mail, multipart
from support.shipped_words import explain
from support.tnef_writer import (
    BODY,
    CLASS,
    CODE_PAGE,
    FILE_BEGINS,
    FILE_BYTES,
    FILE_TITLE,
    P_TEXT,
    PROPERTIES,
    STRING,
    UNICODE,
    attached_message,
    attribute,
    compressed,
    file,
    message,
    prop,
    props,
    tnef,
)

from maildriver.mail.kind.classify import SenderFacts, classify
from maildriver.mail.message import read_files, read_mail
from maildriver.mail.mime.rtf import decompressed, read_rtf
from maildriver.mail.mime.tnef import read_tnef

RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromtext \fbidi \deff0{\fonttbl{\f0\fswiss Arial;}"
    rb"{\f1\fmodern\fcharset204 Courier;}}{\colortbl\red0;}{\*\generator Riched20 10.0;}"
    rb"\uc1\pard\plain Gr\'fc\'dfe aus K\u246?ln, \f1 \'e4\'e0\f0\par "
    rb"{\pict\bin4 }{\\}Zweite Zeile: \{x\} \ldblquote Io\rdblquote\par}"
)
HTML = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1 \fbidi \deff0{\fonttbl{\f0\fswiss Arial;}}"
    rb"{\*\htmltag64 <html>}{\*\htmltag64 <body>}\htmlrtf {\b \htmlrtf0 {\*\htmltag84 <p>}"
    rb"Io {\*\htmltag84 &lt;}\htmlrtf <\htmlrtf0  Europa, sch\'f6n{\*\htmltag92 </p>}"
    rb"\htmlrtf \par}\htmlrtf0 {\*\htmltag64 <div id=3D"
    rb'"divRplyFwdMsg">}From: Course{\*\htmltag64 </div>}}'
).replace(b"=3D", b"=")


def winmail(content: bytes, text: str = "", **headers: str) -> bytes:
    """Return a mail with winmail.dat as Exchange sends it."""
    encoded = base64.encodebytes(content).decode()
    part = (
        'Content-Type: application/ms-tnef; name="winmail.dat"\n'
        f"Content-Transfer-Encoding: base64\n\n{encoded}"
    )
    return multipart(f"Content-Type: text/plain\n\n{text}", part, **headers)


BODIES = {
    "text of the code page": tnef(
        attribute(CODE_PAGE, struct.pack("<II", 1251, 0)),
        attribute(BODY, "Ио, я думаю.\0".encode("cp1251")),
    ),
    "text in Unicode": tnef(message(kind=b"IPM.Note\0", text="Ио, я думаю.")),
    "HTML in UTF-8": tnef(message(page=65001, html="<p>Ио, <b>я</b> думаю.</p>".encode())),
    "HTML of a code page": tnef(message(page=1251, html="<p>Ио, я думаю.</p>".encode("cp1251"))),
    "no code page": tnef(attribute(CLASS, b"IPM\0"), attribute(BODY, "Ио, я думаю.".encode())),
    "text behind properties of all kinds": tnef(
        attribute(
            PROPERTIES,
            props(
                prop(0x000B, 0x0E1B, 1),
                struct.pack("<HHQ", 0x0040, 0x0039, 7),
                struct.pack("<HHI", 0x1003, 0x6001, 2) + bytes(8),
                struct.pack("<HHI", 0x101F, 0x6002, 2) + struct.pack("<I4sI4s", 2, b"", 4, b"a"),
                struct.pack("<HH16sII", 0x001E, 0x8001, b"", 1, 5) + b"a\0b\0c   "
                + struct.pack("<II4s", 1, 3, b"xyz"),
                prop(STRING, 0x8005, b"named\0"),
                prop(UNICODE, P_TEXT, "Ио, я думаю."),
            ),
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_the_text_of_winmail_dat_is_read_where_there_is_no_other(name: str) -> None:
    found = read_mail(winmail(BODIES[name]))
    assert found.body.text.strip() == "Ио, я думаю."
    assert found.files == ()
    assert "winmail.dat" in found.body.chosen_parts[0]


def test_rtf_is_read_as_text() -> None:
    found = read_mail(winmail(tnef(message(rtf=compressed(RTF)))))
    assert found.body.text.split("\n") == [
        "Grüße aus Köln, да", "Zweite Zeile: {x} “Io”", "",
    ]  # fmt: skip


def test_html_that_is_hidden_in_rtf_is_read_and_cut_as_html() -> None:
    found = explain("x", winmail(tnef(message(rtf=compressed(HTML)))))
    assert found.reply == "Io < Europa, schön"
    assert "From: Course" in found.elided


def test_text_beside_winmail_dat_is_preferred() -> None:
    raw = winmail(tnef(message(text="Io, again"), file("map.pdf", b"pdf")), text="Io.")
    assert read_mail(raw).body.text.strip() == "Io."
    assert [each.name for each in read_mail(raw).files] == ["map.pdf"]


def test_files_are_listed_with_their_names_and_their_bytes() -> None:
    content = tnef(
        message(text="Here."),
        file("Zeichnung – größer.png", b"png", "image/png", "img@1"),
        file("../../etc/passwd", b"x"),
        attribute(FILE_BEGINS, bytes(14), 2)
        + attribute(FILE_TITLE, b"plan.txt\0", 2)
        + attribute(FILE_BYTES, b"plan", 2),
    )
    raw = winmail(content)
    found = read_mail(raw)
    assert [(each.name, each.media_type, each.size, each.inline) for each in found.files] == [
        ("Zeichnung _ größer.png", "image/png", 3, True),
        ("passwd", "application/octet-stream", 1, False),
        ("plan.txt", "application/octet-stream", 4, False),
    ]
    assert [content for _, content in read_files(raw)] == [b"png", b"x", b"plan"]
    assert found.body.text.strip() == "Here."


def test_a_mail_that_is_attached_within_is_passed_on() -> None:
    inner = tnef(message(text="They were bright.", subject="Moons", sender="Bob"))
    raw = winmail(tnef(message(text="Look."), attached_message(inner)))
    found = read_mail(raw)
    assert classify(found, SenderFacts()).kind == "forward"
    assert "From: Bob\nSubject: Moons\n\nThey were bright." in found.body.full_text
    assert found.body.full_text.startswith("Look.")


def test_a_lone_winmail_dat_is_the_mail() -> None:
    encoded = base64.encodebytes(tnef(message(text="Io."))).decode()
    raw = mail(encoded, content_type="application/ms-tnef", content_transfer_encoding="base64")
    assert read_mail(raw).body.text.strip() == "Io."


@pytest.mark.parametrize(
    "kind", [b"IPM.Schedule.Meeting.Resp.Pos\0", b"IPM.Microsoft Schedule.MtgRespP\0"]
)
def test_an_answer_to_an_invitation_is_a_calendars(kind: bytes) -> None:
    for content in (tnef(attribute(CLASS, kind)), tnef(message(kind=kind))):
        assert classify(read_mail(winmail(content)), SenderFacts()).kind == "calendar"


def test_a_read_receipt_of_outlook_is_one() -> None:
    raw = winmail(tnef(attribute(CLASS, b"REPORT.IPM.Note.IPNRN\0")), subject="Read: 3. Moons")
    assert classify(read_mail(raw), SenderFacts()).kind == "read-receipt"


WHOLE = tnef(
    message(text="Io.", html=b"<p>Io.</p>", rtf=compressed(RTF)),
    file("map.pdf", b"0123456789"),
    attached_message(tnef(message(text="inner"), file("b.txt", b"b"))),
)


def test_any_beginning_of_it_is_read_as_far_as_it_goes() -> None:
    for size in range(len(WHOLE)):
        found = read_tnef(WHOLE[:size])
        assert (found is None) == (size < 6)
    assert read_tnef(b"PK" + WHOLE) is None


def test_a_length_that_lies_harms_nothing() -> None:
    for place in range(6, len(WHOLE) - 4, 13):
        for lie in (b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\x00\x00\x00\x00"):
            read_mail(winmail(WHOLE[:place] + lie + WHOLE[place + 4 :]))


@pytest.mark.alone
@pytest.mark.parametrize(
    "content",
    [
        tnef(attribute(CODE_PAGE, b"") * 300_000),
        tnef(attribute(FILE_BEGINS, b"") * 300_000),
        tnef(attribute(PROPERTIES, props(*[prop(0x0003, 0x6000, 1)] * 300_000))),
        tnef(message(rtf=compressed(b"{" * 5000 + b"x"))),
        tnef(message(rtf=struct.pack("<II4sI", 9, 1 << 31, b"LZFu", 0) + b"\xff\0\0" * 900_000)),
        tnef(message(rtf=struct.pack("<II4sI", 1 << 31, 1 << 31, b"MELA", 0) + RTF * 20_000)),
    ],
    ids=["attributes", "files", "properties", "groups", "repeats", "long"],
)
def test_a_bomb_is_read_within_a_second(content: bytes) -> None:
    assert is_done_within(1, lambda: read_tnef(content))


def test_compressed_rtf_that_breaks_off_is_read_to_there() -> None:
    packed = compressed(RTF)
    assert decompressed(packed) == RTF
    assert RTF.startswith(decompressed(packed[:200]))
    assert "Köln" in read_rtf(decompressed(packed[:-20])).text
    assert read_rtf(b"no rtf").text == ""


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1 a\u8364?b\u-10179?\u-8704?}", "a€b\U0001f600"),
        (rb"{\rtf1\uc0 \u937 m}", "Ωm"),
        (rb"{\rtf1\ansicpg932 \'82\'a0}", "あ"),
        (rb"{\rtf1 a\line b\tab c}", "a\nb\tc"),
        (rb"{\rtf1 {\*\unknown hidden}shown{\info{\author A}}}", "shown"),
        (rb"{\rtf1 {\field{\*\fldinst HYPERLINK x}{\fldrslt link}}}", "link"),
        (rb"{\rtf1 }}}}x{", "x"),
        (rb"{\rtf1 \'zz\uc \u \f}", "zz"),
    ],
)  # fmt: skip
def test_the_words_of_rtf_are_read(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf).text == text
