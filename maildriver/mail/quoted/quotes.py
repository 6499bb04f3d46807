"""Quoted lines of a reply: marked ones, and those below a header or attribution."""

import re
from collections.abc import Sequence

from maildriver.mail.boilerplate.endings import cut_endings
from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.quoted.attribution import ADDRESS, attribution_start
from maildriver.mail.quoted.header_block import (
    find_header_block,
    forward_start,
    is_header,
    start_with_labels,
)

_PROMPT = re.compile(r"^\s*>>>( |$)")
_LINK = re.compile(r"^\s*[<(\[]?(https?://|mailto:)\S*|^\s*\S*[=/_&%]\S*[)\]>]?\s*>?\s*$")
#: The Bat and Gnus put the author's initials before the mark.
_INITIALS = re.compile(r"^[ \t]{0,6}([A-Z][A-Za-z]{0,4})>+( |$)")
_MOST_LINES = 5000
_LONG_LINE = 66  # characters; a mail program may have wrapped a longer line without a mark
_SHORT = 120
_LEAST, _MOST = 3, 12  # lines of a header
_ABOVE_THIS = re.compile(
    r"(reply|respond|write|type|response)\b.{0,20} above this line|above this line to reply"
    r"|(oberhalb|über) dieser (zeile|linie)|au-dessus de cette ligne|(por )?encima de esta línea"
    r"|sopra (questa|la) (riga|linea)|acima desta linha|boven deze (lijn|regel)"
    r"|(ovanför|över) (denna|den här) (rad|linje)|over denne linj|ovenfor denne linj"
    r"|tämän rivin yläpuolelle|powyżej tej linii|nad (tento|tuto) (řádek|riadok|linku)"
    r"|выше этой (линии|строки)|вище цього рядка|bu satırın üst|この(行|線)より上|在此行(以上"
    r"|之上|上方)"
    r"|이 (줄|선) 위에|deasupra acestei lini|e fölé a sor fölé",
    re.IGNORECASE,
)


def lines_to_cut(
    lines: Sequence[str], ours: Sequence[bool], earlier: Sequence[EarlierMail] = ()
) -> tuple[list[bool], list[str]]:
    """Return for each line whether it is to be cut, and the reasons for all cuts.

    `ours` marks the lines of our own text; `earlier` are earlier mails of the same writer.
    """
    reasons: list[str] = []
    end = forward_start(lines)
    cut = _marked_lines(lines)
    _mark_initialed(lines, cut)
    if any(cut):
        reasons.append("lines marked with >")
    if any(ours):
        reasons.append("words that we sent")
        cut = [one or other for one, other in zip(cut, ours, strict=True)]
    if end is not None:
        cut[end:] = [False] * (len(lines) - end)  # a forwarded mail counts as the writer's words
    limit = len(lines) if end is None else end
    head, above = lines[:limit], cut[:limit]
    if _cut_below_reply_line(head, above):
        reasons.append("a line that asks to write above it")
    if _cut_header_block(head, above) or _cut_below_marked_header(head, above):
        reasons.append("a header of a quoted mail")
    if _cut_attributions(head, above):
        reasons.append("a line that introduces a quotation")
    to_the_writer = limit and above[-1] and not head[-1].lstrip().startswith(">")
    reasons += cut_endings(head, above, earlier)
    if end is not None and to_the_writer:
        cut[limit:] = [True] * (len(lines) - limit)  # somebody forwarded that mail to the writer
    elif end is not None:
        reasons.append("a forwarded mail")
    return above + cut[limit:], reasons


def is_forward(text: str) -> bool:
    """Return whether a text forwards a mail, rather than quoting a mail that did."""
    lines = [line.rstrip() for line in text.split("\n")[:_MOST_LINES]]
    if forward_start(lines) is None:
        return False
    return "a forwarded mail" in lines_to_cut(lines, [False] * len(lines))[1]


def looks_quoted(text: str) -> bool:
    """Return whether a trimmed reply still seems to contain a quotation."""
    lines = text.split("\n")
    none = [False] * len(lines)
    return find_header_block(lines, none) is not None or any(
        attribution_start(lines, none, number, marked=False) is not None
        for number in range(len(lines))
    )


