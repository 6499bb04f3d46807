"""What stands below a writer's words but is not theirs to say: signatures, notices, footers."""

import re
from collections.abc import Iterable, Sequence

from maildriver.domain.learnt import Earlier, repeated_end
from maildriver.domain.mailwords import (
    BANNER,
    BOILERPLATE,
    DEVICES,
    GETTING,
    JOINED_DEVICES,
    JOINED_SENT_FROM,
    SENT_AT_THE_END,
    SENT_FROM,
    any_of,
)

_SIGNATURE = re.compile(r"^(--|—|–)[ \xa0]?$|^_{2,4}$")
_RULE = re.compile(r"^\s*[_\-=*—–.#]{5,}\s*$")
_LIST = re.compile(
    r"mailing list|mailman/listinfo|unsubscribe|groups\.google|google groups|you received this",
    re.IGNORECASE,
)
_DEVICE = rf"(?:(?<!\w)(?:{any_of(DEVICES)})(?!\w)|{JOINED_DEVICES})"
_SENT_FROM = re.compile(
    rf"^\W{{0,4}}(?:(?:{any_of(SENT_FROM)})(?!\w)|{JOINED_SENT_FROM})[^,;!?\n]{{0,60}}?{_DEVICE}"
    rf"|^\W{{0,4}}(von unterwegs|mobil) gesendet\W{{0,3}}$"
    rf"|{_DEVICE}.{{0,40}}(?:{SENT_AT_THE_END})\W{{0,3}}$",
    re.IGNORECASE,
)
_GETTING = re.compile(
    rf"^\W{{0,4}}({any_of(GETTING)})|({any_of(GETTING)})\W{{0,3}}$", re.IGNORECASE
)
_OFFER = re.compile(
    r"(outlook|bluemail|aquamail|(yahoo|proton|aol) ?mail).{1,30}(ios|android|iphone)"
    r"|(ios|android|iphone).{1,30}outlook",
    re.IGNORECASE,
)
_LINKED = re.compile(r"<https?://\S{0,300}>|\(https?://\S{0,300}\)|\[https?://\S{0,300}\]")
_LONGEST = 500  # of a line that a program adds, with the links in it
_TAIL_WORDS = 14
_SIGNATURE_LINES = 12
_FOOTER_LINES = 8
_NOTICE_WORDS = 12  # fewer are a sentence of the writer's


def cut_endings(
    lines: Sequence[str], cut: list[bool], earlier: Sequence[Earlier] = ()
) -> list[str]:
    """Mark what ends the writer's own lines, and what a gateway put above them; say what.

    `earlier` are mails that the same person wrote before.
    """
    reasons: list[str] = []
    own = [number for number, line in enumerate(lines) if not cut[number] and line.strip()]
    if own and BANNER.match(lines[own[0]][:300]) and len(own) > 1:
        cut[own.pop(0)] = True
        reasons.append("a gateway's banner")
    for why, find in (("a list's footer", _footer), ("a notice", _notice)):
        place = find(lines, own)
        if place is not None:
            _cut(cut, own[place:])
            own = own[:place]
            reasons.append(why)
    for run in _between_quotations(lines, cut, own):
        place = _signed(lines, run, first=run[0] == own[0])
        if place is not None:
            _cut(cut, run[place:])
            reasons.append("a signature")
        elif count := repeated_end([lines[number] for number in run], earlier):
            _cut(cut, run[-count:])
            reasons.append("what ends each mail of this writer")
    return list(dict.fromkeys(reasons))


def _cut(cut: list[bool], numbers: Iterable[int]) -> None:
    for number in numbers:
        cut[number] = True


def _between_quotations(
    lines: Sequence[str], cut: Sequence[bool], own: Sequence[int]
) -> list[list[int]]:
    """Return the writer's lines by what stands between two quotations: each may be signed."""
    runs: list[list[int]] = []
    last = -1
    for number in own:
        quoted = any(cut[each] and lines[each].strip() for each in range(last + 1, number))
        if quoted or not runs:
            runs.append([])
        runs[-1].append(number)
        last = number
    return runs


def _footer(lines: Sequence[str], own: Sequence[int]) -> int | None:
    for place in range(max(0, len(own) - _FOOTER_LINES), len(own)):
        if _RULE.match(lines[own[place]]) and place:
            rest = [lines[number][:300] for number in own[place + 1 :]]
            if any(_LIST.search(line) for line in rest):
                return place
    return None


def _notice(lines: Sequence[str], own: Sequence[int]) -> int | None:
    """Find a notice: it begins a paragraph, is long or stands below a rule, and ends the text."""
    for place, number in enumerate(own):
        if place == 0 or not BOILERPLATE.match(lines[number][:300]):
            continue
        above = lines[number - 1].strip() if number else ""
        if above and not _RULE.match(above):
            continue
        if sum(len(lines[each].split()) for each in own[place:]) >= _NOTICE_WORDS:
            return place - 1 if _RULE.match(lines[own[place - 1]]) and place > 1 else place
    return None


def _signed(lines: Sequence[str], own: Sequence[int], *, first: bool) -> int | None:
    for place, number in enumerate(own):
        line, rest = lines[number], len(own) - place
        if (place or not first) and rest <= _SIGNATURE_LINES + 1 and _SIGNATURE.match(line):
            return place
        if rest <= 4 and _is_from_a_program(line):
            return place
    return None


def _is_from_a_program(line: str) -> bool:
    """Whether a phone or a program wrote a line: how the mail was sent and with what."""
    text = _LINKED.sub("", line).strip() if len(line) < _LONGEST else ""
    if not text or len(text.split()) > _TAIL_WORDS:
        return False
    if _OFFER.search(text) and _GETTING.search(text):
        return True
    return _SENT_FROM.search(text) is not None
