"""Reading one raw message: whatever its program did to it, its words and facts are found."""

import hashlib

import pytest
from support.raw_mails import mail, multipart, report

from maildriver.domain.token import SiteAddress
from maildriver.mail.kind.ours import found_tokens
from maildriver.mail.message import read_files, read_mail

TOKEN = "xac56tlpozke7wykwxaa4ymo"
OTHER = "aaaabbbbccccddddeeeeffff"
SITE = SiteAddress("course@example.net", "+")


def test_the_facts_of_an_ordinary_mail_are_read() -> None:
    found = read_mail(
        mail(
            "Hello\n",
            subject="Re: 3. Moons",
            message_id="<a@b.example>",
            in_reply_to=f"<{TOKEN}@example.net>",
            references=f"<x@y.example>,<{TOKEN}@example.net>",
        )
    )
    assert found.sender == "anna@example.org"
    assert found.sender_name == "Anna"
    assert found.subject == "Re: 3. Moons"
    assert found.message_id == "<a@b.example>"
    assert found.in_reply_to == (f"<{TOKEN}@example.net>",)
    assert found.references == ("<x@y.example>", f"<{TOKEN}@example.net>")
    assert found.body.text.strip() == "Hello"
    assert found.oddities == ()


@pytest.mark.parametrize(
    "value",
    [
        "alice@good.example<bob@evil.example>",
        "alice@good.example, bob@evil.example",
        "undisclosed: alice@good.example;",
        "alice",
        '"',
    ],
)
def test_a_from_that_is_not_one_address_is_nobody(value: str) -> None:
    assert read_mail(mail(**{"from": value})).sender is None


def test_two_from_headers_are_nobody() -> None:
    assert read_mail(b"From: a@example.org\nFrom: b@example.org\n\nx").sender is None


def test_an_encoded_subject_is_decoded_and_stays_one_line() -> None:
    raw = mail(subject="=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?iso-8859-1?q?_aus_K=F6ln?=")
    assert read_mail(raw).subject == "Grüße aus Köln"
    hidden = read_mail(mail(subject="=?utf-8?q?hi=0ABcc=3A_evil=40x=2Eexample?="))
    assert "\n" not in hidden.subject


def test_raw_bytes_in_a_subject_are_read_as_utf_8() -> None:
    assert read_mail("From: a@example.org\nSubject: Grüße\n\nx".encode()).subject == "Grüße"


@pytest.mark.parametrize(
    ("charset", "body"),
    [
        ("utf-8", "Grüße".encode()),
        ("iso-8859-1", "Grüße".encode("latin-1")),
        ("windows-1252", "Grüße".encode("cp1252")),
        ("uft-8", "Grüße".encode()),
        ("utf8", "Grüße".encode()),
        ("no-such-charset", "Grüße".encode()),
        ("1", "Grüße".encode("cp1252")),
        ("utf-8", "Grüße".encode("cp1252")),
        ("us-ascii", "Grüße".encode()),
        ("utf-16", "Grüße".encode()),
        ("idna", "Grüße".encode()),
        ("utf-8 euao6y", "Grüße".encode()),
    ],
)
def test_a_charset_that_is_unknown_or_wrong_loses_no_letter(charset: str, body: bytes) -> None:
    raw = b"From: a@example.org\nContent-Type: text/plain; charset=" + charset.encode()
    assert read_mail(raw + b"\n\n" + body).body.text == "Grüße"


def test_a_wrong_charset_is_noted() -> None:
    raw = b"From: a@example.org\nContent-Type: text/plain; charset=no-such\n\n" + "ü".encode()
    assert read_mail(raw).oddities == ("it is no no-such",)


def test_nulls_and_carriage_returns_are_removed() -> None:
    assert read_mail(b"From: a@example.org\r\n\r\na\0b\r\nc\r\n").body.text == "ab\nc\n"


def test_a_blank_line_before_the_header_is_passed_over() -> None:
    assert read_mail(b"\r\n\nFrom: a@example.org\nSubject: Hi\n\nx").subject == "Hi"


def test_a_multipart_without_a_boundary_is_its_own_text() -> None:
    raw = mail("The words.\n", content_type="multipart/alternative")
    assert read_mail(raw).body.text.strip() == "The words."


def test_plain_text_is_preferred_to_html() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nplain words",
        "Content-Type: text/html\n\n<p>html words</p>",
        kind="alternative",
    )
    assert read_mail(raw).body.text.strip() == "plain words"


@pytest.mark.parametrize("plain", ["", "   \n", "Please view this message in your browser."])
def test_html_is_read_where_the_plain_text_says_nothing(plain: str) -> None:
    raw = multipart(
        f"Content-Type: text/plain\n\n{plain}",
        "Content-Type: text/html\n\n<p>html words</p>",
        kind="alternative",
    )
    assert read_mail(raw).body.text == "html words"


