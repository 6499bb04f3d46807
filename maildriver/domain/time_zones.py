"""The time zone of a country, by the tables that come with the zones themselves."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo

#: A country and a state of another one: who writes it may mean either.
_TWO_PLACES = {"georgia"}
_YEAR = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=7 * week) for week in range(52)]


def zone_of_country(name: str) -> str | None:
    """Return the zone of a country that has one clock, all year round; None of all others."""
    return _zones().get(" ".join(name.lower().split()).removeprefix("the "))


@cache
def _zones() -> dict[str, str]:
    names, zones = _names(), defaultdict(list)
    for codes, _, zone, *_ in _rows("zone.tab"):
        zones[codes].append(zone)
    return {
        name: zones[code][0]
        for name, code in names.items()
        if name not in _TWO_PLACES and len({_clock(zone) for zone in zones[code]}) == 1
    }


def _names() -> dict[str, str]:
    """Return the code of each name: `Britain (UK)` has two, `Korea (South)` but the whole."""
    rows = [
        (code, name.lower().rstrip(")").partition(" (")) for code, name in _rows("iso3166.tab")
    ]
    first = Counter(parts[0] for _, parts in rows)
    found = {parts[0]: code for code, parts in rows if first[parts[0]] == 1}
    return found | {"uk": "GB", "great britain": "GB", "united kingdom": "GB"}


def _clock(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(moment.astimezone(ZoneInfo(zone)).utcoffset() for moment in _YEAR)


def _rows(table: str) -> list[list[str]]:
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
