"""Syntax of IMAP (RFC 9051 section 9): responses as values, arguments as text.

    bytes ── ResponseReader ──> responses ── read_fetch ──> {b"UID": b"7", b"BODY[]": ...}

A response is a list: a line, and for each line that announces a literal, the literal
and the line that follows it. Nothing here recurses on a server's data, and each byte is
read a fixed number of times.
"""

import base64
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta, timezone
from typing import TypeGuard

Response = list[bytes]
Value = bytes | list[bytes] | None

#: Bytes of an ordinary line; most have less than 1 KB.
LONGEST_LINE = 1_000_000

_LITERAL = re.compile(rb"\{(\d{1,12})\+?\}\Z")
# The text of a status response is for people and may end in braces (RFC 9051 7.1).
_STATUS = re.compile(rb"(?:\+|\S+ +(?:OK|NO|BAD|BYE|PREAUTH)\b)", re.IGNORECASE)


class TooMuchError(Exception):
    """The server announces or sends more than was requested."""


class ResponseReader:
    """A parser that splits the stream into responses, and keeps no more than was requested."""

    def __init__(self) -> None:
        self.longest_line = LONGEST_LINE  # set for each command, like the next limit
        self.longest_literal = 0
        self._line = bytearray()  # a line that has not ended yet
        self._literal: bytearray | None = None
        self._missing = 0  # bytes of the literal
        self._response: Response = []
        self._held = 0  # bytes of the response so far

    def feed(self, data: bytes) -> list[Response]:
        """Return the responses that `data` completes; raise TooMuchError above the limits."""
        complete: list[Response] = []
        position = 0
        while position < len(data):
            if self._literal is None:
                position = self._read_line(data, position, complete)
            else:
                position = self._read_literal(data, position)
        return complete

    def is_empty(self) -> bool:
        """Return whether all bytes so far belong to complete responses."""
        return self._held == 0

    def _read_literal(self, data: bytes, position: int) -> int:
        assert self._literal is not None
        piece = data[position : position + self._missing]
        self._literal += piece
        self._missing -= len(piece)
        if self._missing == 0:
            self._response.append(bytes(self._literal))
            self._literal = None
        return position + len(piece)

    def _read_line(self, data: bytes, position: int, complete: list[Response]) -> int:
        end = data.find(b"\n", position)
        piece = data[position:] if end == -1 else data[position:end]
        self._line += piece
        self._count_bytes(len(piece))
        if end == -1:
            return len(data)
        line = bytes(self._line.removesuffix(b"\r"))
        self._line.clear()
        if (size := self._end_line(line)) is None:
            complete.append(self._response)
            self._response, self._held = [], 0
        elif size:
            self._literal, self._missing = bytearray(), size
        else:
            self._response.append(b"")
        return end + 1

    def _end_line(self, line: bytes) -> int | None:
        """Return the size of the literal after the line; None if the response ends."""
        self._response.append(line)
        self._count_bytes(64)  # the overhead of a piece
        announced = _LITERAL.search(line, max(0, len(line) - 16))
        if announced is None or (len(self._response) == 1 and _STATUS.match(line)):
            return None
        size = int(announced[1])
        if size > self.longest_literal:
            raise TooMuchError(f"{size} bytes where {self.longest_literal} were asked for")
        self._count_bytes(size)
        return size

    def _count_bytes(self, count: int) -> None:
        self._held += count
        if self._held > self.longest_literal + self.longest_line:
            raise TooMuchError("a response without end")


# -- values of responses -----------------------------------------------------------

_FETCH = re.compile(rb"\* +\d+ +FETCH +\(", re.IGNORECASE)
# An unterminated quoted string extends to the end of the line, else the search for its end
# would start again at each quotation mark.
_TOKEN = re.compile(
    rb'(?P<space>[ \t]+)|(?P<open>\()|(?P<close>\))|"(?P<quoted>(?:[^"\\]+|\\.)*)(?:"|\\?\Z)'
    rb'|(?P<atom>[^\s()"{]+)|(?P<literal>\{\d+\+?\}\Z)',
    re.DOTALL,
)
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)


