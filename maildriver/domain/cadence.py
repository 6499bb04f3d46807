"""Cadences and their slots: when the next packet may leave.

A slot is a local date and hour that a cadence allows. The student's wall clock decides: a
07:00 lesson stays at 07:00 across a change of daylight saving time. An hour that the clock
skips is sent as much later as the clock jumped, and an hour that it repeats is sent the
first time round; both are what `fold=0` means in Python. A date that was skipped as a whole
(Apia, 2011-12-30) is a skipped hour like any other: its slot falls a day later, and if that
day has a slot of its own, the two are one.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from maildriver.domain.did_you_mean import did_you_mean, quoted

#: How long a slot is good. A later packet moves to the student's next hour, on any weekday.
SLOT_LASTS = timedelta(hours=3)

DAILY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAYS = {form: number for number, name in enumerate(_NAMES) for form in (name, name[:3])}
#: As `parse_days` reads them; Monday comes first.
DAY_NAMES = tuple(name[:3] for name in _NAMES)
_GROUPS = {"daily": DAILY, "weekdays": WEEKDAYS, "weekends": DAILY - WEEKDAYS}
_HOUR = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cadence:
    """The days and the hour at which a course is sent."""

    days: frozenset[int]  # Monday is 0, as in date.weekday()
    at: time

    def __post_init__(self) -> None:
        if not self.days or not self.days <= DAILY:
            raise ValueError(f"the days of a cadence are some of 0 to 6, not {sorted(self.days)}")
        if self.at.second or self.at.microsecond or self.at.fold or self.at.tzinfo is not None:
            raise ValueError(f"the hour of a cadence is hours and minutes, not {self.at!r}")


# -- slots -------------------------------------------------------------------------


@lru_cache(maxsize=256)  # many students share a cadence and a zone
def next_slot(cadence: Cadence, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first slot later than `after`, in UTC."""
    return first_slot(cadence, zone, after, None)


def next_hour(at: time, zone: ZoneInfo, after: datetime) -> datetime:
    """Return the first moment later than `after` at the hour `at` in `zone`, on any weekday."""
    return next_slot(Cadence(DAILY, at), zone, after)


def first_slot(cadence: Cadence, zone: ZoneInfo, now: datetime, starts: date | None) -> datetime:
    """Return the first slot later than `now` and not before the date `starts`, in UTC."""
    return next(_slots(cadence, zone, now, starts))


def coming_slots(
    cadence: Cadence, zone: ZoneInfo, after: datetime, count: int
) -> tuple[datetime, ...]:
    """Return the first `count` slots later than `after`, in their order, in UTC."""
    return tuple(islice(_slots(cadence, zone, after, None), count))


def is_late(slot: datetime, now: datetime) -> bool:
    """Return whether `slot` is over at `now`, so that its packet waits for the next hour."""
    return now.astimezone(UTC) - slot.astimezone(UTC) > SLOT_LASTS


def _slots(
    cadence: Cadence, zone: ZoneInfo, after: datetime, starts: date | None
) -> Iterator[datetime]:
    last = after.astimezone(UTC)
    # A slot that yesterday's clock skipped may still lie ahead, past midnight.
    day = last.astimezone(zone).date() - _DAY
    if starts is not None:
        day = max(day, starts)
    while True:
        if day.weekday() in cadence.days:
            slot = datetime.combine(day, cadence.at, tzinfo=zone).astimezone(UTC)
            if slot > last:
                yield slot
                last = slot
        day += _DAY


# -- how people write them ---------------------------------------------------------


def parse_days(text: str) -> frozenset[int]:
    """Return the days meant by `mon,thu`, `mon-fri`, `daily`, `weekdays` or `weekends`.

    Raises ValueError with a sentence about the part that names no day.
    """
    days: set[int] = set()
    for part in re.split(r"[,\s]+", text.strip().lower()):
        first, dash, last = part.partition("-")
        if part in _GROUPS:
            days |= _GROUPS[part]
        elif first in _DAYS and last in _DAYS:
            days |= day_range(_DAYS[first], _DAYS[last])
        elif first in _DAYS and not dash:
            days.add(_DAYS[first])
        else:
            guess = did_you_mean(part, (*_GROUPS, *_DAYS)) if part else ""
            raise ValueError(
                f"unknown day {quoted(part or text)}{guess or '; write mon,thu or daily'}"
            )
    return frozenset(days)


def format_days(days: Iterable[int]) -> str:
    """Return the days as `parse_days` reads them: `daily`, `weekdays` or `mon,thu`."""
    given = frozenset(days)
    for word, group in _GROUPS.items():
        if given == group:
            return word
    return ",".join(DAY_NAMES[day] for day in sorted(given))


def parse_at(text: str) -> time:
    """Return the time of day meant by `07:30` or `7:30`; raises ValueError with a sentence."""
    match = _HOUR.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"invalid time {quoted(text)}; write it as 07:30 or 19:30")
    return time(int(match[1]), int(match[2]))


def day_range(first: int, last: int) -> frozenset[int]:
    """Return the days from `first` to `last`, past Sunday if need be."""
    return frozenset((first + step) % 7 for step in range((last - first) % 7 + 1))
