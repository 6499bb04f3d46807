"""A roster: the CSV file that enrols a whole class (RFC 4180).

The first line names the columns, in any order; only `address` is required. A semicolon or a tab
between the fields, as some spreadsheets write, is recognised. All faults are reported at once,
each with the line on which its row starts.
"""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from typing import TypeVar

from maildriver.domain.address import canonical, parse_address
from maildriver.domain.cadence import parse_at, parse_days
from maildriver.domain.did_you_mean import did_you_mean, quoted
from maildriver.domain.time_zones import parse_zone
from maildriver.errors import AddressError

T = TypeVar("T")

COLUMNS = ("address", "name", "timezone", "days", "at", "start", "cohort", "language")

_DATE = re.compile(r"2[01][0-9]{2}-[0-9]{2}-[0-9]{2}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
_MAX_TEXT = 200


@dataclass(frozen=True, slots=True)
class RosterRow:
    """One person to enrol; an empty field is "" or None."""

    line: int
    address: str
    name: str = ""
    zone: str = ""
    days: frozenset[int] | None = None
    at: time | None = None
    start: date | None = None
    cohort: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class RosterFault:
    """A mistake in a roster that its author must correct."""

    line: int
    problem: str


@dataclass(frozen=True, slots=True)
class Roster:
    """The correct rows of a file, and the faults of the others."""

    rows: tuple[RosterRow, ...] = ()
    faults: tuple[RosterFault, ...] = ()


@dataclass(slots=True)
class _Reading:
    """The state of reading a roster."""

    rows: list[RosterRow] = field(default_factory=list)
    faults: list[RosterFault] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)  # the first line of each address
    wrong: dict[tuple[str, str], str] = field(default_factory=dict)  # the problem with a value

    def fault(self, line: int, problem: str) -> None:
        self.faults.append(RosterFault(line, problem))


def read_roster(text: str | bytes) -> Roster:
    """Return the rows and faults of a roster; never raises.

    A row with a fault is not among the rows. Bytes are UTF-8, with or without a BOM.
    """
    if isinstance(text, bytes):
        try:
            return read_roster(text.decode("utf-8"))
        except UnicodeDecodeError as error:
            return Roster(faults=(_not_utf8(text, error),))
    reading = _Reading()
    records = _records(text.removeprefix("\ufeff"), reading)
    columns = _read_header(next(records, None), reading)
    if columns is not None:
        for line, cells in records:
            _read_row(line, cells, columns, reading)
    return Roster(tuple(reading.rows), tuple(reading.faults))


# -- lines and fields --------------------------------------------------------------


def _records(text: str, reading: _Reading) -> Iterator[tuple[int, list[str]]]:
    """Yield each record that is not blank, with the line on which it starts."""
    reader = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=_delimiter(text),
        strict=True,
        skipinitialspace=True,
    )
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reading.fault(line, _csv_problem(str(error)))
            continue
        cells = [" ".join(cell.split()) for cell in cells]
        if any(cells):
            yield line, cells


def _delimiter(text: str) -> str:
    """Return the character between the names of the columns."""
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=header.count)


def _csv_problem(error: str) -> str:
    if "unexpected end of data" in error:
        return "quotation mark opened here but never closed"
    if "expected after" in error:
        return 'text after a closing quotation mark; to write " inside quotes, double it'
    return f"this line cannot be read: {error}"


def _not_utf8(raw: bytes, error: UnicodeDecodeError) -> RosterFault:
    line = raw.count(b"\n", 0, error.start) + 1
    return RosterFault(
        line,
        f"byte 0x{raw[error.start]:02X} is not UTF-8; save the file as UTF-8"
        " (in Excel: CSV UTF-8)",
    )


# -- the first line ----------------------------------------------------------------


def _read_header(
    record: tuple[int, list[str]] | None, reading: _Reading
) -> tuple[str, ...] | None:
    """Return the name of each column, or None if the rows cannot be read."""
    if record is None:
        if not reading.faults:
            reading.fault(
                1, "the file is empty; its first line must name the columns, such as address,name"
            )
        return None
    line, cells = record
    while not cells[-1]:  # spreadsheets add delimiters at the end
        cells.pop()
    names = tuple(cell.lower() for cell in cells)
    if not any(name in COLUMNS for name in names):
        reading.fault(line, "the first line must name the columns, such as address,name,timezone")
        return None
    for position, name in enumerate(names):
        if name not in COLUMNS:
            guess = did_you_mean(name, COLUMNS) or f"; the columns are {', '.join(COLUMNS)}"
            reading.fault(line, f"unknown column {quoted(name)}{guess}")
        elif name in names[:position]:
            reading.fault(line, f'column "{name}" appears twice')
    if "address" not in names:
        reading.fault(line, 'the column "address" is missing')
        return None
    return names


# -- rows --------------------------------------------------------------------------


def _read_row(line: int, cells: list[str], columns: Sequence[str], reading: _Reading) -> None:
    before = len(reading.faults)
    if any(cells[len(columns) :]):
        reading.fault(line, f"{len(cells)} fields, but the first line names {len(columns)}")
        return
    given = dict(zip(columns, cells, strict=False))

    def read(column: str, parse: Callable[[str], T], empty: T) -> T:
        text = given.get(column, "")
        if not text:
            return empty
        # The same mistake on every line is common, and finding a suggestion is slow.
        problem = reading.wrong.get((column, text))
        if problem is None:
            try:
                return parse(text)
            except (ValueError, AddressError) as error:
                problem = reading.wrong[column, text] = str(error).rstrip(".")
        reading.fault(line, problem)
        return empty

    row = RosterRow(
        line=line,
        address=read("address", parse_address, ""),
        name=read("name", _parse_text, ""),
        zone=read("timezone", _parse_zone_name, ""),
        days=read("days", parse_days, None),
        at=read("at", parse_at, None),
        start=read("start", _parse_date, None),
        cohort=read("cohort", _parse_text, ""),
        language=read("language", _parse_language, ""),
    )
    if not given.get("address"):
        reading.fault(line, "the address is missing")
    _note_twice(row, reading)
    if len(reading.faults) == before:
        reading.rows.append(row)


def _note_twice(row: RosterRow, reading: _Reading) -> None:
    if row.address:
        first = reading.lines.setdefault(canonical(row.address), row.line)
        if first != row.line:
            reading.fault(row.line, f"{row.address} is already on line {first}")


def _parse_text(text: str) -> str:
    if not text.isprintable():
        raise ValueError(f"{quoted(text)} contains an unprintable character")
    if len(text) > _MAX_TEXT:
        raise ValueError(f"{quoted(text)} is longer than {_MAX_TEXT} characters")
    return text


def _parse_zone_name(text: str) -> str:
    return parse_zone(text).key


def _parse_date(text: str) -> date:
    # date.fromisoformat alone also accepts 20261201 and 2026-W49-2, which are typing errors
    # here, and years before 2000 or after 2199.
    try:
        return date.fromisoformat(text if _DATE.fullmatch(text) else "")
    except ValueError:
        raise ValueError(f"invalid date {quoted(text)}; write it as 2026-12-01") from None


def _parse_language(text: str) -> str:
    """Return a language tag in the case that RFC 5646 2.1.1 recommends: pt-BR, zh-Hant."""
    if _LANGUAGE.fullmatch(text) is None:
        raise ValueError(f"invalid language code {quoted(text)}; write it as en or pt-BR")
    first, *rest = text.split("-")
    cases: dict[int, Callable[[str], str]] = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(cases.get(len(each), str.lower)(each) for each in rest)])