def _marked_lines(lines: Sequence[str]) -> list[bool]:
    """Return which lines are marked with >, or wrapped from these; Python prompts are not."""
    quoted = [line[:200].lstrip(" \t\xa0").startswith((">", "＞")) for line in lines]
    start = 0
    while start < len(lines):
        stop = start
        while stop < len(lines) and quoted[stop]:
            stop += 1
        if stop > start and all(_PROMPT.match(line) for line in lines[start:stop]):
            quoted[start:stop] = [False] * (stop - start)
        start = max(stop, start + 1)
    for number in range(1, len(lines) - 1):
        between = quoted[number - 1] and quoted[number + 1] and not quoted[number]
        if between and _is_wrapped_rest(lines[number - 1], lines[number]):
            quoted[number] = True
    return quoted


def _mark_initialed(lines: Sequence[str], cut: list[bool]) -> None:
    """Mark lines that begin with the same initials and >, below an attribution."""
    introduced: set[str] = set()
    above = 0
    for number, line in enumerate(lines):
        match = _INITIALS.match(line)
        if match and (
            match[1] in introduced or attribution_start(lines, cut, above, marked=True) is not None
        ):
            introduced.add(match[1])
            cut[number] = True
        above = number if line.strip() else above


def _is_wrapped_rest(above: str, line: str) -> bool:
    """Return whether a line between two quoted ones is the wrapped rest of the upper one."""
    if not line.strip():
        return False
    if len(line) < 1000 and _LINK.match(line):
        return True
    begins = line.lstrip()[0]
    return (
        len(above) >= _LONG_LINE
        and above[-1] not in ".?!:"
        and not begins.isupper()
        and begins != "-"
    )


def _cut_below_reply_line(lines: Sequence[str], cut: list[bool]) -> bool:
    """Mark all from a line on that says "write above this line", if there is text above."""
    written = False
    for number, line in enumerate(lines):
        if written and len(line) < _SHORT and _ABOVE_THIS.search(line):
            cut[number:] = [True] * (len(lines) - number)
            return True
        written = written or (bool(line.strip()) and not cut[number])
    return False


def _cut_header_block(lines: Sequence[str], cut: list[bool]) -> bool:
    """Mark a quoted header, and all lines below it unless these have marks of their own."""
    found = find_header_block(lines, cut)
    if found is None:
        return False
    start, end, separated = found
    own_above = any(lines[number].strip() and not cut[number] for number in range(start))
    below = next((number for number in range(end, len(lines)) if lines[number].strip()), None)
    marked = below is not None and cut[below]
    stop = end if marked or not (own_above or separated) else len(lines)
    cut[start:stop] = [True] * (stop - start)
    return True


def _cut_below_marked_header(lines: Sequence[str], cut: list[bool]) -> bool:
    """Mark all lines below a header if only that has marks, and the writer's text is above."""
    own = False
    start = 0
    while start < len(lines):
        stop = start
        while stop < len(lines) and cut[stop] and lines[stop].lstrip().startswith(">"):
            stop += 1
        if (
            own
            and _LEAST <= stop - start <= _MOST
            and is_header([line.lstrip(" >") for line in lines[start:stop]])
        ):
            cut[start:] = [True] * (len(lines) - start)
            return True
        own = own or (bool(lines[start].strip()) and not cut[start])
        start = max(stop, start + 1)
    return False


def _cut_attributions(lines: Sequence[str], cut: list[bool]) -> bool:
    """Mark attributions, and all lines below an attribution without marked lines."""
    found, own = False, 0  # the writer's first line
    below: list[int | None] = [None] * (len(lines) + 1)  # the next line that is not empty
    for number in range(len(lines) - 1, -1, -1):
        below[number] = number if lines[number].strip() else below[number + 1]
    for number, line in enumerate(lines):
        if not line.strip() or (cut[number] and not _is_half_marked(line)):
            continue
        after = below[number + 1]
        marked = (
            after is not None
            and cut[after]
            and (line.endswith(":") or not _is_half_marked(lines[after]))
        )
        start = attribution_start(lines, cut, number, marked=marked)
        if start is not None:
            start = start_with_labels(lines, start)
            while own < start and (cut[own] or not lines[own].strip()):
                own += 1
            if not marked and own == start and not _names_an_address(lines[start : number + 1]):
                continue  # at the very top, without proof that the rest is quoted
            found = True
            stop = number + 1 if marked or own == start else len(lines)
            cut[start:stop] = [True] * (stop - start)
            if stop == len(lines):
                break
    return found


def _names_an_address(lines: Sequence[str]) -> bool:
    return any(ADDRESS.search(line) for line in lines)


def _is_half_marked(line: str) -> bool:
    """Return whether a line is just the end of an attribution that happens to begin with >."""
    short = len(line) < 80 and line.startswith("> ") and line.endswith(":")
    return short and not ADDRESS.search(line)
