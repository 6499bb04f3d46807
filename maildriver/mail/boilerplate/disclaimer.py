"""Disclaimers that companies, virus scanners and lists put below every mail.

A disclaimer is recognised by its topics: secrecy, recipients, mistakes, deletion. Text in the
first person singular was written by a person.
"""

import re
from collections.abc import Sequence

from maildriver.mail.boilerplate import disclaimer_phrases
from maildriver.mail.phrases import pattern

#: Complimentary closes, which below a quotation are no reply to it.
CLOSING = re.compile(rf"^\W{{0,3}}({pattern('closings', 'closings')})", re.IGNORECASE)
_BEGINNING = re.compile(rf"^\W{{0,6}}({pattern('disclaimers', 'beginnings')})", re.IGNORECASE)
_TOPICS = {
    name: re.compile(stems, re.IGNORECASE) for name, stems in disclaimer_phrases.TOPICS.items()
}
_PRIVACY = _TOPICS["privacy"]
_HEADING = re.compile(rf"^\W{{0,6}}({disclaimer_phrases.HEADINGS})(?!\w)", re.IGNORECASE)
_WHEN_TO_PRINT = re.compile(disclaimer_phrases.WHEN_TO_PRINT, re.IGNORECASE)
_SAVE_PAPER = re.compile(
    rf"^\W{{0,6}}(p )?\W{{0,3}}({disclaimer_phrases.SAVE_PAPER})", re.IGNORECASE
)
_PRINTING = re.compile(disclaimer_phrases.PRINTING, re.IGNORECASE)
_NATURE = re.compile(disclaimer_phrases.NATURE, re.IGNORECASE)
_FORMULA = re.compile(disclaimer_phrases.FORMULAS, re.IGNORECASE)
_MAIL_FORMULA = re.compile(disclaimer_phrases.MAIL_FORMULAS, re.IGNORECASE)
_MAIL = re.compile(disclaimer_phrases.MAIL, re.IGNORECASE)
_UNSUBSCRIBING = re.compile(disclaimer_phrases.UNSUBSCRIBING, re.IGNORECASE)
_WHERE = re.compile(
    r"https?://\w|(?<!\w)www\.\w|[\w.+-]{1,64}@[\w-]{1,64}\.\w|(?<!\w)(here|hier|ici|aquí|aqui"
    r"|qui)\W{0,3}$",
    re.IGNORECASE,
)
_SCANNER = re.compile(rf"(?<!\w)({disclaimer_phrases.SCANNERS})", re.IGNORECASE)
_SCANNED = re.compile(disclaimer_phrases.SCANNED, re.IGNORECASE)
_COMPANY = re.compile(disclaimer_phrases.COMPANY, re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d ./-]{3,20}\d")
_FEW_DIGITS = re.compile(r"\d{2}")
#: A heading above one answer of several, such as "Question 3".
_EXERCISE = re.compile(r"^\W{0,3}\w{3,15} \d{1,3}\W{0,2}$")
_SENTENCE = (".", "!", "?", "。", "！", "？")
_NUMBERED = re.compile(disclaimer_phrases.REGISTRATION_NUMBER, re.IGNORECASE)
_DOCUMENT = re.compile(disclaimer_phrases.DOCUMENTS, re.IGNORECASE)
_LABEL = re.compile(disclaimer_phrases.CLASSIFICATION_LABELS)
_NETWORK = re.compile(rf"(?<!\w)({disclaimer_phrases.SOCIAL_NETWORKS})(?!\w)", re.IGNORECASE)
_FOLLOW = re.compile(rf"^\W{{0,6}}({disclaimer_phrases.FOLLOW_US})", re.IGNORECASE)
_SINGULAR = re.compile(
    rf"(?<!\w)({disclaimer_phrases.FIRST_PERSON_SINGULAR})(?!\w)|{disclaimer_phrases.JOINED_FIRST_PERSON_SINGULAR}",
    re.IGNORECASE,
)
_PLURAL = re.compile(rf"(?<!\w)({disclaimer_phrases.FIRST_PERSON_PLURAL})(?!\w)", re.IGNORECASE)
_APART = re.compile(r"[|•·]")
_WORKING_HOURS = tuple(
    re.compile(each, re.IGNORECASE) for each in disclaimer_phrases.WORKING_HOURS
)
_I = re.compile(r"(?<!\w)I (?=[a-z])")
RULE = re.compile(r"^\s*([_\-=*—–.,#~+─━═•·]{5,}|--|—|-{3,4}|_{2,4}|\*{3,4})\s*$")
_LINKS = re.compile(
    r"^\s*(\[[^\]\n]{0,200}\]\s*|<[^>\s]{0,500}>\s*"
    r"|https?://[^\s<>\[\]]{1,500}(?=[\s<\[]|$)\s*){1,9}$"
)
_UNSPACED_SCRIPT = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_FEW_WORDS = 9
_MORE_WORDS = 12
_FEW_SIGNS = 25  # in scripts without spaces between words
_GREEN_WORDS = 40
_LONG_NOTICE = 200  # words; a longer one must have more topics
_MOST_WORDS = 80  # of a text that is recognised by one word or two
_ENOUGH = 3
_ENOUGH_ELSE = 4
_MOST_LINES, _MOST_SIGNS = 80, 12_000  # examined, counted from the end
_SHORTEST_WRAPPED = 45  # characters; a shorter line was not wrapped by a mail program
_LONGEST = 4000  # characters of a paragraph
_TYPICAL = (
    _WORKING_HOURS[0],
    _DOCUMENT,
    _SCANNER,
    _FORMULA,
    _MAIL_FORMULA,
    _UNSUBSCRIBING,
    _NATURE,
)


