"""What a student wrote, without what they quoted.

We know what we sent, so most of a quotation is recognised by its words, however it is
wrapped, marked or translated around. What is left is recognised by evidence: marks,
headers in many languages, lines that introduce a quotation. Nothing is thrown away: what is
cut is returned too, and where two ways of cutting disagree the confidence says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.domain import quotation
from maildriver.domain.sentwords import known_lines

_MOST_LINES = 5000
_QUESTION_LINES = 3  # of a quotation are kept above the answer to it


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text in two parts, and how sure that is."""

    reply: str
    elided: str
    confidence: float  # 0 to 1
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines of one kind, in a row."""

    own: bool
    lines: tuple[str, ...]


def trim(text: str, sent: Sequence[str] = ()) -> Trimmed:
    """Return the writer's own words; `sent` are the texts that they may be quoting.

    Linear in the length of the text, and never an exception.
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    if len(lines) > _MOST_LINES:
        return Trimmed("\n".join(lines).strip(), "", 0.0, ("it is too long to be read",))
    reasons: list[str] = []
    cut, why = quotation.marks(lines)
    reasons += why
    if sent:
        known = known_lines(lines, sent)
        if any(known):
            reasons.append("words that we sent")
        cut = [one or other for one, other in zip(cut, known, strict=True)]
        cut = quotation.with_intros(lines, cut)
    kept, elided = _assembled(_runs(lines, cut))
    reply = "\n".join(kept).strip("\n")
    return Trimmed(
        reply, "\n".join(elided).strip("\n"), _confidence(reply, reasons), tuple(reasons)
    )


def _runs(lines: Sequence[str], cut: Sequence[bool]) -> list[_Run]:
    """Group the lines; an empty line goes with what stands before it."""
    runs: list[tuple[bool, list[str]]] = []
    for line, is_cut in zip(lines, cut, strict=True):
        own = not is_cut if line.strip() or not runs else runs[-1][0]
        if not runs or runs[-1][0] != own:
            runs.append((own, []))
        runs[-1][1].append(line)
    return [_Run(own, tuple(group)) for own, group in runs]


def _assembled(runs: Sequence[_Run]) -> tuple[list[str], list[str]]:
    """Return what is kept and what is cut.

    Words between two quotations answer the one above them: of that, the last lines stay.
    """
    own = [number for number, run in enumerate(runs) if run.own and _has_words(run)]
    interleaved = len(own) > 1
    kept: list[str] = []
    elided: list[str] = []
    for number, run in enumerate(runs):
        if run.own:
            kept += run.lines
        elif interleaved and any(later > number for later in own):
            question = [line for line in run.lines if line.strip()][-_QUESTION_LINES:]
            question = [line for line in question if line.startswith(">")]
            kept += question
            elided += run.lines
        else:
            elided += run.lines
    return kept, elided


def _has_words(run: _Run) -> bool:
    return any(line.strip() for line in run.lines)


def _confidence(reply: str, reasons: Sequence[str]) -> float:
    if not reply.strip():
        return 0.5
    if quotation.looks_quoted(reply):
        return 0.4
    return 0.95 if reasons else 0.8
