"""What servers say is read as it is meant, and in linear time, whatever it is."""

import base64
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadlines import is_done_within

from maildriver.transport.imap.syntax import (
    Response,
    ResponseReader,
    TooMuchError,
    mailbox_name,
    printable,
    read_date,
    read_fetch,
    read_search,
    response_code,
    sequence_set,
)


def read(data: bytes, *, literal: int = 1000, cuts: list[int] | None = None) -> list[Response]:
    reader = ResponseReader()
    reader.longest_literal = literal
    edges = [0, *sorted(cut for cut in cuts or [] if cut < len(data)), len(data)]
    return [response for a, b in pairwise(edges) for response in reader.feed(data[a:b])]


LINES = st.binary(max_size=30).map(
    lambda line: line.replace(b"\r", b"").replace(b"\n", b"").replace(b"}", b"")
)
RESPONSES = st.lists(st.tuples(LINES, st.lists(st.tuples(st.binary(max_size=40), LINES))))


def written(responses: list[tuple[bytes, list[tuple[bytes, bytes]]]]) -> bytes:
    data = b""
    for line, literals in responses:
        data += b"* " + line
        for literal, rest in literals:
            data += b"{%d}\r\n" % len(literal) + literal + rest
        data += b"\r\n"
    return data


@given(RESPONSES, st.lists(st.integers(0, 500)))
def test_the_stream_is_cut_alike_however_it_arrives(
    responses: list[tuple[bytes, list[tuple[bytes, bytes]]]], cuts: list[int]
) -> None:
    data = written(responses)

    whole = read(data)

    assert read(data, cuts=cuts) == whole
    assert read(data, cuts=list(range(len(data)))) == whole


@given(st.lists(st.tuples(st.integers(1, 99), st.binary(max_size=60)), min_size=1))
def test_literals_hold_anything(bodies: list[tuple[int, bytes]]) -> None:
    data = b"".join(
        b"* 1 FETCH (UID %d BODY[] {%d}\r\n%s)\r\n" % (uid, len(body), body)
        for uid, body in bodies
    )

    found = [read_fetch(response) for response in read(data)]

    assert found == [{b"UID": b"%d" % uid, b"BODY[]": body} for uid, body in bodies]


def test_the_text_of_a_status_announces_no_literal() -> None:
    data = b"* OK see {3}\r\nA1 NO gone {5}\r\n+ go on {7}\r\n* BYE {1}\r\n"

    assert len(read(data)) == 4


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(data: bytes) -> None:
    try:
        responses = read(b"* 1 FETCH (" + data + b"\r\n")
    except TooMuchError:
        return
    for response in responses:
        read_fetch(response)
        read_search([response])
        response_code([response], "UIDNEXT")
        printable(response[0])
        read_date(response[0])


def test_a_literal_that_was_not_asked_for_is_not_awaited() -> None:
    with pytest.raises(TooMuchError, match="1001 bytes where 1000"):
        read(b"* 1 FETCH (BODY[] {1001}\r\n")


@pytest.mark.parametrize(
    "line",
    [
        b'* 1 FETCH (X "' + b'\\"' * 400_000,
        b'* 1 FETCH (X "' + b'\\"' * 400_000 + b"\\",
        b"* 1 FETCH (" + b"(" * 900_000,
        b"* 1 FETCH (" + b'"' * 900_000,
        b"* 1 FETCH (" + b"{" * 900_000,
        b"* 1 FETCH (" + b"{1" * 450_000,
        b"* 1 FETCH (" + b"A " * 450_000,
        b"* OK [" * 150_000,
    ],
)
def test_hostile_lines_take_linear_time(line: bytes) -> None:
    def act() -> None:
        for response in read(line + b"\r\n"):
            read_fetch(response)
            response_code([response], "UIDNEXT")

    assert is_done_within(3, act)


def test_a_line_arriving_byte_by_byte_takes_linear_time() -> None:
    data = b"* SEARCH " + b"12 " * 100_000 + b"\r\n"
    cuts = list(range(len(data)))

    assert len(read_search(read(data, cuts=cuts))) == 100_000
    assert is_done_within(5, lambda: read_search(read(data, cuts=cuts)))


