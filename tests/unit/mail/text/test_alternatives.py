"""Which of two forms of a text is read; and mails that come within a mail."""

import base64

import pytest
from support.raw_mails import mail, multipart
from support.shipped_words import explain

from maildriver.mail.kind.classify import SenderFacts, classify
from maildriver.mail.message import read_files, read_mail

HTML = "Content-Type: text/html\n\n<p>It was Io, I think, and Europa stood beside it.</p>"
WORDS = "It was Io, I think, and Europa stood beside it."


def forms(plain: str, html: str = HTML) -> bytes:
    return multipart(f"Content-Type: text/plain\n\n{plain}", html, kind="alternative")


STUBS = {
    "": "its plain text is empty",
    " \n\n": "its plain text is empty",
    "Please view this message in your browser.": "asks to read that",
    "This message is in HTML format.": "asks to read that",
    "Your mail client does not support HTML.": "asks to read that",
    "Ihr Programm zeigt kein HTML an.": "asks to read that",
    "Su correo: abra este mensaje en su navegador": "asks to read that",
    "[image: image.png]": "pictures only",
    "[cid:image001.png@01DA.5B]\n[Image]\n": "pictures only",
    "<image0.jpeg>\n\ufffc": "pictures only",
    "Обратитесь к версии": "says something else",
    "-- \nAnna Smith": "empty but for its end",
    "Sent from my iPhone": "empty but for its end",
}


@pytest.mark.parametrize("stub", STUBS)
def test_html_is_read_where_the_plain_text_is_a_stub(stub: str) -> None:
    found = read_mail(forms(stub))
    assert found.body.text == WORDS
    assert STUBS[stub] in found.body.chosen_parts[0]


@pytest.mark.parametrize(
    "plain",
    ["Yes", "Io", "It was Io.", WORDS, "[image: moon.png] It was Io.", "Look at the html in it",
     "I saw it in my browser"],
)  # fmt: skip
def test_a_short_plain_text_is_no_stub(plain: str) -> None:
    assert read_mail(forms(plain, f"Content-Type: text/html\n\n<p>{plain}</p>")).body.text == plain


def test_a_signature_that_both_forms_have_is_a_stub_without_words_above_it() -> None:
    html = f"{HTML.removesuffix('</p>')}<br>-- <br>Anna Smith</p>"
    assert read_mail(forms("-- \nAnna Smith\n", html)).body.text.startswith(WORDS)


def test_a_stub_without_anything_better_is_kept() -> None:
    picture = 'Content-Type: text/html\n\n<img src="cid:1">'
    assert read_mail(forms("[image: moon.png]", picture)).body.text == "[image: moon.png]"


def test_plain_text_that_is_html_is_read_as_that() -> None:
    source = "<html><body><p>It was Io.</p></body></html>"
    found = read_mail(mail(source, content_type="text/plain"))
    assert (found.body.text, found.oddities) == ("It was Io.", ("it is HTML",))


def test_a_text_about_html_is_not() -> None:
    text = "Is this right? <html><body>Hello</body></html> It shows nothing."
    assert read_mail(mail(text)).body.text == text


# -- a mail within a mail ----------------------------------------------------------

INNER = (
    "From: Bob <bob@example.org>\nDate: Tue, 24 Nov 2026 10:15:00 +0000\nSubject: The moons\n"
    "Message-ID: <1@example.org>\n"
)


def within(inner: str, text: str = "Look at it.", more: str = "", **headers: str) -> bytes:
    attached = f"Content-Type: message/rfc822{more}\n\n{inner}"
    return multipart(f"Content-Type: text/plain\n\n{text}\n", attached, **headers)


def layer(words: str, *parts: str, at: str) -> str:
    """Return a mail of Bob's with parts."""
    more = "".join(f"--{at}\n{part}\n" for part in parts)
    kind = f"Content-Type: multipart/mixed; boundary={at}\n\n"
    return f"{INNER}{kind}--{at}\n\n{words}\n{more}--{at}--\n"


def test_a_mail_that_is_attached_is_passed_on_with_all_that_is_said() -> None:
    file = 'Content-Type: image/png; name="moon.png"\n\npng'
    raw = within(layer("They were bright.", file, at="in"))
    found = explain("x", raw)
    assert found.kind == "forward"
    assert found.reply == (
        "Look at it.\n\n\n---------- Forwarded message ----------\nFrom: Bob\n"
        "Date: Tue, 24 Nov 2026 10:15:00 +0000\nSubject: The moons\n\nThey were bright."
    )
    assert [(each.name, content) for each, content in read_files(raw)] == [("moon.png", b"png")]


def test_a_mail_that_is_attached_and_encoded_is_read() -> None:
    inner = base64.encodebytes(f"{INNER}\nThey were bright.\n".encode()).decode()
    raw = within(inner, more="\nContent-Transfer-Encoding: base64")
    assert explain("x", raw).reply.endswith("Subject: The moons\n\nThey were bright.")


def test_a_mail_that_is_nothing_but_another_is_a_forward() -> None:
    raw = mail(f"{INNER}\nThey were bright.\n", content_type="message/rfc822")
    found = explain("x", raw)
    assert (found.kind, found.reply.endswith("They were bright.")) == ("forward", True)


def test_the_mail_that_is_answered_is_quoted_if_it_is_attached() -> None:
    raw = within(f"{INNER}\nWhich was it?\n", "It was Io.", in_reply_to="<1@example.org>")
    found = explain("x", raw)
    assert (found.kind, found.reply) == ("post", "It was Io.")
    assert "Which was it?" in found.elided


def test_mails_within_mails_are_shown_to_some_depth() -> None:
    inner = f"{INNER}\nThe innermost."
    for number in range(6):
        inner = layer(
            f"Layer {number}.", f"Content-Type: message/rfc822\n\n{inner}", at=f"b{number}"
        )
    found = explain("x", within(inner))
    assert "Layer 5." in found.reply
    assert "Layer 3." in found.reply
    assert "Layer 1." not in found.reply


def test_one_piece_of_a_mail_is_held_and_says_so() -> None:
    kind = "message/partial; id=a@b.example; number=1; total=3"
    verdict = classify(read_mail(mail(f"{INNER}\nThey were", content_type=kind)), SenderFacts())
    assert verdict.kind == "empty"
    assert verdict.rule.startswith("it is one piece of a mail that was sent in several;")


def test_a_report_that_brings_a_mail_back_passes_nothing_on() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nIt came, but late.",
        f"Content-Type: message/rfc822\n\n{INNER}\nWhich?", kind="report",
    )  # fmt: skip
    assert read_mail(raw).body.forwarded == ""
