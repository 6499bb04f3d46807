"""Slots in every time zone there is, at every change of its clock from 2024 to 2035.

What is expected is worked out from the two offsets around a change, and from nothing that
the code under test uses: a zone is only ever asked which offset it has at a moment.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.domain.cadence import (
    DAILY,
    Cadence,
    coming_slots,
    first_slot,
    next_hour,
    next_slot,
)

FROM = datetime(2024, 1, 1, tzinfo=UTC)
UNTIL = datetime(2036, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
ZONES = sorted(available_timezones())


@dataclass(frozen=True)
class Change:
    """A moment at which the clock of a zone jumps."""

    at: datetime  # the first moment at which the new offset holds
    before: timedelta
    after: timedelta

    def moment(self, wall: datetime) -> datetime:
        """Return when the clock shows `wall`, a time without a zone near this change."""
        early = (wall - self.before).replace(tzinfo=UTC)
        late = (wall - self.after).replace(tzinfo=UTC)
        if early < self.at:
            return early  # the first time round, if there are two
        if late >= self.at:
            return late
        return self.at + (early - self.at)  # skipped: as much later as the clock jumped


def offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    found = moment.astimezone(zone).utcoffset()
    assert found is not None
    return found


def changes(zone: ZoneInfo) -> Iterator[Change]:
    """Yield every change of the clock; two within one day would be missed."""
    low = FROM
    known = offset(zone, low)
    while low < UNTIL:
        high = low + DAY
        new = offset(zone, high)
        if new != known:
            yield Change(_first(zone, low, high, new), known, new)
        low, known = high, new


def _first(zone: ZoneInfo, low: datetime, high: datetime, new: timedelta) -> datetime:
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (low, middle) if offset(zone, middle) == new else (middle, high)
    return high


def hours_around(change: Change) -> set[time]:
    """Return the hours that a jump may touch: its edges, its middle and a minute beside."""
    walls = sorted((change.at + change.before, change.at + change.after))
    middle = walls[0] + (walls[1] - walls[0]) / 2
    near = {wall + step for wall in (*walls, middle) for step in (-MINUTE, 0 * MINUTE, MINUTE)}
    return {time(wall.hour, wall.minute) for wall in near} | {time(0, 0), time(12, 0)}


def dates(change: Change) -> list[date]:
    middle = (change.at + change.before).date()
    return [middle + step * DAY for step in range(-2, 4)]


def expected(change: Change, at: time) -> list[tuple[date, datetime]]:
    """Return the slot of each date around a change."""
    return [(day, change.moment(datetime.combine(day, at))) for day in dates(change)]


@pytest.fixture(scope="module")
def all_changes() -> dict[str, list[Change]]:
    return {name: list(changes(ZoneInfo(name))) for name in ZONES}


def test_there_is_something_to_test(all_changes: dict[str, list[Change]]) -> None:
    assert len(ZONES) > 400
    assert sum(map(len, all_changes.values())) > 1000  # laws change, and the clocks with them
    assert len(all_changes["Europe/Berlin"]) >= 6
    jumps = {change.after - change.before for found in all_changes.values() for change in found}
    assert {timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)} <= jumps


def test_changes_are_days_apart_so_that_each_can_be_judged_alone(
    all_changes: dict[str, list[Change]],
) -> None:
    for found in all_changes.values():
        assert all(later.at - sooner.at > 7 * DAY for sooner, later in pairwise(found))


def test_every_date_around_every_change_of_every_zone_has_exactly_one_slot(
    all_changes: dict[str, list[Change]],
) -> None:
    for name, found in all_changes.items():
        zone = ZoneInfo(name)
        for change in found:
            for at in hours_around(change):
                slots = [moment for _, moment in expected(change, at)]
                cadence = Cadence(DAILY, at)
                before = slots[0] - MINUTE
                assert coming_slots(cadence, zone, before, len(slots)) == tuple(slots), (name, at)
                assert all(sooner < later for sooner, later in pairwise(slots))


def test_a_cadence_of_one_weekday_gives_that_date_one_slot_at_every_change(
    all_changes: dict[str, list[Change]],
) -> None:
    for name, found in all_changes.items():
        zone = ZoneInfo(name)
        for change in found:
            for at in hours_around(change):
                for day, slot in expected(change, at)[2:4]:
                    cadence = Cadence(frozenset({day.weekday()}), at)
                    assert next_slot(cadence, zone, slot - MINUTE) == slot, (name, at)
                    assert next_slot(cadence, zone, slot) - slot > 6 * DAY, (name, at)
                    assert next_hour(at, zone, slot - MINUTE) == slot, (name, at)
                    assert first_slot(cadence, zone, slot - 2 * DAY, day) == slot, (name, at)


def test_no_packet_leaves_before_its_hour_and_one_whose_hour_was_skipped_leaves_late(
    all_changes: dict[str, list[Change]],
) -> None:
    for name, found in all_changes.items():
        zone = ZoneInfo(name)
        for change in found:
            jump = change.after - change.before
            for at in hours_around(change):
                cadence = Cadence(DAILY, at)
                for day in dates(change):
                    wall = datetime.combine(day, at)
                    slot = first_slot(cadence, zone, change.at - 6 * DAY, day)
                    shown = slot.astimezone(zone).replace(tzinfo=None)
                    skipped = change.before <= wall - change.at.replace(tzinfo=None) < change.after
                    assert shown - wall == (jump if skipped else 0 * DAY), (name, at)


@given(
    zone=st.sampled_from(ZONES).map(ZoneInfo),
    days=st.frozensets(st.integers(0, 6), min_size=1),
    at=st.times().map(lambda each: time(each.hour, each.minute)),
    after=st.integers(-90 * 365 * 86400, 65 * 365 * 86400).map(
        lambda seconds: FROM + timedelta(seconds=seconds)
    ),
)
def test_slots_rise_and_none_is_left_out(
    zone: ZoneInfo, days: frozenset[int], at: time, after: datetime
) -> None:
    cadence = Cadence(days, at)
    slots = coming_slots(cadence, zone, after, 8)
    assert all(sooner < later for sooner, later in pairwise((after, *slots)))
    assert slots[0] == next_slot(cadence, zone, after)
    assert slots[1:] == coming_slots(cadence, zone, slots[0], 7)
    every = coming_slots(Cadence(DAILY, at), zone, after, 60)
    assert set(slots) <= set(every)
    left_out = [slot for slot in every if slot < slots[-1] and slot not in slots]
    assert all(
        _shown_hour(slot, zone) != at or _weekday(slot, zone) not in days for slot in left_out
    )


def _shown_hour(slot: datetime, zone: ZoneInfo) -> time:
    return slot.astimezone(zone).time()


def _weekday(slot: datetime, zone: ZoneInfo) -> int:
    return slot.astimezone(zone).weekday()
