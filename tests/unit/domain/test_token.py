"""Tokens: how they are made, and every place in which they come back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.domain.token import TOKEN, ParsedAddress, SiteAddress, mint

KEY = b"a key of the site"
SITE = SiteAddress("course@example.org", "+")
PLAIN = SiteAddress("course@example.org", "")
KNOWN = mint(KEY, "packet:17:the-ecliptic:0")


def test_a_token_is_twenty_four_characters_of_base32() -> None:
    assert TOKEN.fullmatch(KNOWN)


def test_a_token_is_the_same_today_and_in_ten_years() -> None:
    # RFC 2104 and RFC 4648 say so; a change here would make every token in the world unknown.
    assert KNOWN == "xac56tlpozke7wykwxaa4ymo"


def test_another_key_or_another_site_gives_another_token() -> None:
    tokens = {mint(KEY, f"packet:{number}:x:0") for number in range(2000)}
    tokens |= {mint(b"another key", f"packet:{number}:x:0") for number in range(2000)}
    assert len(tokens) == 4000


def test_a_message_carries_its_token_in_three_addresses() -> None:
    assert SITE.domain == "example.org"
    assert SITE.reply_to(KNOWN) == f"course+{KNOWN}@example.org"
    assert SITE.reverse_path(KNOWN) == f"course+b-{KNOWN}@example.org"
    assert SITE.message_id(KNOWN) == f"<{KNOWN}@example.org>"


def test_without_sub_addressing_replies_and_bounces_come_to_the_plain_address() -> None:
    assert PLAIN.reply_to(KNOWN) == PLAIN.reverse_path(KNOWN) == "course@example.org"
    assert PLAIN.message_id(KNOWN) == f"<{KNOWN}@example.org>"


@given(st.text().map(lambda key: mint(KEY, key)), st.sampled_from(["+", "-", "="]))
def test_what_we_write_we_read(token: str, subaddress: str) -> None:
    site = SiteAddress("night-school@mail.example.org", subaddress)
    for told in (str, str.upper, str.title):
        detail = ParsedAddress(token, bounce=False, detail=token)
        assert site.parse(told(site.reply_to(token))) == detail
        detail = ParsedAddress(token, bounce=True, detail=f"b-{token}")
        assert site.parse(told(site.reverse_path(token))) == detail
        assert site.token_of(told(site.message_id(token))) == token


@pytest.mark.parametrize(
    ("address", "detail"),
    [
        ("course@example.org", ""),
        ("COURSE@Example.Org", ""),
        (" course@example.org ", ""),
        ("course+@example.org", ""),
        ("course+join@example.org", "join"),
        ("course+Night-Sky@example.org", "night-sky"),
        (f"course+{KNOWN}x@example.org", f"{KNOWN}x"),
        (f"course+{KNOWN[:-1]}1@example.org", f"{KNOWN[:-1]}1"),
        (f"course+{KNOWN}+x@example.org", f"{KNOWN}+x"),
        (f"course+c-{KNOWN}@example.org", f"c-{KNOWN}"),
        (f"course+b-b-{KNOWN}@example.org", f"b-b-{KNOWN}"),
        ("course+b-@example.org", "b-"),
    ],
)
def test_an_address_of_ours_without_a_token_is_still_ours(address: str, detail: str) -> None:
    assert SITE.parse(address) == ParsedAddress(None, bounce=False, detail=detail)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "@",
        "course",
        "@example.org",
        "courses@example.org",
        "course-x@example.org",
        "course@example.net",
        "course@sub.example.org",
        "course@example.org.evil.example",
        f"course+{KNOWN}@example.net",
        f"{KNOWN}@example.org",
        "<course@example.org>",
        '"course"@example.org',
        "course@example.org@example.net",
    ],
)
def test_an_address_of_somebody_else_is_not_ours(address: str) -> None:
    assert SITE.parse(address) is None
    assert not SITE.is_ours(address)


def test_where_there_is_no_sub_addressing_only_the_plain_address_is_ours() -> None:
    assert PLAIN.is_ours("Course@example.org")
    assert not PLAIN.is_ours(f"course+{KNOWN}@example.org")


@pytest.mark.parametrize("text", ["{0}@example.org", " <{0}@example.org> ", "<{0}@EXAMPLE.org>"])
def test_a_message_id_of_ours_is_known_in_any_dress(text: str) -> None:
    assert SITE.token_of(text.format(KNOWN)) == KNOWN


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<>",
        "<x@example.org>",
        "<{0}@example.net>",
        "<{0}>",
        "<{0}x@example.org>",
        "<x{0}@example.org>",
        "<{0}@example.org> <{0}@example.org>",
        "<{0}@example.org@example.org>",
    ],
)
def test_a_message_id_of_somebody_else_says_nothing(text: str) -> None:
    assert SITE.token_of(text.format(KNOWN)) is None


@given(st.text())
def test_no_text_surprises_the_readers(text: str) -> None:
    for candidate in (text, f"{text}@example.org", f"course+{text}@example.org"):
        found = SITE.parse(candidate)
        assert found is None or found.token is None or TOKEN.fullmatch(found.token)
        token = SITE.token_of(candidate)
        assert token is None or TOKEN.fullmatch(token)