@pytest.mark.parametrize(
    ("line", "found"),
    [
        (b"* 1 FETCH (UID 7)", {b"UID": b"7"}),
        (b"* 1 fetch (uid 7 rfc822.size 9)", {b"UID": b"7", b"RFC822.SIZE": b"9"}),
        (b'* 1 FETCH (A "say \\"hi\\"" B NIL)', {b"A": b'say "hi"', b"B": None}),
        (b"* 1 FETCH (FLAGS (\\Seen (x)) UID 7)", {b"FLAGS": [], b"UID": b"7"}),
        (b"* 1 FETCH (UID 7) UID 8", {b"UID": b"7"}),
        (b"* 1 EXISTS", {}),
        (b"* 1 FETCH", {}),
    ],
)
def test_a_fetch_response_becomes_names_and_values(line: bytes, found: object) -> None:
    assert read_fetch([line]) == found


def test_numbers_are_searched_for_in_all_responses() -> None:
    responses = [[b"* SEARCH 3 1"], [b"* 4 EXISTS"], [b"* search 2 x 99999999999999999999"]]

    assert read_search(responses) == [3, 1, 2]
    assert read_search([[b"* SEARCH"]]) == []


def test_a_code_in_brackets_is_found() -> None:
    responses = [[b"* 3 EXISTS"], [b"* OK [UIDNEXT 4] next"], [b"* ok [uidvalidity 77]"]]

    assert response_code(responses, "UIDNEXT") == 4
    assert response_code(responses, "UIDVALIDITY") == 77
    assert response_code(responses, "HIGHESTMODSEQ") is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        (b"17-Jul-1996 02:44:25 -0730", datetime(1996, 7, 17, 10, 14, 25, tzinfo=UTC)),
        (b" 7-jan-2026 00:00:00 +0000", datetime(2026, 1, 7, tzinfo=UTC)),
        (b"31-Feb-2026 00:00:00 +0000", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"17-Foo-1996 02:44:25 -0700", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"17-Jul-1996 02:44:25 +9999", datetime(1970, 1, 1, tzinfo=UTC)),
        (b"yesterday", datetime(1970, 1, 1, tzinfo=UTC)),
        (None, datetime(1970, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_date_is_read_or_else_long_ago(text: bytes | None, moment: datetime) -> None:
    assert read_date(text) == moment


def test_a_date_keeps_its_zone() -> None:
    read_back = read_date(b"01-Mar-2026 12:00:00 +0530")

    assert read_back.tzinfo == timezone(timedelta(hours=5, minutes=30))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_every_mailbox_name_is_written_in_ascii_and_can_be_read_back(name: str) -> None:
    encoded = mailbox_name(name)

    assert encoded.isascii()
    assert decoded(encoded[1:-1].replace('\\"', '"').replace("\\\\", "\\")) == name


def decoded(text: str) -> str:
    """Decode modified UTF-7 in the plainest way."""
    name, rest = "", text
    while rest:
        plain, shift, rest = rest.partition("&")
        name += plain
        if shift:
            code, _, rest = rest.partition("-")
            padded = code.replace(",", "/") + "=" * (-len(code) % 4)
            name += base64.b64decode(padded).decode("utf-16-be") if code else "&"
    return name


@given(st.sets(st.integers(1, 200)))
def test_a_set_names_exactly_these_messages(uids: set[int]) -> None:
    named: set[int] = set()
    for part in filter(None, sequence_set(sorted(uids)).split(",")):
        first, _, last = part.partition(":")
        named |= set(range(int(first), int(last or first) + 1))

    assert named == uids
    assert sequence_set([1, 2, 3, 7, 9, 10]) == "1:3,7,9:10"


def test_what_a_server_says_cannot_colour_the_screen() -> None:
    assert printable(b"no \x1b[31mmailbox\x07 \xff" + b"x" * 999).startswith("no ?[31mmailbox? ")
    assert len(printable(b"x" * 999)) == 200
