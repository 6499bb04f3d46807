"""Reasons for the cuts in a reply, one for each run of lines."""

from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.mail.quoted.attribution import attribution_start
from maildriver.mail.quoted.header_block import find_header_block
from maildriver.mail.quoted.our_text import our_lines

_MARKED, _SENT = "lines marked with >", "words that we sent"
_HEADER, _ATTRIBUTION = "a header of a quoted mail", "a line that introduces a quotation"
_FIRST = 8  # lines of a run among which an attribution may end


@dataclass(frozen=True, slots=True)
class Cut:
    """Adjacent lines that were cut for one reason: their number, and the first."""

    why: str
    lines: int
    first: str


def cuts_of(
    marked: Sequence[tuple[str, bool]], reasons: Sequence[str], sent: Sequence[str] = ()
) -> tuple[Cut, ...]:
    """Return the cuts of a text, each with one of the `reasons` that `trim` gave for all.

    `marked` are the lines of the text, each with whether it was cut.
    """
    lines = [line for line, _ in marked]
    known = our_lines(lines, sent, "") if sent else [False] * len(lines)
    others = [each for each in reasons if each not in {_MARKED, _SENT, "a forwarded mail"}]
    runs: list[tuple[str, list[str]]] = []
    for (line, is_cut), is_known in zip(marked, known, strict=True):
        if not is_cut:
            kind = ""
        elif not line.strip() and runs:
            kind = runs[-1][0]
        elif line.lstrip().startswith((">", "＞")):
            kind = _MARKED
        else:
            kind = _SENT if is_known else "other"
        if not runs or runs[-1][0] != kind:
            runs.append((kind, []))
        runs[-1][1].append(line)
    return tuple(
        Cut(_reason_of(run, others) if kind == "other" else kind, len(said), said[0].strip()[:80])
        for kind, run in runs
        if kind and (said := [line for line in run if line.strip()])
    )


def _reason_of(run: Sequence[str], reasons: Sequence[str]) -> str:
    """Return the reason that applies to a run of lines, or several joined by "or"."""
    if len(reasons) == 1:
        return reasons[0]
    none = [False] * len(run)
    if _HEADER in reasons and find_header_block(run, none) is not None:
        return _HEADER
    ends = range(min(len(run), _FIRST))
    if _ATTRIBUTION in reasons and any(
        attribution_start(run, none, number, marked=True) is not None for number in ends
    ):
        return _ATTRIBUTION
    rest = [each for each in reasons if each not in {_HEADER, _ATTRIBUTION}]
    return " or ".join(rest or reasons) or "beside what is quoted"
