"""Letting Hypothesis look for a course of events after which something is wrong."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine
from torture.truth import WHOLE


def any_events(machine: type[RuleBasedStateMachine], *, everyday: int) -> Any:
    """Return a test that tries so many courses of events each day, and 2,000 in the whole.

    One that fails is made short before it is shown: let it have the time. What explains it
    further makes each step slow.
    """
    test: Any = pytest.mark.timeout(900)(machine.TestCase)
    test.settings = settings(
        max_examples=2_000 if WHOLE else everyday,
        stateful_step_count=60,
        phases=[phase for phase in Phase if phase is not Phase.explain],
        suppress_health_check=list(HealthCheck),
    )
    return test
