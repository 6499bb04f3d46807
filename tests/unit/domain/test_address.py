"""Addresses: what maildriver writes to, and whom it takes a message to be from."""

import re
from email.headerregistry import HeaderRegistry, UniqueAddressHeader
from functools import partial

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.deadlines import is_done_within

from maildriver.domain.address import canonical, parse_address, single_from
from maildriver.errors import AddressError

LOCAL = st.from_regex(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9_+-]+)?", fullmatch=True).filter(
    lambda text: len(text) <= 64
)
DOMAIN = st.from_regex(r"([a-z][a-z0-9]{0,20}\.){1,3}[a-z]{2,8}", fullmatch=True)
ADDRESS = st.builds("{}@{}".format, LOCAL, DOMAIN)

# -- parse_address -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada.Lovelace+maths@Example.ORG", "Ada.Lovelace+maths@example.org"),
        ("o'hara!#$%&*/=?^_`{|}~-@example.org", "o'hara!#$%&*/=?^_`{|}~-@example.org"),
        ("ada@maildriver.test", "ada@maildriver.test"),
        ("ada@mail.school.local", "ada@mail.school.local"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@例え.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("ada@r3---x.example", "ada@r3---x.example"),
        ("1@1.example", "1@1.example"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_an_address_is_kept_as_given_but_for_its_domain(text: str, address: str) -> None:
    assert parse_address(text) == address


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "it has no @"),
        ("ada", "it has no @"),
        ("@example.org", "there is nothing before the @"),
        ("ada@", "there is nothing after the @"),
        ("ada@example", 'its domain "example" has no dot'),
        ("ada@eve@example.org", "it has more than one @"),
        ("ada lovelace@example.org", "a space is not allowed before the @"),
        ('"ada"@example.org', "a quotation mark is not allowed before the @"),
        ("adä@example.org", 'the character "ä" is not allowed before the @'),
        ("<ada@example.org>", 'the character "<" is not allowed before the @'),
        ("ada@example.org>", 'its domain contains the character ">"'),
        ("ada\0@example.org", "the unprintable character U+0000 is not allowed before the @"),
        ("ada@example.org\r\nRCPT TO:<x@y.org>", "it has more than one @"),
        ("ada@example.org\r\nDATA", "its domain contains the unprintable character U+000D"),
        ("ada@exa\0mple.org", "its domain contains the unprintable character U+0000"),
        ("ada@example.org ", "its domain contains a space"),
        (".ada@example.org", "misplaced dot before the @"),
        ("ada.@example.org", "misplaced dot before the @"),
        ("ada..l@example.org", "misplaced dot before the @"),
        (
            "x" * 65 + "@example.org",
            "the part before the @ is longer than 64 characters",
        ),
        ("ada@[127.0.0.1]", 'its domain contains the character "["'),
        ("ada@127.0.0.1", 'its domain "127.0.0.1" ends in a number'),
        ("ada@ex_ample.org", 'its domain contains the character "_"'),
        ("ada@" + "x" * 64 + ".org", "a part of its domain is longer than 63 characters"),
        ("ada@" + "x.y" * 100, "its domain is longer than 253 characters"),
        ("x" * 64 + "@" + "y1." * 64 + "org", "it is longer than 254 characters"),
        ("ada@example.org.", "misplaced dot after the @"),
        ("ada@example..org", "misplaced dot after the @"),
        ("ada@-example.org", "a part of its domain begins or ends with a hyphen"),
        ("ada@exa\u202emple.org", "its domain contains the unprintable character U+202E"),
        ("ada@\udcff.org", "its domain contains the unprintable character U+DCFF"),
        ("ada@.", "misplaced dot after the @"),
        ("ada@ü..org", "two periods in a row"),
        ("ada@" + "ü" * 60 + ".org", "too long"),
        ("ada@☃.example", "not allowed"),
        ("ada@xn--a.example", "not allowed"),
    ],
)
def test_what_is_wrong_with_an_address_is_told_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(AddressError) as caught:
        parse_address(text)
    sentence = str(caught.value)
    assert why.lower() in sentence.lower()
    assert "invalid address " in sentence
    assert not sentence.endswith(".")  # callers go on with their own words
    assert sentence.isprintable()


