"""Whatever strangers send: intake never raises, and takes time in proportion to the mail."""

from collections import Counter
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.deadlines import is_done_within
from support.raw_mails import mail
from support.shipped_words import GRAMMAR, explain

from maildriver.domain.token import SiteAddress
from maildriver.mail.authentication import authentication
from maildriver.mail.explain_text import text_of
from maildriver.mail.kind.auto_reply import bare_subject, has_reply_prefix
from maildriver.mail.kind.bounce import read_bounces
from maildriver.mail.kind.classify import SenderFacts, classify, trust
from maildriver.mail.kind.ours import found_tokens, loose_tokens
from maildriver.mail.message import read_files, read_mail
from maildriver.mail.prescan import prescan
from maildriver.mail.reply.trim import trim
from maildriver.mail.text.html import html_text

SITE = SiteAddress("course@example.net", "+")
NAMES = [
    "From", "To", "Subject", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding",
    "Message-ID", "References", "Authentication-Results", "Return-Path", "Auto-Submitted",
    "X-Failed-Recipients", "Received",
]  # fmt: skip
PIECES = [
    "multipart/mixed; boundary=x", "multipart/report; report-type=delivery-status; boundary=x",
    "message/rfc822", "message/delivery-status", "text/html", "text/rfc822-headers",
    "text/calendar; method=REPLY", "text/plain; charset=idna", "text/plain; charset=utf-7",
    "text/plain; format=flowed; delsp=yes", "attachment; filename*0*=utf-8''%", "base64",
    "x-uuencode", "quoted-printable", "=?utf-8?b?YWFhY?=", "=?idna?q?h=C3?=", '"', "(", "<a@b.c>",
    "a@example.org", "filename*=undefined''%C3", "; charset*=x''%", "\udcff", "ü", "=?", "?=", ";",
]  # fmt: skip
values = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=4).map("".join)
headers = st.lists(st.tuples(st.sampled_from(NAMES), values), max_size=6).map(
    lambda fields: "".join(f"{name}: {value}\n" for name, value in fields)
)
bodies = st.lists(
    st.sampled_from(["--x\n", "--x--\n", "\n", "> a\n", "begin 666 a\n", "<div>", "=FF", "+2AE-"])
    | headers
    | st.text(max_size=20),
    max_size=8,
).map("".join)
mails = st.tuples(headers, bodies).map(
    lambda parts: "\n".join(parts).encode("utf-8", "surrogatepass")
)
words = st.sampled_from(
    ["> ", ">>> ", "\n", "\n\n", "On Tue, 12 Mar 2024 at 10:15, A <a@b.example> wrote:", "From: ",
     "Sent: ", "To: ", "Subject: ", "-----Original Message-----", "-- ", "Sent from my iPhone",
     "a b c d e f g", "\u200b", "\xa0", "schrieb:", "10:15", "______"]
)  # fmt: skip
texts = st.lists(words | st.text(max_size=10), max_size=20).map("".join)


@given(st.binary(max_size=500) | mails)
@settings(max_examples=300)
def test_no_bytes_make_intake_raise(raw: bytes) -> None:
    found = read_mail(raw)
    for _, content in read_files(raw):
        assert isinstance(content, bytes)
    known = SenderFacts(site_address=SITE, token_kind="packet", recipient_address="a@example.org")
    assert classify(found, known).rule
    trust(found, known)
    found_tokens(found, SITE)
    loose_tokens(raw)
    read_bounces(found, raw)
    text_of(explain("x", raw))
    repr(found).encode()  # nothing in it is half of a character


@given(texts, st.lists(texts, max_size=2))
@settings(max_examples=300)
def test_no_text_makes_trimming_raise_or_lose_a_word(text: str, sent: list[str]) -> None:
    found = trim(text, sent)
    assert _letters(text) <= _letters(found.reply + found.elided)
    assert 0 <= found.confidence <= 1


@given(texts, texts)
@settings(max_examples=200)
def test_no_text_makes_reading_commands_raise(subject: str, text: str) -> None:
    GRAMMAR.read(subject, text)
    has_reply_prefix(subject)
    bare_subject(subject)


@given(st.text(max_size=200) | values)
@settings(max_examples=200)
def test_no_header_makes_authentication_raise(text: str) -> None:
    assert authentication([text, f"mx; {text}"], "mx") in {"pass", "fail", "none"}
    assert authentication([f"mx; {text}"], "mx") in {"pass", "fail", "none"}


@given(st.lists(st.sampled_from(["<div>", "</div>", "<p>", "<", ">", "<blockquote type=cite>",
       "</blockquote>", "<div class=gmail_quote>", "<!--", "-->", "<pre>", "&", "<br>"])
       | st.text(max_size=5), max_size=30).map("".join))  # fmt: skip
@settings(max_examples=200)
def test_no_html_makes_reading_raise(html: str) -> None:
    html_text(html)


@pytest.mark.parametrize(
    "charset",
    ["idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "hex", "a\0b",
     "rot13", "utf-7", "utf-32", "x" * 500, "mbcs", "''", "=?x?="],
)  # fmt: skip
def test_no_charset_breaks_a_part_a_name_or_a_subject(charset: str) -> None:
    raw = (
        f"From: a@example.org\nSubject: =?{charset}?q?h=C3=A4?=\nContent-Type: text/plain; "
        f"charset=\"{charset}\"\nContent-Disposition: inline; filename*={charset}''h%C3%A4\n"
        "\nhä\\q"
    )
    assert read_mail(raw.encode()).sender == "a@example.org"
    only_text = raw.replace("Content-Disposition", "X-Nothing").encode()
    assert "h" in read_mail(only_text).body.text or charset == "utf-32"


