"""Time zones by their names, by a city and by a country."""

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

from maildriver.domain.did_you_mean import did_you_mean, quoted

# Names for the zone of this machine: on the next machine they mean another zone.
_NO_PLACES = {"localtime", "posixrules", "Factory"}
#: A country and a state of another country: the name may mean either.
_TWO_PLACES = {"georgia"}
_YEAR = [datetime(2027, 1, 1, tzinfo=UTC) + timedelta(days=7 * week) for week in range(52)]


def parse_zone(text: str) -> ZoneInfo:
    """Return the zone of that name; raises ValueError with a sentence if there is none."""
    name = _zone_names().get(text.strip().lower())
    if name is None:
        hint = _likely_zone(text) or "; write it as Europe/Lisbon"
        raise ValueError(f"unknown time zone {quoted(text)}{hint}")
    return ZoneInfo(name)


@cache
def _zone_names() -> dict[str, str]:
    return {name.lower(): name for name in sorted(available_timezones() - _NO_PLACES)}


def _likely_zone(text: str) -> str:
    """Return a suggestion; only a text with a slash is compared with all 600 names of zones."""
    if "/" in text:
        return did_you_mean(text, _zone_names().values())
    found = zone_of_place(text)
    return f'; did you mean "{found}"?' if found else ""


def zone_of_place(text: str) -> str | None:
    """Return the time zone of a city or a country, or None, also for `EST` and the like.

    Such an abbreviation means one hour in winter and another in summer, or two countries.
    """
    place = "_".join(text.lower().split())
    names = _zone_names()
    whole = names.get(place)
    if whole is not None and (not whole[-1].isupper() or whole in {"UTC", "GMT"}):
        return whole
    named = next((name for low, name in names.items() if low.endswith(f"/{place}")), None)
    return named or zone_of_country(text)


def zone_of_country(name: str) -> str | None:
    """Return the zone of a country with one clock, all year round; None for all others."""
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
    """Return the code of each country by name; a name of two (`Korea (South)`) is left out."""
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
