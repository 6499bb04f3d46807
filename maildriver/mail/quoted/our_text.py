"""Recognition of our own text in a reply, however a mail program wrapped it."""

import re
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_SHINGLE = 5  # words in a row that two texts never share by chance
_ENOUGH = 0.7  # of a line's words

#: Quote marks of mail programs; not a bar, which we put before a student's words.
QUOTE_MARKS = r"^(?:[>\s]{0,40})"
#: The end of our mails: the last line, or the line above the footer.
OUR_FOOTER = re.compile(rf"{QUOTE_MARKS}(?:-{{20}}|\w{{2,12}} [a-z2-7]{{24}}\b)")


def our_lines(lines: Sequence[str], sent: Sequence[str], html_quote: str = "") -> list[bool]:
    """Return for each line whether we wrote it.

    A mail quotes a text once: an unmarked repetition is the writer's own. `html_quote` is the
    quotation that was cut from the mail by its HTML structure.
    """
    shingles: set[tuple[str, ...]] = set()
    whole: set[tuple[str, ...]] = set()
    for text in sent:
        words = _words(text)
        shingles.update(zip(*(words[start:] for start in range(_SHINGLE)), strict=False))
        whole.update(tuple(_words(line)) for line in text.split("\n"))
    whole.discard(())
    stream = [(word, number) for number, line in enumerate(lines) for word in _words(line)]
    ours = [False] * len(stream)
    for start in range(len(stream) - _SHINGLE + 1):
        if tuple(word for word, _ in stream[start : start + _SHINGLE]) in shingles:
            ours[start : start + _SHINGLE] = [True] * _SHINGLE
    counts = [[0, 0] for _ in lines]
    for (_, number), is_ours in zip(stream, ours, strict=True):
        counts[number][0] += 1
        counts[number][1] += is_ours
    known = [total > 0 and good / total >= _ENOUGH for total, good in counts]
    return _without_repetitions(lines, _with_short_lines(lines, known, whole), html_quote)


def _with_short_lines(
    lines: Sequence[str], known: list[bool], whole: set[tuple[str, ...]]
) -> list[bool]:
    """Return `known` with lines too short for a shingle that equal ours next to a known line."""
    result = list(known)
    near = False
    for order in (range(len(lines)), range(len(lines) - 1, -1, -1)):
        near = False
        for number in order:
            if not lines[number].strip(" >"):
                continue
            words = tuple(_words(lines[number]))
            if not result[number] and near and (not words or words in whole):
                result[number] = True
            near = result[number]
    return result


def _without_repetitions(lines: Sequence[str], known: list[bool], html_quote: str) -> list[bool]:
    """Return `known` without runs of unmarked lines whose words the mail quotes elsewhere."""
    marked = [line.lstrip().startswith(">") for line in lines]
    quoted = [line for line, is_marked in zip(lines, marked, strict=True) if is_marked]
    haystack = _phrase("\n".join((*quoted, html_quote)))
    result = list(known)
    start = 0
    while haystack.strip() and start < len(lines):
        stop = start
        while stop < len(lines) and not marked[stop] and (known[stop] or not lines[stop].strip()):
            stop += 1
        if stop > start and _phrase("\n".join(lines[start:stop])) in haystack:
            result[start:stop] = [False] * (stop - start)
        start = max(stop, start + 1)
    return result


def _phrase(text: str) -> str:
    return f" {' '.join(_words(text))} "


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