@pytest.mark.parametrize("kind", ["text/plain", "multipart/mixed; boundary=cut"])
@pytest.mark.parametrize("parameters", ["a*0*=x; a*=y", "a*=x; a*0=y", "charset*=x; charset*0=y"])
def test_a_parameter_that_is_told_in_two_ways_breaks_nothing(kind: str, parameters: str) -> None:
    """Found by `make fuzz`."""
    raw = f"From: a@example.org\nContent-Type: {kind}; {parameters}\n\n--cut\n\nyes\n--cut--\n"
    assert read_mail(raw.encode()).sender == "a@example.org"
    assert "yes" in read_mail(raw.encode()).body.text
    read_files(raw.encode())


LONG: dict[str, str] = {
    "marked lines": "> x\n" * 50_000,
    "as many as are read": "> x\n" * 9_900,
    "one line": "a" * 200_000,
    "one line of marks": ">" * 200_000,
    "one line of dashes": "-" * 200_000,
    "one line of addresses": "a@" * 100_000,
    "one line of digits": "1:" * 100_000,
    "On a a a": "On a a a " * 22_000,
    "lines of On a a a": "On a a a\n" * 9_900,
    "glued introductions": ("On a, " * 60 + "wrote:\n") * 550,
    "introductions": "Am 1.1.2020 schrieb a@b.c:\n" * 7_000,
    "lines that nearly introduce": ("a@" * 50 + "\n") * 1_900 + "wrote:",
    "long lines": ("x" * 95 + ":\n") * 2_000,
    "labels": "From: x\n" * 9_900,
    "interleaved": "a\n> b\n" * 4_900,
    "empty lines": "a\n" + "\n" * 9_900,
    "spaces": (" " * 1000 + "\n") * 200,
    "dashes": ("- " * 20 + "\n") * 4_900,
    "signatures": "-- \n" * 9_900,
    "forwards": "---- Forwarded message ----\n" * 7_000,
    "notices": "This email is confidential; if you are not the recipient, delete it.\n\n" * 2_500,
    "a long notice": "This email is confidential, recipient, delete, sender. " * 3_600,
    "links": "a\n\n" + "https://a.example/x " * 9_000 + "\nThis message is confidential.",
    "links without spaces": ("http://" * 2_000 + "\n") * 14,
    "names and verbs": ("Anna Berg " * 8 + "wrote:\n> a\n") * 2_000,
    "cards": "-----\nAnna Berg\n+44 20 7946 0000\n" * 3_300,
    "pictures": "a\n" + "[cid:a]\n" * 9_900,
    "phones": "sent from my " * 15_000,
    "banners": "CAUTION: external sender " * 8_000,
}
SENT = ["We looked at the moons of Jupiter and counted On a a a of them", "> x a@b.c schrieb"]


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("sent", [[], SENT], ids=["unknown", "known"])
def test_long_texts_are_trimmed_within_a_second(name: str, sent: list[str]) -> None:
    assert is_done_within(1, lambda: trim(LONG[name], sent))


HTML = {
    "deep": "<div>" * 30_000 + "x",
    "deep quotes": "<blockquote type=cite>" * 250 + "x" * 10_000,
    "brackets": "<" * 200_000,
    "containers": "<div class=gmail_quote>x</div>" * 9_000,
    "nested containers": "<div class=gmail_quote>" * 250 + "x",
    "comments": "<!--" * 50_000,
    "words": "word " * 40_000,
    "boxes": "<div style='border-top:solid;padding:3.0pt 0'>" * 290 + "a: b: " * 30_000,
    "entities": "&amp;" * 40_000,
}


@pytest.mark.parametrize("name", HTML)
def test_long_html_is_read_within_a_second(name: str) -> None:
    assert is_done_within(1, lambda: html_text(HTML[name]))


HEADERS = {
    "encoded words": "=?a?q?=" * 1_100,
    "brackets": "<" * 8_000,
    "addresses": "a@" * 4_000,
    "comments": "(" * 8_000,
    "quotes": '";' * 4_000,
    "prefixes": "re: " * 2_000,
    "spaces": " " * 8_000 + "x",
}


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize(
    "field", ["from", "to", "subject", "references", "authentication_results", "content_type"]
)
def test_long_headers_are_read_within_a_second(name: str, field: str) -> None:
    raw = mail("x", **{field: HEADERS[name]})
    assert prescan(raw) is None
    assert is_done_within(1, lambda: explain("x", raw))
    assert is_done_within(1, lambda: authentication([f"mx; {HEADERS[name]}"], "mx"))


def test_long_bytes_are_searched_for_tokens_within_a_second() -> None:
    for raw in (b"+b-" * 300_000, b"a" * 1_000_000, (b"<" + b"a" * 24) * 40_000):
        assert is_done_within(1, partial(loose_tokens, raw))


def _letters(text: str) -> Counter[str]:
    """Count what no mail program adds or drops."""
    return Counter(letter for letter in text if letter.isalnum())