@given(ADDRESS)
def test_an_address_that_is_parsed_twice_stays_the_same(address: str) -> None:
    parsed = parse_address(address)
    assert parse_address(parsed) == parsed
    assert canonical(parsed) == canonical(address)


@given(st.text())
@example("a@b@c")
@example("@")
def test_no_text_is_more_than_refused(text: str) -> None:
    for candidate in (text, f"{text}@example.org", f"ada@{text}", f"ada@{text}.org"):
        try:
            address = parse_address(candidate)
        except AddressError:
            continue
        assert address.isascii()
        assert address.isprintable()
        assert not set(address) & set(' <>()[]:;,\\"')
        assert len(address) <= 254
        assert address.count("@") == 1


def test_case_does_not_tell_two_addresses_apart() -> None:
    assert canonical("Ada@Example.org") == canonical("ADA@example.ORG") == "ada@example.org"


def test_a_hundred_thousand_addresses_take_seconds() -> None:
    every = [f"student{n}@school{n % 500}.example.org" for n in range(100_000)]
    assert is_done_within(5, lambda: [parse_address(each) for each in every])


# -- single_from -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("<ada@example.org>", "ada@example.org"),
        ("  Ada Lovelace <Ada@Example.org>  ", "Ada@Example.org"),
        ('"Lovelace, Ada" <ada@example.org>', "ada@example.org"),
        ('"Ada \\"Countess\\" Lovelace" <ada@example.org>', "ada@example.org"),
        ('"eve@example.net" <ada@example.org>', "ada@example.org"),
        ("Ada K. Lovelace <ada@example.org>", "ada@example.org"),
        ("=?utf-8?q?Ad=C3=A4?= =?utf-8?b?TMO2dmVsYWNl?= <ada@example.org>", "ada@example.org"),
        ("=?utf-8?q?eve=40example=2Enet=3E?= <ada@example.org>", "ada@example.org"),
        ("Adä Lovelace <ada@example.org>", "ada@example.org"),
        ("Ad\udce4 <ada@example.org>", "ada@example.org"),
        ("ada@example.org (Ada Lovelace)", "ada@example.org"),
        ("Ada\r\n Lovelace\r\n\t<ada@example.org>", "ada@example.org"),
        ("Ada\n Lovelace <ada@example.org>", "ada@example.org"),
        ("Ada< ada@example.org >", "ada@example.org"),
    ],
)
def test_a_header_that_names_one_address_is_believed(header: str, address: str) -> None:
    assert single_from([header]) == address


@pytest.mark.parametrize(
    "header",
    [
        # two addresses, of which readers see one or the other (CVE-2023-27043, CVE-2019-16056)
        "alice@good.example<bob@bad.example>",
        "alice@good.example <bob@bad.example>",
        "alice@good.example(<bob@bad.example>",
        "alice@good.example)<bob@bad.example>",
        "alice@good.example<<bob@bad.example>",
        "alice@good.example><bob@bad.example>",
        "alice@good.example@<bob@bad.example>",
        "alice@good.example,<bob@bad.example>",
        "alice@good.example;<bob@bad.example>",
        "alice@good.example:<bob@bad.example>",
        "alice@good.example.<bob@bad.example>",
        'alice@good.example"<bob@bad.example>',
        "alice@good.example[<bob@bad.example>",
        "alice@good.example]<bob@bad.example>",
        "alice@good.example(<bob@bad.example>)",
        "alice@good.example (bob@bad.example)",
        "alice@good.example@bad.example",
        "<alice@good.example><bob@bad.example>",
        "<alice@good.example> bob@bad.example",
        "alice@good.example bob@bad.example",
        "alice@good.example, bob@bad.example",
        "alice@good.example,",
        ", alice@good.example",
        # groups and routes
        "undisclosed: alice@good.example;",
        "undisclosed-recipients:;",
        "friends: alice@good.example, bob@bad.example;",
        "<@relay.example:alice@good.example>",
        "<@relay.example,@other.example:alice@good.example>",
        # addresses that maildriver does not write to
        '"alice"@good.example',
        '"alice@good.example"@bad.example',
        "alice@[127.0.0.1]",
        "alice@bücher.example",
        "älice@good.example",
        "alice@good",
        "alice@ good.example",
        "alice @good.example",
        "alice @ good.example",
        "alice@good.\r\n example",
        "al(x)ice@good.example",
        "alice@(x)good.example",
        "<alice@good.example",
        "alice@good.example>",
        "=?utf-8?q?alice?=@good.example",
        "=?utf-8?q?alice=40good=2Eexample?=",
        "=?utf-8?q?alice=40good.example=3E?=@bad.example",
        # controls
        "alice\0@good.example",
        "Alice\0 <alice@good.example>",
        "alice@good.example\0bob@bad.example",
        "Alice <alice@good.example>\r\nFrom: bob@bad.example",
        "Alice <alice@good.example>\nbob@bad.example",
        "Alice\r<alice@good.example>",
        "Alice\x1b[2J <alice@good.example>",
        # nothing
        "",
        " ",
        "<>",
        "Alice",
        '"alice@good.example"',
        "(alice@good.example)",
        '"Alice <alice@good.example>',
    ],
)
def test_a_header_that_can_be_read_in_two_ways_is_not_believed(header: str) -> None:
    assert single_from([header]) is None


