"""Waiting for something to come true, with a limit."""

import time
from collections.abc import Callable


def wait_until(condition: Callable[[], object], limit: float, otherwise: str) -> None:
    """Return as soon as `condition` holds; raise TimeoutError after `limit` seconds."""
    end = time.monotonic() + limit
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(otherwise)
        time.sleep(0.02)
