"""Rosters: what is read from a CSV file, and how its faults are told."""

import csv
import io
from collections.abc import Callable
from datetime import date
from datetime import time as hour

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.deadlines import is_done_within

from maildriver.enrolment.roster import COLUMNS, RosterFault, RosterRow, read_roster

FULL = RosterRow(
    line=2,
    address="Ada@example.org",
    name="Ada Lovelace",
    zone="Europe/Lisbon",
    days=frozenset({0, 3}),
    at=hour(7, 30),
    start=date(2026, 12, 1),
    cohort="autumn",
    language="pt-BR",
)
FULL_TEXT = (
    "address,name,timezone,days,at,start,cohort,language\n"
    'Ada@EXAMPLE.org,Ada Lovelace,europe/lisbon,"mon,thu",7:30,2026-12-01,autumn,PT-br\n'
)


def faults(text: str | bytes) -> list[tuple[int, str]]:
    return [(fault.line, fault.problem) for fault in read_roster(text).faults]


def test_a_row_says_everything_about_a_student() -> None:
    roster = read_roster(FULL_TEXT)
    assert roster.faults == ()
    assert roster.rows == (FULL,)


def test_only_the_address_is_needed() -> None:
    assert read_roster("address\nada@example.org").rows == (RosterRow(2, "ada@example.org"),)


def test_an_empty_field_leaves_the_course_to_decide() -> None:
    text = "address,name,timezone,days,at,start,cohort,language\nada@example.org,,,,,,,\n"
    assert read_roster(text).rows == (RosterRow(2, "ada@example.org"),)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: "\ufeff" + text,
        lambda text: text.rstrip("\n"),
        lambda text: text + "\n\r\n ,,,\n",
        lambda text: text.replace(",", ", "),
        lambda text: text.replace("address,name", "ADDRESS, Name "),
        lambda text: text.replace("\n", ",,\n", 1),
        lambda text: text.replace("mon,thu", "MON;THU").replace(",", ";").replace(
            "MON;THU", "mon,thu"
        ),
        lambda text: text.replace("mon,thu", "mon thu").replace(",", "\t"),
    ],
    ids=["CRLF", "BOM", "no last line end", "blank lines", "spaces", "case", "extra delimiters",
         "semicolons", "tabs"],
)  # fmt: skip
def test_spreadsheets_write_the_same_in_many_ways(change: Callable[[str], str]) -> None:
    for text in (change(FULL_TEXT), change(FULL_TEXT).encode()):
        roster = read_roster(text)
        assert roster.faults == ()
        assert roster.rows == (FULL,)


def test_columns_may_stand_in_any_order() -> None:
    row = read_roster("name,address\nAda,ada@example.org").rows[0]
    assert (row.name, row.address) == ("Ada", "ada@example.org")


def test_quotes_hold_commas_quotes_and_line_ends() -> None:
    text = 'address,name\nada@example.org,"Lovelace, ""Ada""\r\nCountess"\neve@example.org,Eve\n'
    rows = read_roster(text).rows
    assert [(row.line, row.name) for row in rows] == [
        (2, 'Lovelace, "Ada" Countess'),
        (4, "Eve"),
    ]


# -- faults ------------------------------------------------------------------------


def test_all_bad_lines_are_told_at_once_and_the_good_ones_kept() -> None:
    text = (
        "address,name,timezone,days,at,start,language\n"
        "ada@example.org,Ada,Europe/Lisbn,mon,07:30,2026-12-01,en\n"
        "eve@example.org,Eve,Europe/Lisbon,mun,7.30,01.12.2026,english\n"
        '"bob@example.org","Bob\n'
        'the second",Mars,,,,\n'
        "zoe@example.org,Zoe,Europe/Lisbon,mon,07:30,2026-02-29,en\n"
        "not an address,Nan,,,,,\n"
        ",Nobody,,,,,\n"
        "good@example.org,Good,,,,,\n"
        "ADA@example.org,Ada again,,,,,\n"
        "long@example.org,,,,,,,,x\n"
    )
    assert [row.address for row in read_roster(text).rows] == ["good@example.org"]
    assert faults(text) == [
        (2, 'unknown time zone "Europe/Lisbn"; did you mean "Europe/Lisbon"?'),
        (3, 'unknown day "mun"; did you mean "sun"?'),
        (3, 'invalid time "7.30"; write it as 07:30 or 19:30'),
        (3, 'invalid date "01.12.2026"; write it as 2026-12-01'),
        (3, 'invalid language code "english"; write it as en or pt-BR'),
        (4, 'unknown time zone "Mars"; write it as Europe/Lisbon'),
        (6, 'invalid date "2026-02-29"; write it as 2026-12-01'),
        (7, 'invalid address "not an address": it has no @'),
        (8, "the address is missing"),
        (10, "ADA@example.org is already on line 2"),
        (11, "9 fields, but the first line names 7"),
    ]


