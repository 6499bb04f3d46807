"""Parser for a cadence in a student's words: `Tue and Fri at 7am`, `täglich um 19 Uhr`.

Every word must be known, so that a sentence which happens to name a day is not a cadence.
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from itertools import islice, takewhile
from typing import Self

from maildriver.domain.cadence import DAILY, WEEKDAYS, day_range
from maildriver.domain.time_zones import zone_of_place
from maildriver.mail.command.words import DAYS, TIMES, Lists, all_words, by_word

_NEVER = r"(?!)"
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


@dataclass(frozen=True, slots=True)
class CadenceWords:
    """The words of cadences in all languages; patterns are stored as text, to be JSON."""

    days: Mapping[str, int]
    groups: Mapping[str, frozenset[int]]
    hours: Mapping[str, time]  # noon
    at: frozenset[str]
    to: frozenset[str]
    before_place: frozenset[str]  # in Lisbon
    article: frozenset[str]  # in the Netherlands
    after_place: frozenset[str]  # Lisbon time
    filling: frozenset[str]  # without effect beside a day, an hour or a place
    units: Mapping[str, str]  # of an hour: "am", "pm" or "oclock"
    times: Mapping[str, int]  # lessons a week; the days have to be named as well
    clock: str
    a_week: str
    a_day: str
    unclear: str  # phrases that say how often but name no day

    @classmethod
    def of(cls, languages: Iterable[Lists]) -> Self:
        """Return the words of some languages; raise ValueError for a word of two meanings."""
        lists = tuple(languages)
        units = by_word(lists, ("am", "pm", "oclock"))
        times = _times(lists)
        numbers, nouns = _any_of(times), _any_of(all_words(lists, "times"))
        return cls(
            days={word: DAYS.index(day) for word, day in by_word(lists, DAYS).items()},
            groups={
                **dict.fromkeys(all_words(lists, "every_day"), DAILY),
                **dict.fromkeys(all_words(lists, "weekdays"), WEEKDAYS),
                **dict.fromkeys(all_words(lists, "weekend"), DAILY - WEEKDAYS),
            },
            hours={
                **dict.fromkeys(all_words(lists, "noon"), time(12)),
                **dict.fromkeys(all_words(lists, "midnight"), time(0)),
            },
            at=frozenset(all_words(lists, "at")),
            to=frozenset({*all_words(lists, "to"), "-"}),
            before_place=frozenset(all_words(lists, "in")),
            article=frozenset(all_words(lists, "the")),
            after_place=frozenset(all_words(lists, "time")),
            filling=frozenset(all_words(lists, "filling", "at")),
            units=units,
            times=times,
            clock=rf"(\d{{1,2}})(?:[:.](\d{{2}}))?({_any_of(units)})?\.?",
            a_week=rf"\b({numbers})(?: (?:{nouns}))? (?:{_any_of(all_words(lists, 'a_week'))})\b",
            a_day=rf"\b(?:{_any_of(all_words(lists, 'once_a_day'))})\b",
            unclear=rf"\b(?:{'|'.join(all_words(lists, 'unclear')) or _NEVER})\b",
        )

    def read(self, line: str) -> CadenceRequest | None:
        """Return the request in a line; None if any word belongs to no cadence."""
        low = line.lower()
        if "/" not in low:
            low = _DASH.sub(" - ", low)
        every_day = next((word for word, days in self.groups.items() if days == DAILY), "")
        low = re.sub(self.a_day, f" {every_day} ", low)
        times = {self.times[number] for number in re.findall(self.a_week, low)}
        low, vague = re.subn(self.unclear, " ", re.sub(self.a_week, " ", low))
        unclear = bool(times or vague)
        wanted = _CadenceParser(self, _WORD.findall(low), unclear=unclear).request()
        if wanted is not None and wanted.days is not None and times == {len(wanted.days)}:
            wanted.unclear = bool(vague)
        return wanted


def _times(lists: Iterable[Lists]) -> dict[str, int]:
    by_key = {key: count for count, key in enumerate(TIMES, 1)}
    figures = {form: count for count in by_key.values() for form in (f"{count}", f"{count}x")}
    return figures | {word: by_key[key] for word, key in by_word(lists, TIMES).items()}


def _any_of(phrases: Iterable[str]) -> str:
    """Return a pattern for any one of some phrases, the longest first."""
    return "|".join(map(re.escape, sorted(phrases, key=len, reverse=True))) or _NEVER


class _CadenceParser:
    """A parser that reads words from left to right."""

    def __init__(self, known: CadenceWords, words: Iterable[str], *, unclear: bool) -> None:
        self._known = known
        self._clock = re.compile(known.clock, re.ASCII)
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
                or word in self._known.filling
            ):
                return None
            before = word
        return self._found if self._found != CadenceRequest() else None

    def _next_is(self, known: Iterable[str]) -> bool:
        return bool(self._words) and self._words[0].rstrip(".") in known

    def _is_known(self, word: str) -> bool:
        known = self._known
        return word in known.days or word in known.groups or word in known.filling

    def _is_day(self, word: str) -> bool:
        word, known = word.rstrip("."), self._known.days
        if word in self._known.groups:
            days = self._known.groups[word]
        elif word in known:
            days = frozenset({known[word]})
            if self._next_is(self._known.to) and len(self._words) > 1 and self._words[1] in known:
                self._words.popleft()
                days = day_range(known[word], known[self._words.popleft()])
        else:
            return False
        self._found.days = (self._found.days or frozenset()) | days
        return True

    def _is_hour(self, word: str, before: str) -> bool:
        """Return whether a word is the first hour; a bare number is an hour only after `at`."""
        if self._found.at is not None:
            return False
        match = self._clock.fullmatch(word)
        if match is None:
            self._found.at = self._known.hours.get(word)
        else:
            units = self._known.units
            unit = match[3] or (self._words.popleft().rstrip(".") if self._next_is(units) else "")
            if match[2] or unit or before in self._known.at:
                unit = units.get(unit, "")
                self._found.at = _time_of_day(int(match[1]), int(match[2] or 0), unit)
        return self._found.at is not None

    def _place_name(self, start: int = 0) -> list[str]:
        """Return the next words that may be the name of a place."""

        def may_name_a_place(word: str) -> bool:
            return not self._is_known(word) and not self._clock.match(word)

        return list(takewhile(may_name_a_place, islice(self._words, start, None)))

    def _is_place(self, word: str) -> bool:
        """Return whether a place begins here: `in Lisbon`, `Lisbon time`, `Europe/Lisbon`."""
        if self._is_known(word) or self._found.zone or self._found.unknown_place:
            return False
        known = self._known
        words = [] if word in known.before_place else [word]
        article = not words and self._next_is(known.article)
        if article and zone_of_place(" ".join(self._place_name(1))):
            self._words.popleft()  # in the Netherlands, but not in the morning
        words += [self._words.popleft() for _ in self._place_name()]
        if not (word in known.before_place or "/" in word or words[-1] in known.after_place):
            return False
        place = " ".join(each for each in words if each not in known.after_place)
        self._found.zone = zone_of_place(place)
        if self._found.zone is None:
            self._found.unknown_place = place
        return bool(place)


def _time_of_day(hour: int, minute: int, unit: str) -> time | None:
    """Return the time of day, or None if it does not exist."""
    if unit in {"am", "pm"}:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (unit == "pm")
    return time(hour, minute) if hour < 24 and minute < 60 else None
