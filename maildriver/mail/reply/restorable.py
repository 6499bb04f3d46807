"""Restorable text of a reply: in its own order, without our own text.

Lines may have been cut by mistake, so their writer can restore them. Our own text is left out: a
quoted lesson or digest would show students what some of them have not had.
"""

import re
from collections.abc import Sequence

from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.quoted.attribution import attribution_start
from maildriver.mail.quoted.header_block import find_header_block
from maildriver.mail.quoted.our_text import our_lines
from maildriver.mail.reply.trim import marked_lines

#: Labels of posts in a digest, and the token line of our mails.
_FRAME = re.compile(r"^[>\s]*(\[#\d{1,12} |\|( |$)|-{20}$)|\b\w{2,12} [a-z2-7]{24}\b")
_TITLES = 8  # lines


def restorable_text(
    text: str,
    sent: Sequence[str],
    html_quote: str,
    earlier: Sequence[EarlierMail],
    reply: str,
) -> str:
    """Return all text of a mail except ours; empty if that is no more than `reply`."""
    marked = marked_lines(text, sent, html_quote, earlier)
    lines = [line for line, _ in marked]
    cut = [is_cut for _, is_cut in marked]
    if html_quote and html_quote.strip() not in "\n".join(lines):
        more = html_quote.replace("\r\n", "\n").split("\n")
        lines, cut = [*lines, "", *more], [*cut, False, *[True] * len(more)]
    kept = _in_reply(lines, reply)
    ours = _our_lines(lines, cut, sent)
    left = [
        line
        for line, is_cut, is_ours, is_kept in zip(lines, cut, ours, kept, strict=True)
        if is_kept or not (is_cut and is_ours)
    ]
    found = re.sub(r"\n{3,}", "\n\n", "\n".join(left)).strip("\n")
    return found if _words(found) != _words(reply) else ""


def all_cut_text(elided: str, html_quote: str) -> str:
    """Return all cut text: from `trim`, and before that from the HTML structure."""
    first = next((line for line in html_quote.split("\n") if line.strip()), "")
    return (
        elided if not first or first.rstrip() in elided else f"{elided}\n{html_quote}".strip("\n")
    )


def _in_reply(lines: Sequence[str], reply: str) -> list[bool]:
    """Return for each line whether it is in the reply, in the order of both."""
    said = [line.rstrip() for line in reply.split("\n") if line.strip()]
    found, place = [False] * len(lines), 0
    for number, line in enumerate(lines):
        if place < len(said) and line.rstrip() == said[place]:
            found[number] = True
            place += 1
    return found


def _our_lines(lines: Sequence[str], cut: Sequence[bool], sent: Sequence[str]) -> list[bool]:
    """Return for each line whether we sent it, or a mail program put it above our text."""
    known = our_lines(lines, sent) if sent else [False] * len(lines)
    ours = [
        each or _FRAME.search(line) is not None or _is_blank(line)
        for each, line in zip(known, lines, strict=True)
    ]
    _add_quoted(lines, ours)
    nothing = [False] * len(lines)
    if (block := find_header_block(lines, nothing)) is not None:
        _add_head(lines, ours, block[0], block[1])
    for number in range(1, len(lines)):
        if cut[number] and ours[number] and not _is_blank(lines[number]):
            above = number - 1
            while above > 0 and _is_blank(lines[above]):
                above -= 1
            if cut[above] and not ours[above]:
                start = attribution_start(lines, nothing, above, marked=True)
                if start is not None:
                    _add_head(lines, ours, start, above + 1)
    return ours


def _add_quoted(lines: Sequence[str], ours: list[bool]) -> None:
    """Add the rest of a marked quotation, such as titles, if most lines in it are ours."""
    start = 0
    while start < len(lines):
        stop = start
        while stop < len(lines) and lines[stop].lstrip().startswith(">"):
            stop += 1
        said = [ours[n] for n in range(start, stop) if not _is_blank(lines[n])]
        if said and sum(said) * 2 >= len(said):
            ours[start:stop] = [True] * (stop - start)
        start = max(stop, start + 1)


def _add_head(lines: Sequence[str], ours: list[bool], start: int, end: int) -> None:
    """Add the head of a quotation, and the titles between the head and our next line."""
    ours[start:end] = [True] * (end - start)
    below = range(end, min(end + _TITLES, len(lines)))
    last = next((n for n in below if ours[n] and not _is_blank(lines[n])), end)
    ours[end:last] = [True] * (last - end)


def _is_blank(line: str) -> bool:
    return not line.strip(" >=-")


def _words(text: str) -> list[str]:
    return text.replace(">", " ").split()