def test_an_unknown_column_is_told_with_what_was_meant() -> None:
    assert faults("address,timezon,phone,name,name\n") == [
        (1, 'unknown column "timezon"; did you mean "timezone"?'),
        (1, f'unknown column "phone"; the columns are {", ".join(COLUMNS)}'),
        (1, 'column "name" appears twice'),
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "the file is empty; its first line must name the columns, such as address,name"),
        (
            "\ufeff\r\n\r\n",
            "the file is empty; its first line must name the columns, such as address,name",
        ),
        ("ada@example.org,Ada\n", "the first line must name the columns, such as "),
        ("\nname\nAda\n", 'the column "address" is missing'),
        ("address\n", None),
        (
            'address,name\nada@example.org,"Ada\neve@example.org,Eve\n',
            "quotation mark opened here",
        ),
        ('address,name\nada@example.org,"Ada" x\n', "text after a closing quotation mark"),
        (
            "address\nada\0@example.org",
            "the unprintable character U+0000 is not allowed before the @",
        ),
        ("address,name\nada@example.org,A\x1b[2Jda", "contains an unprintable character"),
        (f"address,name\nada@example.org,{'x' * 201}", "is longer than 200 characters"),
        (f"address,name\nada@example.org,{'x' * 140_000}", "this line cannot be read"),
        (b"address\nada@example.org\nj\xe9r\xf4me@example.org", "byte 0xE9 is not UTF-8"),
        ("address\nada@example.org".encode("utf-16"), "is not UTF-8; save the file as UTF-8"),
    ],
)
def test_a_file_that_is_no_roster_is_told_with_a_sentence(
    text: str | bytes, problem: str | None
) -> None:
    found = faults(text)
    assert len(found) == (problem is not None)
    assert all(problem in told for _, told in found if problem)


@pytest.mark.parametrize(
    "text", ["2026-02-30", "20261201", "2026-W49-2", "01.12.2026", "9999-12-31", "0026-12-01"]
)
def test_what_is_no_date_is_told_with_a_sentence(text: str) -> None:
    told = faults(f"address,start\nada@example.org,{text}\n")
    assert told == [(2, f'invalid date "{text}"; write it as 2026-12-01')]


def test_the_line_of_the_first_byte_that_is_not_utf8_is_told() -> None:
    assert faults(b"address\r\nada@example.org\r\n\xff@example.org\r\n\xfe")[0][0] == 3


def test_a_line_that_cannot_be_read_does_not_hide_the_others() -> None:
    text = 'address,name\na@example.org,"A"a\nb@example.org,B\nc@,C\n'
    assert [row.line for row in read_roster(text).rows] == [3]
    assert [line for line, _ in faults(text)] == [2, 4]


def test_an_address_that_stands_there_three_times_is_told_twice() -> None:
    text = "address\nada@example.org\neve@example.org\nAda@Example.ORG\nada@EXAMPLE.org\n"
    assert faults(text) == [
        (4, "Ada@example.org is already on line 2"),
        (5, "ada@example.org is already on line 2"),
    ]


# -- properties --------------------------------------------------------------------

CELL = st.one_of(
    st.sampled_from(
        ["", "ada@example.org", "Europe/Lisbon", "mon", "07:30", "2026-12-01", "en", *COLUMNS]
    ),
    st.text(max_size=12),
)


@given(st.one_of(st.text(), st.lists(st.lists(CELL, max_size=9).map(",".join)).map("\n".join)))
def test_no_file_is_more_than_faulty(text: str) -> None:
    roster = read_roster(text)
    last = text.count("\n") + text.count("\r") + 1
    assert all(1 <= row.line <= last for row in roster.rows)
    assert all(1 <= fault.line <= last for fault in roster.faults)
    assert all(fault.problem.isprintable() for fault in roster.faults)
    lines = [row.line for row in roster.rows]
    assert lines == sorted(set(lines))
    assert not set(lines) & {fault.line for fault in roster.faults}


@given(st.binary())
def test_no_bytes_are_more_than_faulty(raw: bytes) -> None:
    assert read_roster(raw).rows == () or raw


@given(
    st.lists(st.text(st.characters(categories=["L", "N", "P", "Zs"]), max_size=30), max_size=20),
    st.sampled_from([",", ";"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_the_standard_library_writes_is_read_back(
    names: list[str], delimiter: str, line_end: str
) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=line_end)
    writer.writerow(["address", "name"])
    writer.writerows([f"s{number}@example.org", name] for number, name in enumerate(names))
    roster = read_roster(file.getvalue().encode())
    assert roster.faults == ()
    assert [row.name for row in roster.rows] == [" ".join(name.split()) for name in names]
    assert [row.line for row in roster.rows] == list(range(2, len(names) + 2))


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "Europe/Lisbn"])
def test_a_hundred_thousand_rows_take_seconds(zone: str) -> None:
    rows = [
        f's{number}@school{number % 90}.example,"Student, {number}",{zone},"mon,thu",07:30'
        for number in range(100_000)
    ]
    raw = "\r\n".join(["address,name,timezone,days,at", *rows]).encode()
    assert is_done_within(10, lambda: read_roster(raw))
    roster = read_roster(raw)
    assert len(roster.rows) + len(roster.faults) == 100_000


def test_a_fault_is_a_value() -> None:
    assert read_roster("address\nx").faults == (
        RosterFault(2, 'invalid address "x": it has no @'),
    )
