"""Bounds on how long something takes, which hold on a fast machine and on a slow one.

A bound is in seconds of the machine that it was set on. Before anything is called too slow, a
piece of work whose time there is known is timed as well, and the bound is longer by as much as
this machine is slower just then.
"""

import re
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

_TRIES = 3
KNOWN_SECONDS = 0.1
_KNOWN_TEXT = "It was Io, I think, and Europa stood beside it. " * 400
_PAIR = re.compile(r"(\w+) (\w+)")


def slowness(clock: Callable[[], float] = time.monotonic) -> float:
    """Return how many times slower this machine is now than where bounds were set: at least 1."""
    began = clock()
    known_work()
    return max(1.0, (clock() - began) / KNOWN_SECONDS)


def known_work() -> None:
    """Do what takes `KNOWN_SECONDS` where the bounds were set."""
    counts = Counter[str]()
    for _ in range(60):
        for pair in _PAIR.finditer(_KNOWN_TEXT):
            counts[pair[1]] += len(pair[2])


def is_done_within(seconds: float, act: Callable[[], object]) -> bool:
    """Tell whether an act takes less processor time, at the best of three times.

    The bound is on our own work. A machine that is slow for a moment is no fault of it.
    """
    clock = time.process_time
    for _ in range(_TRIES):
        began = clock()
        act()
        took = clock() - began
        if took < seconds or took < seconds * slowness(clock):
            return True
    return False


async def is_over_within(seconds: float, act: Callable[[], Awaitable[object]]) -> bool:
    """Tell whether something is over sooner, by the wall clock, at the best of three times."""
    for _ in range(_TRIES):
        began = time.monotonic()
        await act()
        took = time.monotonic() - began
        if took < seconds or took < seconds * slowness():
            return True
    return False


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if the block takes longer, even if it raises what is expected."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert took < seconds or took < seconds * slowness()


def wait_until(
    condition: Callable[[], object], limit: float, otherwise: str, *, every: float = 0.02
) -> None:
    """Return as soon as `condition` holds; raise TimeoutError after `limit` seconds.

    It is looked at `every` so many seconds: seldom, where to look costs much.
    """
    began = time.monotonic()
    while not condition():
        waited = time.monotonic() - began
        if waited > limit and waited > limit * slowness():
            raise TimeoutError(otherwise)
        time.sleep(every)