def test_lines_that_flow_are_joined_and_quotes_keep_their_depth() -> None:
    body = "One long \nline.\n> a quoted \n> line\n>> deeper \n> back\n-- \nAnna\n"
    raw = mail(body, content_type="text/plain; format=flowed")
    assert read_mail(raw).body.text.split("\n") == [
        "One long line.", "> a quoted line", ">> deeper", "> back", "-- ", "Anna", "",
    ]  # fmt: skip


def test_with_delsp_the_space_that_flows_is_no_letter() -> None:
    raw = mail("Donaudampf \nschiff\n", content_type="text/plain; format=flowed; delsp=yes")
    assert read_mail(raw).body.text == "Donaudampfschiff\n"


def test_files_are_named_safely_and_their_bytes_are_given_on_demand() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nhere it is",
        'Content-Type: image/png; name="../../etc/pass\u202ewd"\n'
        "Content-Disposition: attachment\nContent-Transfer-Encoding: base64\n\naGVsbG8=",
    )
    (file,) = read_mail(raw).files
    assert file.name == "pass___wd", "a raw byte in a name may be anything"
    assert (file.media_type, file.size) == ("image/png", 5)
    assert file.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert read_files(raw) == [(file, b"hello")]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("..", "file"),
        (".profile", "profile"),
        ("C:\\Users\\a\\map.pdf", "map.pdf"),
        ("a/b/c.txt", "c.txt"),
        ("-rf", "rf"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
        ("Zeichnung Nr. 1.png", "Zeichnung Nr. 1.png"),
        ("line%0Abreak.txt", "line_0Abreak.txt"),
    ],
)
def test_a_file_name_cannot_lead_out_of_its_folder(given: str, shown: str) -> None:
    raw = multipart(f'Content-Type: application/pdf; name="{given}"\n\nx')
    assert [each.name for each in read_mail(raw).files] == [shown]


def test_a_signature_and_a_delivery_report_are_no_files() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nx",
        "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nx",
    )
    assert read_mail(raw).files == ()


def test_a_delivery_report_is_read_group_by_group() -> None:
    found = read_mail(report())
    (entry,) = found.reports
    assert (entry.address, entry.action, entry.status) == ("anna@example.org", "failed", "5.1.1")
    assert found.report_type == "delivery-status"
    assert found.returned_ids == (f"<{TOKEN}@example.net>",)


def test_a_calendar_answer_is_seen() -> None:
    raw = mail("BEGIN:VCALENDAR\n", content_type="text/calendar; method=REPLY")
    assert read_mail(raw).calendar_method == "reply"


def test_the_same_mail_by_another_way_has_the_same_content() -> None:
    first = mail("words\n", message_id="<a@b.example>", received="from one")
    again = mail("words\n", message_id="<a@b.example>", received="from two", x_new="1")
    other = mail("other words\n", message_id="<a@b.example>")
    assert read_mail(first).content_hash == read_mail(again.replace(b"\n", b"\r\n")).content_hash
    assert read_mail(first).content_hash != read_mail(other).content_hash


# -- tokens ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    ["Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Gm-Original-To", "To",
     "Cc", "Resent-To"],
)  # fmt: skip
def test_a_token_in_any_header_that_names_us_is_an_address(header: str) -> None:
    raw = mail("x", to="", **{header: f"Course <Course+{TOKEN.upper()}@example.net>"})
    assert [(each.token, each.found_in) for each in found_tokens(read_mail(raw), SITE)] == [
        (TOKEN, "address")
    ]


def test_the_strongest_place_of_a_token_is_told() -> None:
    raw = mail(
        f"yes\n\n> bla\n> Ref {OTHER}\n",
        to=f"course+{TOKEN}@example.net",
        in_reply_to=f"<{TOKEN}@example.net>",
    )
    found = found_tokens(read_mail(raw), SITE)
    assert [(each.token, each.found_in) for each in found] == [(TOKEN, "address"), (OTHER, "body")]


def test_a_bounce_address_is_told_from_a_reply_address() -> None:
    found = found_tokens(read_mail(mail("x", to=f"course+b-{TOKEN}@example.net")), SITE)
    assert [each.found_in for each in found] == ["bounce-address"]


def test_references_may_be_split_by_anything() -> None:
    raw = mail("x", references=f"<a@b.example>,\n <c@d.example>;<{TOKEN}@example.net>")
    assert [each.found_in for each in found_tokens(read_mail(raw), SITE)] == ["references"]


def test_a_returned_mail_names_its_token() -> None:
    assert [each.found_in for each in found_tokens(read_mail(report()), SITE)] == ["returned"]


def test_a_token_of_another_site_is_none_of_ours() -> None:
    raw = mail("x", to=f"course+{TOKEN}@elsewhere.example", in_reply_to=f"<{TOKEN}@other.example>")
    assert found_tokens(read_mail(raw), SITE) == []
