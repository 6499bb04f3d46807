"""How programs put a mail together, and take it apart: the words are found, all of them, once."""

import base64

import pytest
from support.raw_mails import mail, multipart

from maildriver.mail.message import read_mail

PNG = 'Content-Type: image/png; name="moon.png"\nContent-Disposition: inline\n\npng'


def nested(kind: str, *parts: str, at: str = "in") -> str:
    """Return parts within a part."""
    body = "".join(f"--{at}\n{part}\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{at}"\n\n{body}--{at}--\n'


def plain(text: str, more: str = "") -> str:
    return f"Content-Type: text/plain; charset=utf-8{more}\n\n{text}"


def html(text: str) -> str:
    return f"Content-Type: text/html; charset=utf-8\n\n<html><body>{text}</body></html>"


LINES = "It was Io.\nI am sure.\n"
LAYOUTS = {
    "one part": mail(LINES, content_type="text/plain"),
    "no type": mail(LINES),
    "a type that is none": mail(LINES, content_type="text"),
    "an empty type": mail(LINES, content_type='""'),
    "alternative": multipart(plain(LINES), html("It was Io.<br>I am sure."), kind="alternative"),
    "alternative in mixed": multipart(
        nested("alternative", plain(LINES), html("It was Io.<br>I am sure.")), PNG
    ),
    "mixed in related in alternative": multipart(
        plain(LINES),
        nested("related", nested("mixed", html("It was Io.<br>I am sure."), PNG, at="a"), PNG),
        kind="alternative",
    ),
    "alternative in mixed in related": multipart(
        nested("mixed", nested("alternative", plain(LINES), html("It was"), at="a"), PNG),
        kind="related",
    ),
    "HTML only": mail("<p>It was Io.<br>I am sure.</p>", content_type="text/html"),
    "HTML only, in related": multipart(html("It was Io.<br>I am sure."), PNG, kind="related"),
    "HTML and plain text that are no alternatives, but say the same": multipart(
        plain(LINES), html("<p>It was Io.<br>I am sure.</p>")
    ),
    "a picture between two texts": multipart(plain("It was Io."), PNG, plain("I am sure.")),
    "a picture between two texts of HTML": multipart(html("It was Io."), PNG, html("I am sure.")),
    "Apple's alternatives": multipart(
        plain(LINES), nested("mixed", html("It was Io."), PNG, html("I am sure.")),
        kind="alternative",
    ),
    "Exchange behind Apple": multipart(
        plain("It was Io."), PNG,
        'Content-Type: text/plain; name="ATT00001.txt"\n'
        'Content-Disposition: attachment; filename="ATT00001.txt"\n\nI am sure.\n',
    ),
    "inline parts": multipart(
        "Content-Type: text/plain\nContent-Disposition: inline\n\nIt was Io.",
        "Content-Type: text/plain\nContent-Disposition: inline\n\nI am sure.",
    ),
    "an attachment without a name": multipart(
        "Content-Type: text/plain\nContent-Disposition: attachment\n\n" + LINES, PNG
    ),
    "a phone's gateway": multipart(
        'Content-Type: text/plain; name="text_0.txt"\nContent-Location: text_0.txt\n\n' + LINES,
        PNG, kind="related",
    ),
    "HTML, and a list's plain footer": multipart(
        html("It was Io.<br>I am sure."),
        plain("_______________\nAstronomy mailing list\nhttps://lists.example/mailman/listinfo/a"),
    ),
    "the same text twice": multipart(plain(LINES), plain(LINES), kind="alternative"),
    "forms that no one reads": multipart(
        plain(LINES), "Content-Type: text/x-amp-html\n\n<html amp4email>x", html("It was"),
        "Content-Type: text/watch-html\n\n<b>x</b>", kind="alternative",
    ),
    "no boundary": mail(
        f"--cut\n{plain(LINES)}\n--cut--\n", content_type="multipart/mixed"
    ),
    "another boundary": mail(
        f"Preamble\n--cut\n{plain(LINES)}\n--cut\n{PNG}\n--cut--\n",
        content_type="multipart/mixed; boundary=other",
    ),
    "a boundary that never comes": mail(LINES, content_type="multipart/mixed; boundary=x"),
    "no last boundary": mail(f"--x\n{plain(LINES)}", content_type="multipart/mixed; boundary=x"),
    "a multipart that is encoded": mail(
        base64.encodebytes(f"--x\n{plain(LINES)}\n--x--\n".encode()).decode(),
        content_type="multipart/mixed; boundary=x", content_transfer_encoding="base64",
    ),
    "text where HTML is told": mail(LINES, content_type="text/html"),
    "HTML where text is told": mail(
        "<!DOCTYPE html>\n<html><p>It was Io.<br>I am sure.</p></html>\n",
        content_type="text/plain",
    ),
    "a blank line first": b"\r\n\n" + mail(LINES),
    "a mailbox's line first": b"From anna@example.org Tue Nov 24 10:15:00 2026\n" + mail(LINES),
    "a mailbox's line that was escaped": b">From anna@example.org Tue Nov 24\n" + mail(LINES),
    "carriage returns only": mail(LINES).replace(b"\n", b"\r"),
    "ends of both kinds": mail(LINES).replace(b"\n", b"\r\n", 2),
    "no line between header and text": mail(LINES).replace(b"\n\n", b"\n"),
    "enriched": mail(
        "<bold>It\nwas</bold> Io.\n\n<color><param>red</param>I am</color> sure.\n",
        content_type="text/enriched",
    ),
    "richtext": mail("It was Io.<nl>I <bold>am</bold> sure.<nl>", content_type="text/richtext"),
    "rich text format": mail(r"{\rtf1 It was Io.\par I am sure.\par}", content_type="text/rtf"),
    "Markdown": mail(LINES, content_type="text/markdown"),
    "a gateway's report": multipart(plain(LINES), kind="report"),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_words_are_found_once_and_in_their_order(name: str) -> None:
    from support.shipped_words import explain

    found = explain("x", LAYOUTS[name])
    assert [line for line in found.reply.split("\n") if line] == ["It was Io.", "I am sure."]
    assert found.kind == "post"


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_read_as_text_is_no_file(name: str) -> None:
    named = {"text_0.txt"} if name == "a phone's gateway" else set()
    assert {each.name for each in read_mail(LAYOUTS[name]).files} - named <= {"moon.png"}


def test_html_and_plain_text_that_say_different_things_are_both_read() -> None:
    raw = multipart(plain("Anna's answer is below, I only pass it."), html("It was <b>Io</b>."))
    assert read_mail(raw).body.text == "Anna's answer is below, I only pass it.\nIt was Io."


@pytest.mark.parametrize(
    "meta",
    ['<meta charset="koi8-r">',
     '<META http-equiv="Content-Type" content="text/html; charset=koi8-r">'],
)  # fmt: skip
def test_html_may_name_its_charset_itself(meta: str) -> None:
    page = f"<html><head>{meta}</head><body><p>Да, Ио.</p></body></html>".encode("koi8-r")
    raw = b"From: anna@example.org\nContent-Type: text/html\n\n" + page
    assert (read_mail(raw).body.text, read_mail(raw).oddities) == ("Да, Ио.", ())


def test_a_text_file_beside_words_is_a_file() -> None:
    file = 'Content-Type: text/plain; name="notes.txt"\nContent-Disposition: inline\n\nnotes'
    found = read_mail(multipart(plain("See my notes."), file))
    assert found.body.text.strip() == "See my notes."
    assert [each.name for each in found.files] == ["notes.txt"]


def test_an_attached_text_is_a_file_even_if_there_is_nothing_else() -> None:
    file = 'Content-Type: text/plain\nContent-Disposition: attachment; filename="a.txt"\n\nx'
    found = read_mail(multipart(file))
    assert (found.body.text, [each.name for each in found.files]) == ("", ["a.txt"])


def test_a_line_that_a_mailbox_escaped_is_no_quotation() -> None:
    assert (
        read_mail(mail("Look:\n>From here it is easy.\n")).body.text
        == "Look:\nFrom here it is easy.\n"
    )
    quoted = "> You wrote\n>From here it is easy.\n"
    assert read_mail(mail(quoted)).body.text == quoted


def test_lines_that_flow_are_joined_as_they_were_written() -> None:
    flowed = "text/plain; format=Flowed; DelSp=no"
    body = (
        "A long \nline.\n \n From the moon.\n  two spaces\n> quoted \n> on\n> -- \n> Bob\n"
        ">> deeper \n> not on\n>no space\n> > a mark\nends \n-- \nAnna \nSmith\n"
    )
    assert read_mail(mail(body, content_type=flowed)).body.text.split("\n") == [
        "A long line.", "", "From the moon.", " two spaces", "> quoted on", "> --", "> Bob",
        ">> deeper", "> not on", "> no space", "> > a mark", "ends", "-- ", "Anna Smith", "",
    ]  # fmt: skip


def test_richer_forms_of_text_keep_their_signs() -> None:
    enriched = "a << b<excerpt>q</excerpt>c\n\n\nd <nofill>e\nf</nofill><x>\n<broken"
    assert read_mail(
        mail(enriched, content_type="text/enriched")
    ).body.text == "a < bq\nc\n\nd e\nf \n<broken".replace("f \n", "f ")
    assert read_mail(mail("a<lt>b<np>c", content_type="text/richtext")).body.text == "a<b\n\nc"


@pytest.mark.parametrize("raw", [b"", b"\n\n", b">From ", b"From ", b"--x", b"\0" * 10])
def test_nothing_is_read_as_nothing(raw: bytes) -> None:
    assert read_mail(raw).sender is None
