"""Attribution lines, such as "On Monday Ada wrote:", above a quotation.

They are recognised by evidence, since every program and language has sentences of its own: date
and hour, address, verb of writing, final colon. Prose that ends in "wrote:" has only one of these.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from maildriver.mail.phrases import pattern, words

_VERBS = words("attribution", "verbs")
_JOINED_VERBS = pattern("attribution", "joined_verbs")
_WEEKDAYS = words("attribution", "weekdays")
ADDRESS = re.compile(r"[^\s<>@()\[\]:;,\"]{1,64}@[^\s<>@()]{1,128}\.\w")
_HOUR = re.compile(
    r"(?<!\d)\d{1,2}(:\d{2}|[.hH]\d{2}(?![.\d])|\s?(uhr|[ap]\.?m\b|時|点|시))", re.IGNORECASE
)
_MONTH = rf"({words('attribution', 'months')})\w{{0,9}}"
_DAY = re.compile(
    r"\b\d{1,4}([./-])\s?\d{1,2}\1\s?\d{1,4}\b|\d{1,2}\s?[月월]"
    rf"|\b\d{{1,2}}(st|nd|rd|th|º|er)?[.,]?\s+(de |di |ב)?{_MONTH}\b|\b{_MONTH}\.?\s+\d{{1,2}}\b",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(rf"\b({_WEEKDAYS})\b", re.IGNORECASE)
_YEAR = re.compile(r"\b(19|20)\d\d\b")
_VERB = re.compile(rf"(?<!\w)({_VERBS})(?!\w)|{_JOINED_VERBS}", re.IGNORECASE)
_END = re.compile(rf"([:：]|{_JOINED_VERBS})[\s*_>]{{0,6}}$")
_ANGLED = re.compile(r"^>>> \S.{4,200} >>>$")  # GroupWise
#: Only a name and a verb.
_NAMED = re.compile(
    rf"^[\W_]{{0,4}}[^\W\d_a-z][\w.'’-]{{0,30}}( [\w.'’-]{{1,30}}){{0,3}} ({_VERBS})"
    r"\s?[:：]$"
)
_DASHED = re.compile(r"^\W{0,2}-{2,}.{2,200}-{2,}\s*$")
_OPENER = re.compile(
    r"^[\W_]{0,6}(on|at|am|le|el|il|op|den|på|em|no dia|w dniu|dnia|dne|dňa|dana|в|на|від|στις|pe"
    r"|în data|a|ts|il giorno|il dì|em qua|em seg|el día|vào|pada|kl|\d{1,4}[./-]\d{1,2}"
    rf"|\d{{1,2}}\.? {_MONTH}|\d{{4}}年|{_WEEKDAYS})(?!\w)",
    re.IGNORECASE,
)
_GLUED = re.compile(
    r"^(?P<own>.{1,400}?)(?:\s"
    r"|-{2,})\s*(?P<intro>On \S{2,10},? .{4,200}(?<!\w)wrote:)(?P<rest>.{0,200})$"
)
#: Marks of text direction.
DIRECTION_MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069"
_DIRECTION_MARK = re.compile(f"[{DIRECTION_MARKS}]")
_PERSON = re.compile(
    r"(?<!\w)(I|[Ww]e|[Ii]ch|[Ww]ir|[Jj]['’]ai|[Jj]['’]écri\w+|[Yy]o|[Ee]u|[Jj]ag|[Jj]eg|[Mm]inä"
    r"|[Яя]|[Мм]ы)(?!\w)|我|私|僕|나는|저는|(?<!\w)((he|she|they) (wrote|said|writes)|(il"
    r"|elle) (m['’])?(a|écri\w+)|(er|sie) schrieb|schrieb (er|sie)|(él|ella) (me )?escribió|(lui"
    r"|lei|mi) (mi )?(scrisse|ha scritto)|(hij|zij|ze) schreef|(han|hun|hon) skrev|(он"
    r"|она) (написал|писал|пишет)\w?)(?!\w)|彼[女は]|(?<!\w)((my|mon|mes|mi|mis|mijn|min|mitt|mój"
    r"|moja|мой|моя|mio|mia|meu|minha) [^\W\d_A-Z]|mein\w{0,2} \w)"
)
_BRACKETED = re.compile(rf"[<(]{ADDRESS.pattern}")
_COMMON = re.compile(r"(?<![\w.@-])[^\W\d_A-Z][^\W\d_A-Z]{2,}(?![\w.@-])")
_FEW_WORDS = 9
_SHORT_LINE = 90
_MOST_LINES = 4
_LONGEST = 500
_SHORTEST_WRAPPED = 45  # characters; a shorter line was not wrapped by a mail program


def split_glued(lines: Sequence[str]) -> list[str]:
    """Return lines, with an attribution that follows the writer's words on a line of its own."""
    out: list[str] = []
    for line in lines:
        match = _GLUED.match(line) if len(line) < 800 and "wrote:" in line else None
        if (
            match is None
            or not _is_certain(_evidence(match["intro"]))
            or line.lstrip().startswith(">")
        ):
            out.append(line)
        else:
            out += [
                match["own"].rstrip(" -"),
                match["intro"],
                *([match["rest"]] * bool(match["rest"])),
            ]
    return out


