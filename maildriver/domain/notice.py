"""The notices that companies, scanners and lists put below every mail, and banners above it.

They are known by what they speak of: secrets, recipients, mistakes, deleting. Whoever speaks
of themselves is a person.
"""

import re
from collections.abc import Sequence

from maildriver.domain import noticewords as words
from maildriver.domain.mailwords import BANNER, BANNER_GOES_ON, BOILERPLATE

_CONCEPTS = {name: re.compile(stems, re.IGNORECASE) for name, stems in words.CONCEPTS.items()}
_PRIVACY = _CONCEPTS["privacy"]
_HEADING = re.compile(rf"^\W{{0,6}}({words.HEADINGS})(?!\w)", re.IGNORECASE)
_GREEN = re.compile(rf"^\W{{0,6}}(p )?\W{{0,3}}({words.GREEN})", re.IGNORECASE)
_PRINTING = re.compile(words.PRINTING, re.IGNORECASE)
_SCANNER = re.compile(rf"(?<!\w)({words.SCANNERS})", re.IGNORECASE)
_SCANNED = re.compile(words.SCANNED, re.IGNORECASE)
_COMPANY = re.compile(words.COMPANY, re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d ./-]{3,20}\d")
_NETWORK = re.compile(rf"(?<!\w)({words.NETWORKS})(?!\w)", re.IGNORECASE)
_FOLLOW = re.compile(rf"^\W{{0,6}}({words.FOLLOW})", re.IGNORECASE)
_SINGULAR = re.compile(rf"(?<!\w)({words.SINGULAR})(?!\w)|{words.JOINED_SINGULAR}", re.IGNORECASE)
_PLURAL = re.compile(rf"(?<!\w)({words.PLURAL})(?!\w)", re.IGNORECASE)
_APART = re.compile(r"[|•·]")
_I = re.compile(r"(?<!\w)I (?=[a-z])")
_RULE = re.compile(r"^\s*([_\-=*—–.#]{5,}|--|—|-{3,4}|_{2,4}|\*{3,4})\s*$")
_LINKS = re.compile(
    r"^\s*(\[[^\]\n]{0,200}\]\s*|<[^>\s]{0,500}>\s*"
    r"|https?://[^\s<>\[\]]{1,500}(?=[\s<\[]|$)\s*){1,9}$"
)
_SPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEW_WORDS = 9
_FEW_SIGNS = 25  # in writing that puts no spaces between words
_ENOUGH = 3
_ENOUGH_ELSE = 5
_MOST_LINES = 80  # from the end that are looked at
_BROKEN = 45  # characters that a line has at least which a mail program broke off
_LONGEST = 4000  # of a paragraph
_BANNER_LINES = 6


def notice_lines(lines: Sequence[str], own: Sequence[int]) -> list[int]:
    """Return the places in `own`, the writer's lines, that hold notices and what follows them.

    The first paragraph is none, whatever it says: somebody wrote this mail. What a person
    says below a notice is kept.
    """
    paragraphs = _paragraphs(lines, own)
    found: list[int] = []
    for number, places in enumerate(paragraphs):
        begin = _begin(lines, [own[place] for place in places]) if places[0] else None
        if begin is None:
            continue
        first = _with_what_stands_above(lines, own, places[0] + begin)
        rest = paragraphs[number + 1 :]
        if not any(is_personal(_joined(lines, own, each)) for each in rest):
            return found + list(range(first, len(own)))
        found += range(first, places[-1] + 1)
    return found


def banner_lines(lines: Sequence[str], own: Sequence[int]) -> int:
    """Return how many of the writer's first lines are a gateway's, and not all of them."""
    count = 0
    while count < min(len(own) - 1, _BANNER_LINES):
        line = lines[own[count]][:400]
        begins = BANNER.search(line) and not is_personal(line)
        goes_on = count and own[count] == own[count - 1] + 1 and BANNER_GOES_ON.search(line)
        is_rule = _RULE.match(line) is not None
        if not (begins or goes_on or is_rule):
            break
        count += 1
    seen = [lines[own[each]][:400] for each in range(count)]
    return count if any(BANNER.search(line) for line in seen) else 0


