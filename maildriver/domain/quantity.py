"""Durations, sizes and rates as people write them: `15m`, `25MB`, `30/min`."""

import re
from dataclasses import dataclass
from datetime import timedelta

from maildriver.domain.did_you_mean import quoted

_DURATION = re.compile(r"([0-9]{1,6}) ?([smhdw])")
_DURATIONS = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}

_SIZE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,3})?) ?([KMG]?i?B)", re.IGNORECASE)
_SIZES = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}

_RATE = re.compile(r"([1-9][0-9]{0,8}) ?/ ?(s|sec|second|min|minute|h|hour|d|day)")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `count` in any period of the length `per`."""

    count: int
    per: timedelta


def parse_duration(text: str) -> timedelta:
    """Return the duration meant by `90s`, `15m`, `12h`, `180d` or `2w`."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"invalid duration {quoted(text)}; write it as 90s, 15m, 12h or 180d")
    return int(match[1]) * _DURATIONS[match[2]]


def parse_size(text: str) -> int:
    """Return the number of bytes meant by `512KB`, `25MB` (25,000,000) or `24MiB`."""
    match = _SIZE.fullmatch(text.strip())
    unit = _SIZES.get(match[2].lower()) if match else None
    if match is None or unit is None:
        raise ValueError(f"invalid size {quoted(text)}; write it as 512KB, 25MB or 24MiB")
    return round(float(match[1]) * unit)


def format_duration(duration: timedelta) -> str:
    """Return a duration of whole seconds as `parse_duration` reads it, in its largest unit."""
    whole = (unit for unit in "dhms" if not duration % _DURATIONS[unit])
    unit = next(whole, "s") if duration else "s"
    return f"{duration // _DURATIONS[unit]}{unit}"


def format_size(size: int) -> str:
    """Return a size as `parse_size` reads it, in its largest decimal unit."""
    unit = next((each for each in ("GB", "MB", "KB") if not size % _SIZES[each.lower()]), "B")
    return f"{size // _SIZES[unit.lower()]}{unit}" if size else "0B"


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: `1 lesson`, `2 lessons`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def parse_rates(text: str) -> tuple[Rate, ...]:
    """Return the rates meant by `30/min, 2000/day`; none are meant by an empty text."""
    return tuple(_parse_rate(part) for part in text.split(",") if part.strip())


def _parse_rate(text: str) -> Rate:
    match = _RATE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"invalid rate {quoted(text.strip())}; write it as 30/min or 2000/day")
    return Rate(int(match[1]), _DURATIONS[match[2][0]])