def read_fetch(response: Response) -> dict[bytes, Value]:
    """Return the values in a FETCH response by name; none if it is another response.

    A list in parentheses becomes an empty list: we request none, and servers send flags
    unrequested.
    """
    start = _FETCH.match(response[0])
    if start is None:
        return {}
    found: dict[bytes, Value] = {}
    name: bytes | None = None
    for value in _values(response, start.end()):
        if name is None:
            if not isinstance(value, bytes):
                break
            name = value.upper()
        else:
            found[name] = value
            name = None
    return found


def _values(response: Response, start: int) -> Iterator[Value]:
    """Yield names and values alternately: bytes, None for NIL, [] for a list."""
    depth = 0
    for index in range(0, len(response), 2):
        for token in _TOKEN.finditer(response[index], start):
            kind = token.lastgroup
            if kind == "open":
                depth += 1
            elif kind == "close":
                depth -= 1
                if depth < 0:
                    return
                if depth == 0:
                    yield []
            elif depth == 0 and kind == "quoted":
                yield _ESCAPED.sub(rb"\1", token["quoted"])
            elif depth == 0 and kind == "atom":
                yield None if token["atom"].upper() == b"NIL" else token["atom"]
            elif depth == 0 and kind == "literal" and index + 1 < len(response):
                yield response[index + 1]
        start = 0


def read_search(responses: list[Response]) -> list[int]:
    """Return all numbers in the SEARCH responses among `responses`."""
    numbers: list[int] = []
    for response in responses:
        words = response[0].split()
        if [word.upper() for word in words[:2]] == [b"*", b"SEARCH"]:
            numbers += [int(word) for word in words[2:] if is_number(word)]
    return numbers


def is_number(value: Value) -> TypeGuard[bytes]:
    """Return whether `value` is a number of IMAP: 63 bits at most."""
    return isinstance(value, bytes) and value.isdigit() and len(value) <= 19


def printable(text: bytes) -> str:
    """Return a server's text in a form that is safe in a message to people."""
    decoded = text.decode("utf-8", "replace").strip()
    return "".join(char if char.isprintable() else "?" for char in decoded)[:200]


def response_code(responses: list[Response], name: str) -> int | None:
    """Return the number in a status response's code, as in `* OK [UIDNEXT 7]`; or None."""
    pattern = re.compile(rb"\S+ +OK +\[%s +(\d{1,19})\]" % name.encode("ascii"), re.IGNORECASE)
    for response in responses:
        if found := pattern.match(response[0]):
            return int(found[1])
    return None


_DATE = re.compile(
    rb" *(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)", re.ASCII
)
_MONTHS = b"jan feb mar apr may jun jul aug sep oct nov dec".split()


def read_date(text: Value) -> datetime:
    """Return an INTERNALDATE; the beginning of 1970 if the date is malformed.

    The date is for information only, so a malformed one must not cost us the mail.
    """
    try:
        return _date(text if isinstance(text, bytes) else b"")
    except ValueError:
        return datetime.fromtimestamp(0, UTC)


def _date(text: bytes) -> datetime:
    if (found := _DATE.fullmatch(text)) is None:
        raise ValueError(f"not a date: {text!r}")
    day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
    ahead = timedelta(hours=int(found[8]), minutes=int(found[9]))
    zone = timezone(-ahead if found[7] == b"-" else ahead)
    month = _MONTHS.index(found[2].lower()) + 1
    return datetime(year, month, day, hour, minute, second, tzinfo=zone)


# -- arguments of commands ---------------------------------------------------------


def quoted(text: str) -> str:
    """Return an argument as a quoted string; sending refuses CR, LF and NUL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def mailbox_name(name: str) -> str:
    """Return a mailbox name for IMAP4rev1: modified UTF-7 (RFC 3501 5.1.3), quoted."""
    pieces = re.split(r"([^\x20-\x7e]+)", name)
    encoded = [
        _base64(piece) if index % 2 else piece.replace("&", "&-")
        for index, piece in enumerate(pieces)
    ]
    return quoted("".join(encoded))


def _base64(text: str) -> str:
    encoded = base64.b64encode(text.encode("utf-16-be")).decode("ascii")
    return "&" + encoded.rstrip("=").replace("/", ",") + "-"


def sequence_set(uids: Sequence[int]) -> str:
    """Return ascending UIDs as an IMAP sequence set, with runs as ranges."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(a) if a == b else f"{a}:{b}" for a, b in ranges)
