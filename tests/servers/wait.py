"""Limits on how long something may take."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def wait_until(
    condition: Callable[[], object], limit: float, otherwise: str, *, every: float = 0.02
) -> None:
    """Return as soon as `condition` holds; raise TimeoutError after `limit` seconds.

    It is looked at `every` so many seconds: seldom, where to look costs much.
    """
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(every)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail if the block takes longer, even if it raises what is expected."""
    started = time.monotonic()
    yield
    assert time.monotonic() - started < seconds
