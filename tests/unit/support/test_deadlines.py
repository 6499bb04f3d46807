"""Bounds that are longer on a slower machine, and yet bounds."""

import pytest
from support.deadlines import (
    KNOWN_SECONDS,
    is_done_within,
    known_work,
    slowness,
    wait_until,
    within,
)


def ten_times_the_known_work() -> None:
    for _ in range(10):
        known_work()


def test_what_takes_ten_times_as_long_as_it_may_is_too_slow_on_any_machine() -> None:
    assert not is_done_within(KNOWN_SECONDS, ten_times_the_known_work)
    with pytest.raises(AssertionError), within(KNOWN_SECONDS):
        ten_times_the_known_work()


def test_what_takes_half_as_long_as_it_may_is_quick_enough_on_any_machine() -> None:
    assert is_done_within(2 * KNOWN_SECONDS, known_work)
    assert slowness() >= 1


def test_what_never_comes_is_told() -> None:
    with pytest.raises(TimeoutError, match="nothing came"):
        wait_until(lambda: False, 0.01, "nothing came")
