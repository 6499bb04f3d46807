"""Removal of quotations and signatures from a student's reply.

We know the texts that we sent, so most quotations are recognised by their words, however a mail
program wrapped or marked them. The others are recognised by evidence: marks, headers in many
languages, attribution lines. Nothing is thrown away: the cut text is returned too, and the
confidence says how sure the cuts are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.mail.boilerplate.disclaimer import CLOSING
from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.quoted import quotes
from maildriver.mail.quoted.attribution import split_glued
from maildriver.mail.quoted.our_text import OUR_FOOTER, our_lines

_MOST_LINES = 10_000
_KEPT_LINES = 3  # of our text that are kept above an answer to it
_UNKNOWN_LINES = 40  # up to this, a quotation is kept whole if `sent` is unknown
_CLOSING_WORDS = 8


@dataclass(frozen=True, slots=True)
class Trimmed:
    """A text split into reply and cut text, and the confidence in the split."""

    reply: str
    elided: str
    confidence: float  # 0 to 1
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Adjacent lines that are all the writer's, or all cut."""

    own: bool
    lines: tuple[str, ...]


def trim(
    text: str, sent: Sequence[str] = (), html_quote: str = "", earlier: Sequence[EarlierMail] = ()
) -> Trimmed:
    """Return the writer's own words; `sent` are texts of ours that the mail may quote.

    `html_quote` is the quotation that was cut from an HTML mail by its structure; `earlier` are
    earlier mails of the same writer. Linear in the length of the text, and never an exception.
    """
    if text.count("\n") > _MOST_LINES:
        return Trimmed(text.strip(), "", 0.0, ("it is too long to be read",))
    text, html_quote = _joined_with_answers(text, sent, html_quote)
    lines, cut, reasons = _marked(text, sent, html_quote, earlier)
    kept, elided = _split(_runs(lines, cut), is_known=bool(sent))
    reply = "\n".join(kept).strip("\n")
    return Trimmed(
        reply, "\n".join(elided).strip("\n"), _confidence(reply, reasons), tuple(reasons)
    )


def marked_lines(
    text: str, sent: Sequence[str] = (), html_quote: str = "", earlier: Sequence[EarlierMail] = ()
) -> list[tuple[str, bool]]:
    """Return the lines of a text, each with whether it is cut; in a very long text none is."""
    if text.count("\n") > _MOST_LINES:
        return [(line, False) for line in text.split("\n")]
    text, html_quote = _joined_with_answers(text, sent, html_quote)
    lines, cut, _ = _marked(text, sent, html_quote, earlier)
    return list(zip(lines, cut, strict=True))


def _marked(
    text: str, sent: Sequence[str], html_quote: str, earlier: Sequence[EarlierMail] = ()
) -> tuple[list[str], list[bool], list[str]]:
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").split("\n")]
    lines = split_glued([line.replace("\u200b", "").replace("\ufeff", "") for line in lines])
    known = our_lines(lines, sent, html_quote) if sent else [False] * len(lines)
    cut, reasons = quotes.lines_to_cut(lines, known, earlier)
    return lines, cut, reasons


def _joined_with_answers(text: str, sent: Sequence[str], html_quote: str) -> tuple[str, str]:
    """Return text and `html_quote`, joined if the writer wrote answers within `html_quote`.

    Some programs mark all lines from the quotation on as quoted, also answers between or below
    the quoted lines. We know the text that we sent, so the rest is the writer's.
    """
    if not sent or not html_quote:
        return text, html_quote
    lines, cut, _ = _marked(html_quote, sent, "")
    ours = any(our_lines(lines, sent))
    own = [line for line, is_cut in zip(lines, cut, strict=True) if not is_cut]
    return (f"{text}\n\n{html_quote}", "") if ours and has_words(own) else (text, html_quote)


def _runs(lines: Sequence[str], cut: Sequence[bool]) -> list[_Run]:
    """Return the lines in runs; an empty line belongs to the line before."""
    runs: list[tuple[bool, list[str]]] = []
    for line, is_cut in zip(lines, cut, strict=True):
        own = not is_cut if line.strip() or not runs else runs[-1][0]
        if not runs or runs[-1][0] != own:
            runs.append((own, []))
        runs[-1][1].append(line)
    return [_Run(own, tuple(group)) for own, group in runs]


def _split(runs: Sequence[_Run], *, is_known: bool) -> tuple[list[str], list[str]]:
    """Return the kept lines and the cut lines.

    Words between two quotations answer the upper one, which is kept above them: only its last
    lines if the texts that we sent are known (`is_known`), else the whole quotation.
    """
    own = [number for number, run in enumerate(runs) if run.own and has_words(run.lines)]
    interleaved = len(own) > 1
    kept: list[str] = []
    elided: list[str] = []
    for number, run in enumerate(runs):
        if run.own:
            kept += run.lines
        else:
            if interleaved and own[-1] > number:
                kept += _kept_quotation(run, is_known=is_known)
            kept += _gap(kept, run)
            elided += run.lines
    return kept, elided


def _kept_quotation(run: _Run, *, is_known: bool) -> list[str]:
    marked = [line for line in run.lines if line.lstrip().startswith(">")]
    if marked and not is_known and len(run.lines) <= _UNKNOWN_LINES:
        return list(run.lines)
    end = next((n for n, line in enumerate(run.lines) if OUR_FOOTER.search(line)), len(run.lines))
    said = [line for line in run.lines[:end] if line.strip(" >")][-_KEPT_LINES:]
    return [line for line in said if line in marked]


def _gap(kept: Sequence[str], run: _Run) -> list[str]:
    """Return the empty line to keep between paragraphs where a quotation is cut."""
    return [""] if kept and kept[-1].strip() and run.lines and not run.lines[-1].strip() else []


def has_words(lines: Sequence[str]) -> bool:
    """Return whether lines have words other than a complimentary close."""
    words = [line for line in lines if line.strip()]
    if not words:
        return False
    few = sum(len(line.split()) for line in words) <= _CLOSING_WORDS
    return not (few and CLOSING.match(words[0]))


def _confidence(reply: str, reasons: Sequence[str]) -> float:
    if not reply.strip():
        return 0.5
    if "a forwarded mail" in reasons or quotes.looks_quoted(reply):
        return 0.4
    return 0.95 if reasons else 0.8
