"""Durations, sizes and rates, as people write them."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.domain.quantity import (
    Rate,
    format_duration,
    format_size,
    parse_duration,
    parse_rates,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        (" 12 h ", timedelta(hours=12)),
        ("180d", timedelta(days=180)),
        ("2w", timedelta(days=14)),
        ("0s", timedelta()),
    ],
)
def test_a_duration_is_a_number_and_a_letter(text: str, duration: timedelta) -> None:
    assert parse_duration(text) == duration


@pytest.mark.parametrize(
    "text", ["", "15", "m", "-1m", "1.5h", "1h30m", "15 parsecs", "٣m", "9" * 9 + "d"]
)
def test_what_is_no_duration_is_told_with_a_sentence(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"invalid duration .*; write it as 90s, 15m, 12h or 180d"
    ):
        parse_duration(text)


@given(st.integers(0, 999_999).map(lambda number: timedelta(seconds=number)))
def test_a_duration_is_read_as_it_is_written(duration: timedelta) -> None:
    assert parse_duration(format_duration(duration)) == duration


def test_a_duration_is_written_in_its_largest_unit() -> None:
    assert [format_duration(timedelta(seconds=n)) for n in (0, 90, 900, 43_200, 15_552_000)] == [
        "0s", "90s", "15m", "12h", "180d",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("512B", 512),
        ("512KB", 512_000),
        ("25MB", 25_000_000),
        ("25 mb", 25_000_000),
        ("24MiB", 24 * 2**20),
        ("1.5GB", 1_500_000_000),
        ("1GiB", 2**30),
    ],
)
def test_a_size_counts_in_thousands_unless_it_says_otherwise(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "25", "MB", "-1MB", "25M", "25iB", "1e3MB", "25TB"])
def test_what_is_no_size_is_told_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid size .*; write it as 512KB, 25MB or 24MiB"):
        parse_size(text)


@given(st.integers(0, 999_999_999))
def test_a_size_is_read_as_it_is_written(size: int) -> None:
    assert parse_size(format_size(size)) == size


def test_rates_are_counts_in_a_time() -> None:
    assert parse_rates("30/min, 2000/day,5 / s") == (
        Rate(30, timedelta(minutes=1)),
        Rate(2000, timedelta(days=1)),
        Rate(5, timedelta(seconds=1)),
    )
    assert parse_rates("") == parse_rates(" ") == ()


@pytest.mark.parametrize("text", ["30", "0/min", "30/month", "-1/min", "30 per min", "/min"])
def test_what_is_no_rate_is_told_with_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"invalid rate .*; write it as 30/min or 2000/day"):
        parse_rates(text)