def _paragraphs(lines: Sequence[str], own: Sequence[int]) -> list[list[int]]:
    """Return the places of the writer's last lines, by paragraph."""
    out: list[list[int]] = []
    for place in range(max(0, len(own) - _MOST_LINES), len(own)):
        apart = place == 0 or own[place] != own[place - 1] + 1
        if not out or apart or _RULE.match(lines[own[place - 1]]):
            out.append([])
        out[-1].append(place)
    return out


def _joined(lines: Sequence[str], own: Sequence[int], places: Sequence[int]) -> str:
    return " ".join(lines[own[place]] for place in places)[:_LONGEST]


def _begin(lines: Sequence[str], numbers: Sequence[int]) -> int | None:
    """Return at which line of a paragraph a notice begins, or None.

    Above it, without an empty line, may stand the writer's name.
    """
    if _is_of_a_company(" ".join(lines[each] for each in numbers)[:_LONGEST]):
        return 0
    speaks = (place for place, each in enumerate(numbers) if _speaks(lines[each][:_LONGEST]))
    start = next(speaks, None)
    while start and len(lines[numbers[start - 1]]) >= _BROKEN:
        start -= 1
    if start is None or not _is_notice(" ".join(lines[each] for each in numbers[start:])):
        return None
    return start


def _speaks(line: str) -> bool:
    """Whether a line has a word of those that notices are known by."""
    return bool(
        any(each.search(line) for each in _CONCEPTS.values())
        or any(each.match(line) for each in (_HEADING, _GREEN, BOILERPLATE))
        or _SCANNER.search(line)
    )


def _is_notice(text: str) -> bool:
    """Whether a text is what a company or a program writes below every mail."""
    text = text[:_LONGEST]
    if is_personal(text):
        return False
    if _SCANNER.search(text) and _SCANNED.search(text):
        return True
    if _GREEN.match(text) and _PRINTING.search(text):
        return True
    if not _is_long(text):
        return False
    if BOILERPLATE.match(text[:300]) or _HEADING.match(text):
        return True
    told = len({match[0].lower() for match in _PRIVACY.finditer(text)})
    of = {name for name, concept in _CONCEPTS.items() if concept.search(text)}
    # Whoever only learns about notices may speak of senders and recipients as well.
    enough = _ENOUGH if of & {"itself", "fraud"} or told > 1 else _ENOUGH_ELSE
    return len(of) + max(0, told - 1) >= enough


def _is_of_a_company(text: str) -> bool:
    """Whether a text names the registers of a company, or where else to find it."""
    if is_personal(text):
        return False
    registers = {match[0].lower() for match in _COMPANY.finditer(text)}
    if len(registers) > 1 and _is_long(text) and _NUMBER.search(text):
        return _PLURAL.search(text) is None
    names = {match[0].lower() for match in _NETWORK.finditer(text)}
    said = text.split()
    row = len(names) > 1 and (_APART.search(text) or len(said) == len(names))
    return len(said) <= 2 * _FEW_WORDS and bool(row or (names and _FOLLOW.match(text)))


def _is_long(text: str) -> bool:
    return len(text.split()) >= _FEW_WORDS or len(_SPACED.findall(text)) >= _FEW_SIGNS


def is_personal(text: str) -> bool:
    """Whether somebody speaks of themselves."""
    return _SINGULAR.search(text) is not None or _I.search(text) is not None


def _with_what_stands_above(lines: Sequence[str], own: Sequence[int], place: int) -> int:
    """Return where a notice begins with its heading, the rule and the links above it."""
    while place > 1:
        above = lines[own[place - 1]]
        few = len(above.split()) <= _ENOUGH
        if not (
            _RULE.match(above) or _LINKS.match(above[:1500]) or (few and _HEADING.match(above))
        ):
            break
        place -= 1
    return place
