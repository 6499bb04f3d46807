"""Safety check of a raw message, in linear time and before any parser."""

import re

# Real messages stay far below these limits; far above them, the parser may take minutes
# (python/cpython #136063: one megabyte of Subject takes half a minute).
LONGEST_HEADER = 64 * 1024
LONGEST_FIELD = 8 * 1024
MOST_FIELDS = 500
MOST_BOUNDARIES = 400
MOST_CONTAINERS = 20

#: The Content-* fields of a part, which the parser analyses, with their continuation lines.
_PART_FIELD = re.compile(rb"^content-[a-z-]{1,40}:[^\n]*(?:\n[ \t][^\n]*)*", re.MULTILINE)
_CONTAINER = re.compile(rb"^content-type:\s*(?:multipart|message)/", re.MULTILINE)


def prescan(raw: bytes) -> str | None:
    """Return why a message must not be parsed, or None if it may be."""
    lines = raw.lstrip(b"\r\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")  # as the parser does
    head, found, _ = lines.partition(b"\n\n")
    if len(head) > LONGEST_HEADER:
        return "its header is longer than 64 KB"
    return _field_danger(head) or (_part_danger(lines) if found else None)


def _field_danger(head: bytes) -> str | None:
    fields, size = 0, 0
    for line in head.split(b"\n"):
        if line.startswith((b" ", b"\t")):
            size += len(line)
        else:
            fields, size = fields + 1, len(line)
        if size > LONGEST_FIELD:
            return "a field of its header is longer than 8 KB"
    return "its header has more than 500 fields" if fields > MOST_FIELDS else None


def _part_danger(lines: bytes) -> str | None:
    if lines.count(b"\n--") > MOST_BOUNDARIES:
        return "it has more than 400 parts"
    lower = lines.lower()
    if any(len(field[0]) > LONGEST_FIELD for field in _PART_FIELD.finditer(lower)):
        return "a field of one of its parts is longer than 8 KB"
    containers = sum(1 for _ in _CONTAINER.finditer(lower))
    return "its parts are nested too deep" if containers > MOST_CONTAINERS else None
