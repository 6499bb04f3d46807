"""How much work something is, whatever else the machine does."""

import time
from collections.abc import Awaitable, Callable

_TRIES = 3


def is_done_within(seconds: float, act: Callable[[], object]) -> bool:
    """Tell whether an act takes less processor time, at the best of three times.

    The bound is on our own work. A machine that is slow for a moment is no fault of it.
    """
    for _ in range(_TRIES):
        began = time.process_time()
        act()
        if time.process_time() - began < seconds:
            return True
    return False


async def is_over_within(seconds: float, act: Callable[[], Awaitable[object]]) -> bool:
    """Tell whether something is over sooner, by the wall clock, at the best of three times."""
    for _ in range(_TRIES):
        began = time.monotonic()
        await act()
        if time.monotonic() - began < seconds:
            return True
    return False
