"""Slots: which moment a cadence means, day by day and where clocks do odd things."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.domain.cadence import (
    DAILY,
    WEEKDAYS,
    Cadence,
    coming_slots,
    first_slot,
    format_days,
    is_late,
    next_hour,
    next_slot,
    parse_at,
    parse_days,
)
from maildriver.domain.time_zones import parse_zone

LISBON = ZoneInfo("Europe/Lisbon")
MONDAYS = Cadence(frozenset({0}), time(7, 30))


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def daily(at: str) -> Cadence:
    return Cadence(DAILY, time.fromisoformat(at))


# -- ordinary days -----------------------------------------------------------------


def test_the_next_slot_is_the_next_allowed_weekday_at_the_students_hour() -> None:
    # 2026-03-04 is a Wednesday, and Lisbon has UTC's clock in winter.
    assert next_slot(MONDAYS, LISBON, utc("2026-03-04 12:00")) == utc("2026-03-09 07:30")


def test_a_slot_later_today_comes_before_one_next_week() -> None:
    assert next_slot(MONDAYS, LISBON, utc("2026-03-09 07:29")) == utc("2026-03-09 07:30")


def test_the_next_slot_after_a_slot_is_another_one() -> None:
    assert next_slot(MONDAYS, LISBON, utc("2026-03-09 07:30")) == utc("2026-03-16 07:30")


def test_slots_are_told_in_utc() -> None:
    assert next_slot(MONDAYS, LISBON, utc("2026-03-04 12:00")).tzinfo is UTC


def test_the_zone_in_which_after_is_told_does_not_matter() -> None:
    after = utc("2026-07-06 06:29")
    for zone in (LISBON, ZoneInfo("Asia/Tokyo"), ZoneInfo("America/Lima")):
        told = after.astimezone(zone)
        assert next_slot(MONDAYS, LISBON, told) == utc("2026-07-06 06:30")


def test_a_lesson_stays_at_its_hour_across_a_change_of_daylight_saving_time() -> None:
    slots = coming_slots(daily("07:00"), LISBON, utc("2026-03-27 12:00"), 3)
    assert slots == (utc("2026-03-28 07:00"), utc("2026-03-29 06:00"), utc("2026-03-30 06:00"))


def test_the_next_hour_may_fall_on_any_weekday() -> None:
    assert next_hour(time(7, 30), LISBON, utc("2026-03-09 08:00")) == utc("2026-03-10 07:30")


def test_a_slot_is_good_for_three_hours() -> None:
    slot = utc("2026-03-09 07:30")
    assert not is_late(slot, slot - timedelta(hours=5))
    assert not is_late(slot, slot + timedelta(hours=3))
    assert is_late(slot, slot + timedelta(hours=3, microseconds=1))


def test_three_hours_are_counted_by_the_sun_and_not_by_the_clock() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    slot = datetime(2026, 10, 25, 0, 30, tzinfo=berlin)
    assert not is_late(slot, datetime(2026, 10, 25, 2, 30, tzinfo=berlin, fold=1))
    assert is_late(slot, datetime(2026, 10, 25, 2, 31, tzinfo=berlin, fold=1))


# -- the first slot ----------------------------------------------------------------


def test_the_first_slot_without_a_start_is_the_next_one() -> None:
    now = utc("2026-03-04 12:00")
    assert first_slot(MONDAYS, LISBON, now, None) == next_slot(MONDAYS, LISBON, now)


def test_the_first_slot_may_be_on_the_day_the_course_starts() -> None:
    slot = first_slot(MONDAYS, LISBON, utc("2026-03-04 12:00"), date(2026, 3, 23))
    assert slot == utc("2026-03-23 07:30")


def test_the_first_slot_is_not_before_the_course_starts_where_the_student_lives() -> None:
    kiritimati = ZoneInfo("Pacific/Kiritimati")  # 14 hours ahead of UTC
    slot = first_slot(daily("07:00"), kiritimati, utc("2026-03-04 12:00"), date(2026, 4, 1))
    assert slot == utc("2026-03-31 17:00")


def test_a_start_in_the_past_changes_nothing() -> None:
    now = utc("2026-03-04 12:00")
    assert first_slot(MONDAYS, LISBON, now, date(2020, 1, 1)) == next_slot(MONDAYS, LISBON, now)


# -- odd clocks --------------------------------------------------------------------

ODD_CLOCKS = {
    "Berlin skips 02:30: it is sent at 03:30": (
        "Europe/Berlin", "02:30", "2026-03-28 12:00", ["2026-03-29 01:30", "2026-03-30 00:30"],
    ),
    "Berlin repeats 02:30: it is sent once, the first time": (
        "Europe/Berlin", "02:30", "2026-10-24 12:00", ["2026-10-25 00:30", "2026-10-26 01:30"],
    ),
    "Lord Howe jumps half an hour: 02:15 is sent at 02:45": (
        "Australia/Lord_Howe", "02:15", "2026-10-03 12:00",
        ["2026-10-03 15:45", "2026-10-04 15:15"],
    ),
    "Lord Howe repeats half an hour: 01:45 is sent the first time": (
        "Australia/Lord_Howe", "01:45", "2026-04-04 12:00",
        ["2026-04-04 14:45", "2026-04-05 15:15"],
    ),
    "Cairo has no midnight on that Friday: 00:15 is sent at 01:15": (
        "Africa/Cairo", "00:15", "2026-04-23 12:00", ["2026-04-23 22:15", "2026-04-24 21:15"],
    ),
    "Sao Paulo had no midnight: 00:00 was sent at 01:00": (
        "America/Sao_Paulo", "00:00", "2018-11-03 12:00", ["2018-11-04 03:00", "2018-11-05 02:00"],
    ),
    "Nuuk skips the last hour of a Saturday: 23:30 is sent at 00:30 on Sunday": (
        "America/Nuuk", "23:30", "2026-03-28 12:00", ["2026-03-29 01:30", "2026-03-30 00:30"],
    ),
    "Casablanca leaves its summer time for Ramadan": (
        "Africa/Casablanca", "02:30", "2026-02-14 12:00", ["2026-02-15 01:30", "2026-02-16 02:30"],
    ),
    "Casablanca comes back from Ramadan and skips 02:30": (
        "Africa/Casablanca", "02:30", "2026-03-21 12:00", ["2026-03-22 02:30", "2026-03-23 01:30"],
    ),
    "Apia skipped 30 December 2011: one packet, not two": (
        "Pacific/Apia", "07:00", "2011-12-28 20:00",
        ["2011-12-29 17:00", "2011-12-30 17:00", "2011-12-31 17:00"],
    ),
    "Kwajalein had 30 September 1969 twice: one packet": (
        "Pacific/Kwajalein", "07:00", "1969-09-28 21:00",
        ["1969-09-29 20:00", "1969-10-01 19:00", "1969-10-02 19:00"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", ODD_CLOCKS.values(), ids=ODD_CLOCKS)
def test_an_odd_clock_gives_each_day_one_slot(case: tuple[str, str, str, list[str]]) -> None:
    zone, at, after, expected = case
    slots = coming_slots(daily(at), ZoneInfo(zone), utc(after), len(expected))
    assert list(slots) == [utc(each) for each in expected]


def test_an_hour_that_was_skipped_past_midnight_is_still_sent() -> None:
    # In Nuuk it is Sunday 00:10, and Saturday's 23:30 is still to come, at 00:30.
    slot = next_slot(daily("23:30"), ZoneInfo("America/Nuuk"), utc("2026-03-29 01:10"))
    assert slot == utc("2026-03-29 01:30")


def test_a_friday_that_never_was_is_sent_on_saturday() -> None:
    fridays = Cadence(frozenset({4}), time(7))
    slots = coming_slots(fridays, ZoneInfo("Pacific/Apia"), utc("2011-12-24 00:00"), 2)
    assert slots == (utc("2011-12-30 17:00"), utc("2012-01-05 17:00"))


# -- as people write them ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("mon,thu", {0, 3}),
        ("Mon Thu", {0, 3}),
        ("thursday, MONDAY", {0, 3}),
        ("daily", set(DAILY)),
        ("weekdays", set(WEEKDAYS)),
        ("mon-fri", set(WEEKDAYS)),
        ("sat-mon", {5, 6, 0}),
        ("weekends,wed", {5, 6, 2}),
        ("sun-sat", set(DAILY)),
    ],
)
def test_days_are_read_as_people_write_them(text: str, days: set[int]) -> None:
    assert parse_days(text) == days


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_days_are_read_as_they_are_written(days: frozenset[int]) -> None:
    assert parse_days(format_days(days)) == days


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mon,thr", 'unknown day "thr"; did you mean "thu"?'),
        ("", 'unknown day ""; write mon,thu or daily'),
        ("mon-", 'unknown day "mon-"; did you mean "mon"?'),
        ("77", 'unknown day "77"; write mon,thu or daily'),
        ("mon;\x1b", "unknown day 'mon;\\x1b'; did you mean \"mon\"?"),
    ],
)
def test_what_names_no_day_is_told_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_days(text)
    assert str(caught.value) == sentence


def test_an_hour_is_read_with_and_without_its_leading_zero() -> None:
    assert parse_at("07:30") == parse_at(" 7:30") == time(7, 30)
    assert parse_at("23:59") == time(23, 59)


@pytest.mark.parametrize("text", ["24:00", "7", "7:60", "07:30:00", "", "٠٧:٣٠", "7.30", "-1:00"])
def test_what_is_no_time_of_day_is_told_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid time .*; write it as 07:30"):
        parse_at(text)


def test_a_zone_is_found_whatever_its_case() -> None:
    assert parse_zone(" europe/BERLIN").key == "Europe/Berlin"


def test_a_zone_that_is_nearly_right_is_suggested() -> None:
    with pytest.raises(
        ValueError, match='unknown time zone "Europe/Berln"; did you mean "Europe/B'
    ):
        parse_zone("Europe/Berln")


@pytest.mark.parametrize(
    "text", ["", "../../etc/passwd", "localtime", "Factory", "Europe", "x\0y"]
)
def test_what_is_no_zone_is_told_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match="unknown time zone"):
        parse_zone(text)


def sentence_of(parse: Callable[[str], object], text: str) -> str:
    try:
        parse(text)
    except ValueError as error:
        return str(error)
    return ""


@given(st.text())
def test_no_text_surprises_the_readers(text: str) -> None:
    assert sentence_of(parse_days, text).isprintable()
    assert sentence_of(parse_at, text).isprintable()
    assert sentence_of(parse_zone, text).isprintable()


@pytest.mark.parametrize(
    ("days", "at"),
    [
        (frozenset[int](), time(7)),
        (frozenset({7}), time(7)),
        (frozenset({0}), time(7, 0, 1)),
        (frozenset({0}), time(7, 0, 0, 1)),
        (frozenset({0}), time(7, fold=1)),
        (frozenset({0}), time(7, tzinfo=UTC)),
    ],
)
def test_a_cadence_without_days_or_with_an_odd_hour_cannot_be_made(
    days: frozenset[int], at: time
) -> None:
    with pytest.raises(ValueError, match="of a cadence"):
        Cadence(days, at)