def attribution_start(
    lines: Sequence[str], cut: Sequence[bool], last: int, *, marked: bool
) -> int | None:
    """Return the first line of an attribution that ends with line `last`; None if there is none.

    `marked` says that the lines below are known to be quoted: then less evidence is enough.
    """
    if not _may_end_attribution(lines[last], marked=marked):
        return None
    is_one = _is_likely if marked else _is_certain
    found, gaps, all_of_it, text = None, 0, _NOTHING, ""
    for start in range(last, max(-1, last - _MOST_LINES - 1), -1):
        line = _without_direction_marks(lines[start])
        if not line and start < last and not gaps and not (all_of_it.hour or all_of_it.day):
            gaps += 1  # some programs put an empty line before the address
            continue
        if not line or (cut[start] and not line.startswith(">")) or len(line) > _LONGEST:
            break
        text = f"{line} {text}" if text else line
        before, all_of_it = all_of_it, _evidence(text)
        if is_one(all_of_it):
            if _OPENER.match(line):
                return start
            goes_on = found is not None and len(line) >= _SHORTEST_WRAPPED and all_of_it != before
            found = start if (found is None or goes_on) and not gaps else found
    return found


def has_date_and_hour(text: str) -> bool:
    """Return whether a text has date and hour, as programs write and people rarely do."""
    text = _without_direction_marks(text)
    return bool(_HOUR.search(text) and (_DAY.search(text) or _YEAR.search(text)))


@dataclass(frozen=True, slots=True)
class _Evidence:
    """The evidence for an attribution in some lines."""

    hour: bool = False
    day: bool = False
    weekday_or_year: bool = False  # a weekday or a year: people write these too
    verb: bool = False
    address: bool = False
    dashed: bool = False
    angled: bool = False
    personal: bool = False  # first person, or "he wrote": no program has these
    short: bool = False
    named: bool = False
    only_date_and_names: bool = False  # only the words of a date and names


_NOTHING = _Evidence()


def _without_direction_marks(line: str) -> str:
    """Return a line without its marks of text direction."""
    return line.strip() if line.isascii() else _DIRECTION_MARK.sub("", line).strip()


@lru_cache(maxsize=64)
def _evidence(line: str) -> _Evidence:
    return _Evidence(
        hour=_HOUR.search(line) is not None,
        day=_DAY.search(line) is not None,
        weekday_or_year=bool(_WEEKDAY.search(line) or _YEAR.search(line)),
        verb=_VERB.search(line) is not None,
        address=ADDRESS.search(line) is not None,
        dashed=_DASHED.match(line) is not None,
        angled=_ANGLED.match(line) is not None,
        personal=_PERSON.search(line) is not None and not _BRACKETED.search(line),
        short=len(line.split()) <= _FEW_WORDS,
        only_date_and_names=len(_COMMON.findall(line)) <= 1,
        named=len(line) < _SHORT_LINE and _NAMED.match(line) is not None,
    )


def _may_end_attribution(line: str, *, marked: bool) -> bool:
    text = _without_direction_marks(line)[-_LONGEST:]
    return bool(
        _END.search(text)
        or _ANGLED.match(text)
        or (_DASHED.match(text) and _VERB.search(text))
        or (marked and text.endswith((">", ")", "]")) and ADDRESS.search(text))
        or (marked and text.startswith("news:"))
        or (marked and text[-1:] not in ".!?" and _is_complete(_evidence(text)))
    )


def _is_complete(seen: _Evidence) -> bool:
    """Return whether a line is an attribution even without a final colon."""
    return seen.hour and seen.day and (seen.verb or seen.address) and not seen.personal


def _is_likely(seen: _Evidence) -> bool:
    """Return whether lines above a marked quotation are an attribution."""
    date = seen.hour or seen.day or seen.weekday_or_year
    by_whom = seen.verb or seen.address
    named = seen.named and not seen.personal
    if (
        seen.hour
        and seen.day
        and seen.weekday_or_year
        and seen.only_date_and_names
        and not seen.personal
    ):
        return True
    return (date and by_whom) or (seen.verb and (seen.address or seen.dashed or named))


def _is_certain(seen: _Evidence) -> bool:
    """Return whether lines are an attribution even without a marked quotation below."""
    if seen.personal:
        return False
    if seen.angled:
        return seen.hour and seen.day
    if seen.dashed:
        return (seen.hour or seen.day) and seen.verb
    by_whom = seen.verb and seen.address
    if seen.hour and seen.day:
        return seen.verb or seen.address
    return by_whom and (seen.hour or seen.day or seen.weekday_or_year or seen.short)
