"""Parser for a cadence in a student's words: `Tue and Fri at 7am`, `täglich um 19 Uhr`.

Every word must be known, so that a sentence which happens to name a day is not a cadence.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from itertools import islice, takewhile

from maildriver.domain.cadence import DAILY, WEEKDAYS, day_range
from maildriver.domain.time_zones import zone_of_place

_DAYS: Mapping[str, int] = {
    word: day
    for day, words in enumerate(
        (
            ("mon", "monday", "mondays", "mo", "montag", "montags"),
            ("tue", "tues", "tuesday", "tuesdays", "di", "dienstag", "dienstags"),
            ("wed", "weds", "wednesday", "wednesdays", "mi", "mittwoch", "mittwochs"),
            ("thu", "thur", "thurs", "thursday", "thursdays", "do", "donnerstag", "donnerstags"),
            ("fri", "friday", "fridays", "fr", "freitag", "freitags"),
            ("sat", "saturday", "saturdays", "sa", "samstag", "samstags", "sonnabend"),
            ("sun", "sunday", "sundays", "so", "sonntag", "sonntags"),
        )
    )
    for word in words
}
_GROUPS: Mapping[str, frozenset[int]] = {
    **dict.fromkeys(("daily", "everyday", "day", "täglich", "tag"), DAILY),
    **dict.fromkeys(("weekday", "weekdays", "werktags", "wochentags"), WEEKDAYS),
    **dict.fromkeys(("weekend", "weekends", "wochenende", "wochenenden"), DAILY - WEEKDAYS),
}
_AT = {"at", "um"}
_TO = {"to", "through", "till", "bis", "-"}
_PLACE = {"in", "zone", "timezone", "zeitzone"}
_TIME = {"time", "zeit"}  # Lisbon time
#: Words without effect beside a day, an hour or a place.
_FILLING = _AT | {
    *("and", "on", "every", "each", "the", "lessons", "lesson", "mails", "mail", "me", "my"),
    *("please", "from", "now", "only", "instead", "always"),
    *("und", "am", "jeden", "jede", "jedem", "die", "lektionen", "mir", "bitte", "nur", "immer"),
}
_KNOWN = {*_DAYS, *_GROUPS, *_FILLING}
_NAMED_HOURS = {"noon": time(12), "midday": time(12), "mittags": time(12), "midnight": time(0)}
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(am|pm|a\.m|p\.m|h|uhr)?\.?", re.ASCII)
_UNITS = {"am", "pm", "a.m", "p.m", "h", "uhr", "o'clock", "o’clock"}
#: Lessons a week; the days have to be named as well.
_TIMES: Mapping[str, int] = {
    **dict.fromkeys(("once", "one", "1", "einmal", "1x"), 1),
    **dict.fromkeys(("twice", "two", "2", "zweimal", "2x"), 2),
    **dict.fromkeys(("thrice", "three", "3", "dreimal", "3x"), 3),
    **dict.fromkeys(("four", "4", "viermal", "4x"), 4),
}
_A_WEEK = re.compile(
    rf"\b({'|'.join(_TIMES)})(?: times?| lessons?| mal| mails?)?"
    r" (?:a|per|each|every|pro|die|jede|in der) (?:week|woche)\b"
)
_A_DAY = re.compile(r"\b(?:once (?:a|per) day|einmal (?:am|pro) tag)\b")
#: Phrases that say how often but name no day.
_UNCLEAR = re.compile(
    r"\b(?:(?:a bit|a little|much|etwas|viel) )?(?:slower|faster|more slowly|more quickly"
    r"|(?:more|less) (?:often|frequently)|langsamer|schneller|öfter|häufiger|seltener)\b"
    r"|\bevery (?:other|second|third|two|three|2|3|2nd|3rd) "
    r"(?:days?|weeks?|weekdays?|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?"
    r"|sundays?)\b"
    r"|\b(?:jede[nr]?|alle) (?:zweite|dritte|zwei|drei|2|3)n? (?:tage?|wochen?)\b"
    r"|\b(?:weekly|fortnightly|biweekly|wöchentlich)\b"
)
_WORD = re.compile(r"[^\s,;&+]+")
_DASH = re.compile(r"(?<=[^\W\d])\s*[-–]\s*(?=[^\W\d])")


@dataclass(slots=True)
class CadenceRequest:
    """A requested change of a cadence; a field that is None stays as it is."""

    days: frozenset[int] | None = None
    at: time | None = None
    zone: str | None = None
    unknown_place: str = ""  # a place without a known time zone
    unclear: bool = False  # how often, but not on which days: slower, twice a week


def read_cadence_request(line: str) -> CadenceRequest | None:
    """Return the request in a line; None if any word belongs to no cadence."""
    low = line.lower()
    if "/" not in low:
        low = _DASH.sub(" - ", low)
    low = _A_DAY.sub(" daily ", low)
    times = {_TIMES[number] for number in _A_WEEK.findall(low)}
    low, vague = _UNCLEAR.subn(" ", _A_WEEK.sub(" ", low))
    wanted = _CadenceParser(_WORD.findall(low), unclear=bool(times or vague)).request()
    if wanted is not None and wanted.days is not None and times == {len(wanted.days)}:
        wanted.unclear = bool(vague)
    return wanted


class _CadenceParser:
    """A parser that reads words from left to right."""

    def __init__(self, words: Iterable[str], *, unclear: bool) -> None:
        self._words = deque(words)
        self._found = CadenceRequest(unclear=unclear)

    def request(self) -> CadenceRequest | None:
        before = ""
        while self._words:
            word = self._words.popleft()
            if not (
                self._is_day(word)
                or self._is_hour(word, before)
                or self._is_place(word)
                or word in _FILLING
            ):
                return None
            before = word
        return self._found if self._found != CadenceRequest() else None

    def _next_is(self, known: Iterable[str]) -> bool:
        return bool(self._words) and self._words[0].rstrip(".") in known

    def _is_day(self, word: str) -> bool:
        word = word.rstrip(".")
        if word in _GROUPS:
            days = _GROUPS[word]
        elif word in _DAYS:
            days = frozenset({_DAYS[word]})
            if self._next_is(_TO) and len(self._words) > 1 and self._words[1] in _DAYS:
                self._words.popleft()
                days = day_range(_DAYS[word], _DAYS[self._words.popleft()])
        else:
            return False
        self._found.days = (self._found.days or frozenset()) | days
        return True

    def _is_hour(self, word: str, before: str) -> bool:
        """Return whether a word is the first hour; a bare number is an hour only after `at`."""
        if self._found.at is not None:
            return False
        match = _CLOCK.fullmatch(word)
        if match is None:
            self._found.at = _NAMED_HOURS.get(word)
        else:
            unit = match[3] or (self._words.popleft().rstrip(".") if self._next_is(_UNITS) else "")
            if match[2] or unit or before in _AT:
                self._found.at = _time_of_day(int(match[1]), int(match[2] or 0), unit)
        return self._found.at is not None

    def _place_name(self, start: int = 0) -> list[str]:
        """Return the next words that may be the name of a place."""
        coming = islice(self._words, start, None)
        return list(takewhile(lambda w: w not in _KNOWN and not _CLOCK.match(w), coming))

    def _is_place(self, word: str) -> bool:
        """Return whether a place begins here: `in Lisbon`, `Lisbon time`, `Europe/Lisbon`."""
        if word in _KNOWN or self._found.zone or self._found.unknown_place:
            return False
        words = [] if word in _PLACE else [word]
        if not words and self._next_is({"the"}) and zone_of_place(" ".join(self._place_name(1))):
            self._words.popleft()  # in the Netherlands, but not in the morning
        words += [self._words.popleft() for _ in self._place_name()]
        if not (word in _PLACE or "/" in word or words[-1] in _TIME):
            return False
        place = " ".join(each for each in words if each not in _TIME)
        self._found.zone = zone_of_place(place)
        if self._found.zone is None:
            self._found.unknown_place = place
        return bool(place)


def _time_of_day(hour: int, minute: int, unit: str) -> time | None:
    """Return the time of day, or None if it does not exist."""
    if unit[:1] in {"a", "p"}:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (unit[0] == "p")
    return time(hour, minute) if hour < 24 and minute < 60 else None