@pytest.mark.parametrize("values", [[], ["ada@example.org"] * 2, ["ada@example.org", ""]])
def test_there_must_be_exactly_one_from_header(values: list[str]) -> None:
    assert single_from(values) is None


# Pieces from which a header is likely to be put together wrongly.
PIECES = st.sampled_from(
    [
        "alice@good.example", "bob@bad.example", "<alice@good.example>", "<bob@bad.example>",
        "<", ">", "@", ",", ";", ":", ".", '"', "\\", "(", ")", "[", "]", " ", "\t", "\r\n ",
        "\r", "\n", "\0", "Alice", "=?utf-8?q?a=40b?=", "=?utf-8?b?PGFAYj4=?=", "ä", "\udce4",
    ]
)  # fmt: skip


FEW = st.lists(PIECES, max_size=3).map("".join)
MAILBOX = st.sampled_from(["alice@good.example", "<alice@good.example>"])


def standard_reading(header: str) -> list[str] | None:
    """Return what the standard library reads, or None where it stumbles (a dot in a name)."""
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", header)
    try:
        parsed = HeaderRegistry()("From", unfolded)
    except (AttributeError, TypeError):
        return None
    assert isinstance(parsed, UniqueAddressHeader)
    assert [group.display_name for group in parsed.groups] == [None]
    return [address.addr_spec for address in parsed.addresses]


@settings(max_examples=1000)
@given(st.builds("{}{}{}".format, FEW, MAILBOX, FEW))
def test_what_is_believed_stands_in_the_header_and_the_standard_library_agrees(
    header: str,
) -> None:
    address = single_from([header])
    if address is not None:
        assert address in header
        assert canonical(parse_address(address)) == canonical(address)
        assert standard_reading(header) in ([address], None)


@given(ADDRESS, st.text(st.characters(min_codepoint=32, exclude_characters='"\\\x7f')))
def test_a_quoted_name_never_hides_the_address(address: str, name: str) -> None:
    assert single_from([f'"{name}" <{address}>']) in {address, None}
    if name.isprintable() and "=?" not in address:
        assert single_from([f'"{name}" <{address}>']) == address


@given(st.text())
def test_no_header_is_more_than_not_believed(text: str) -> None:
    assert single_from([text]) is None or "@" in text


@pytest.mark.parametrize(
    "pump",
    ["(", '"', "(\\", '"\\', "<", "a", "a ", "a@", "@", ".", "a.", "()", '""', "\r\n ", "=?"],
)
def test_no_header_takes_long(pump: str) -> None:
    for length in (2_000, 4_000, 100_000):
        assert is_done_within(0.3, partial(single_from, [(pump * length)[:length]]))