def disclaimer_lines(lines: Sequence[str], own: Sequence[int]) -> list[int]:
    """Return the indexes in `own`, the writer's lines, of disclaimers and what follows them.

    The first paragraph is never a disclaimer, whatever it says: somebody wrote this mail. A
    person's words below a disclaimer are kept.
    """
    paragraphs = _paragraphs(lines, own)
    said = [_joined(lines, own, each) for each in paragraphs]
    personal = [is_personal(text) for text in said]
    may_follow = [_may_follow(text) for text in said]
    found: list[int] = []
    for number, places in enumerate(paragraphs):
        begin = _disclaimer_start(lines, [own[place] for place in places])
        if not (begin or (begin == 0 and places[0])) or _is_announced(
            lines, own, places[0] + begin
        ):
            continue
        first = _start_with_heading(lines, own, places[0] + begin)
        sure = _is_certain(_joined(lines, own, places[begin:]))
        rest = range(number + 1, len(said))
        unknown = [said[n] for n in rest if not may_follow[n]]
        ends = not unknown or (sure and _is_continuation(unknown))
        if ends and not any(personal[n] for n in rest):
            return found + list(range(first, len(own)))
        if sure or all(personal[n] or may_follow[n] for n in rest):
            found += range(first, places[-1] + 1)
    return found


def _paragraphs(lines: Sequence[str], own: Sequence[int]) -> list[list[int]]:
    """Return the indexes in `own` of the writer's last lines, by paragraph."""
    out: list[list[int]] = []
    first, signs = len(own), 0
    while first and len(own) - first < _MOST_LINES and signs < _MOST_SIGNS:
        first -= 1
        signs += len(lines[own[first]])
    for place in range(first, len(own)):
        apart = place == 0 or own[place] != own[place - 1] + 1
        if not out or apart or RULE.match(lines[own[place - 1]]):
            out.append([])
        out[-1].append(place)
    return out


def _is_announced(lines: Sequence[str], own: Sequence[int], index: int) -> bool:
    """Return whether the line above announces a text, which makes the text the writer's."""
    above = lines[own[index - 1]].strip() if index else ""
    if _EXERCISE.match(above):
        return True
    is_title = _HEADING.match(above) or CLOSING.match(above)
    return above.endswith((":", "：")) and not is_title


def _may_follow(text: str) -> bool:
    """Return whether a paragraph may belong to the disclaimer above it, certain or not."""
    return (
        not (_is_long(text) or text.endswith(_SENTENCE))
        or _is_disclaimer(text)
        or _is_imprint(text)
        or bool(_COMPANY.search(text) and _NUMBER.search(text))
        or bool(_WHERE.search(text))
    )


def _is_continuation(unknown: Sequence[str]) -> bool:
    """Return whether paragraphs may continue a certain disclaimer: few words, no question."""
    words_left = sum(len(text.split()) for text in unknown if not _has_typical_word(text))
    return words_left <= _MOST_WORDS // 2 and not any(text.endswith("?") for text in unknown)


def _joined(lines: Sequence[str], own: Sequence[int], indexes: Sequence[int]) -> str:
    return " ".join(lines[own[place]] for place in indexes)[:_LONGEST]


def _disclaimer_start(lines: Sequence[str], indexes: Sequence[int]) -> int | None:
    """Return the index in `indexes`, the lines of a paragraph, of a disclaimer's start, or None.

    The writer's name may come right above the disclaimer, without an empty line.
    """
    if _is_imprint(" ".join(lines[each] for each in indexes)[:_LONGEST]):
        return 0
    speaks = (
        place for place, each in enumerate(indexes) if _has_typical_word(lines[each][:_LONGEST])
    )
    start = next(speaks, None)
    while start and len(lines[indexes[start - 1]]) >= _SHORTEST_WRAPPED:
        start -= 1
    if start is None or not _is_disclaimer(" ".join(lines[each] for each in indexes[start:])):
        return None
    return start


def _has_typical_word(line: str) -> bool:
    """Return whether a line has a word that is typical of disclaimers."""
    return bool(
        any(each.search(line) for each in _TOPICS.values())
        or any(each.match(line) for each in (_HEADING, _SAVE_PAPER, _BEGINNING, _LABEL))
        or any(each.search(line) for each in _TYPICAL)
    )


def _is_disclaimer(text: str) -> bool:
    """Return whether a text is one that a company or a program adds to every mail."""
    text = text[:_LONGEST]
    if _is_long(text) and _is_company_formula(text):
        return True
    if is_personal(text):
        return False
    if _LABEL.match(text):
        return True
    few = len(text.split()) <= _GREEN_WORDS and _DOCUMENT.search(text)
    leaves = len(text.split()) <= _MOST_WORDS and _UNSUBSCRIBING.search(text)
    if _WHERE.search(text) and (leaves or few):
        return True
    if _SCANNER.search(text) and _SCANNED.search(text):
        return True
    if _is_about_printing(text):
        return True
    return _is_long(text) and (bool(_BEGINNING.match(text[:300])) or _is_certain(text))


def _is_about_printing(text: str) -> bool:
    """Return whether a text asks the reader not to print a mail."""
    if not _PRINTING.search(text):
        return False
    said = len(text.split())
    speaks = _MAIL.search(text) or (said <= _MORE_WORDS and _NATURE.search(text))
    return bool(
        _SAVE_PAPER.match(text)
        or (said <= _GREEN_WORDS and speaks and _WHEN_TO_PRINT.search(text))
    )


def _is_certain(text: str) -> bool:
    """Return whether a text has so many topics that only a lawyer can have written it."""
    if not _is_long(text) or is_personal(text):
        return False
    if _HEADING.match(text):
        return True
    told = len({match[0].lower() for match in _PRIVACY.finditer(text)})
    if told > 1 and _WHERE.search(text):
        return True
    of = {name for name, concept in _TOPICS.items() if concept.search(text)}
    said = len(text.split())
    if (
        "itself" in of
        and of & disclaimer_phrases.STRONG_TOPICS
        and _is_longer(text)
        and said <= 2 * _MOST_WORDS
    ):
        return True
    # A student who writes about disclaimers may mention senders and recipients too.
    enough = _ENOUGH if of & {"itself", "fraud"} or told > 1 else _ENOUGH_ELSE
    return len(of) + max(0, told - 1) >= enough + said // _LONG_NOTICE


def _is_imprint(text: str) -> bool:
    """Return whether a text names the registers or the social networks of a company."""
    if is_personal(text):
        return False
    registers = {match[0].lower() for match in _COMPANY.finditer(text)}
    enough = _NUMBER if len(registers) < _ENOUGH else _FEW_DIGITS
    numbered = len(registers) >= _ENOUGH_ELSE or enough.search(text)
    if len(registers) > 1 and _is_long(text) and numbered:
        return _PLURAL.search(text) is None
    if _NUMBERED.match(text):
        return True
    names = {match[0].lower() for match in _NETWORK.finditer(text)}
    said = text.split()
    row = len(names) > 1 and (_APART.search(text) or len(said) == len(names)) and "," not in text
    return len(said) <= 2 * _FEW_WORDS and bool(row or (names and _FOLLOW.match(text)))


def _is_long(text: str) -> bool:
    return len(text.split()) >= _FEW_WORDS or len(_UNSPACED_SCRIPT.findall(text)) >= _FEW_SIGNS


def _is_longer(text: str) -> bool:
    return (
        len(text.split()) >= _MORE_WORDS or len(_UNSPACED_SCRIPT.findall(text)) >= 2 * _FEW_SIGNS
    )


def _is_company_formula(text: str) -> bool:
    """Return whether a text is a formula that a company puts below its employees' mail."""
    if len(text.split()) > _MOST_WORDS:
        return False
    if all(each.search(text) for each in _WORKING_HOURS):
        return True
    known = _FORMULA.search(text) or (_MAIL_FORMULA.search(text) and _MAIL.search(text))
    return known is not None and not is_personal(text)


def is_personal(text: str) -> bool:
    """Return whether a text is in the first person singular."""
    return _SINGULAR.search(text) is not None or _I.search(text) is not None


def _start_with_heading(lines: Sequence[str], own: Sequence[int], index: int) -> int:
    """Return the index of a disclaimer's start, including heading, rule and links above it."""
    while index > 1:
        above = lines[own[index - 1]]
        few = len(above.split()) <= _ENOUGH
        leads = index > 2 and RULE.match(lines[own[index - 2]]) and _WHERE.search(above[:1500])
        if not (
            RULE.match(above)
            or _LINKS.match(above[:1500])
            or (few and _HEADING.match(above))
            or (leads and not is_personal(above[:1500]))
        ):
            break
        index -= 1
    return index
