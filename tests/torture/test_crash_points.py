"""The process dies at each of its named points, and the next one goes on as if it had not.

One class lives through all of it, some deaths a day: nothing is lost, each lesson comes on its
day, each reply becomes one post and is in one digest of each reader, and what goes twice is what
must: see CLASSES. `make torture` does it five times on each database.
"""

import random
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
from support.class_talk import check, check_end, check_privacy
from support.servers.mailstack import MailStack
from torture.processes import CLASSES, Lives, check_lessons, check_repeats, lives
from torture.truth import SEED, WHOLE

from maildriver.failpoints import POINTS

ROUNDS = 5 if WHOLE else 1


def _of(*kinds: str) -> tuple[str, ...]:
    """Return the points of some kinds at which a death costs nothing, in order."""
    found = [point for point in POINTS if point.startswith(kinds) and point not in CLASSES]
    return tuple(found)


#: What can be died at one after the other, in one day, because each is nearer to the end.
ON_ONE_DAY = (
    ("run.begun", "smtp.fenced", *_of("recovery.")),
    _of("publisher."),
    _of("notice."),
    _of("scheduler."),
    _of("newsletter."),
    _of("sender.", "smtp.", "ledger."),
    _of("poller."),
    _of("intake.t"),  # a try is counted where a process has ended before
    _of("intake.p"),
    _of("intake.b", "intake.c"),
    _of("digester."),
)
ALONE = tuple(CLASSES)
#: What a process comes by more than once in a day.
OFTEN = tuple(
    point
    for point in POINTS
    if point.startswith(("smtp.", "ledger.", "intake.")) and point != "intake.try_counted"
)
DAYS = len(ON_ONE_DAY) + len(ALONE) + (ROUNDS - 1) * (len(ON_ONE_DAY) + len(OFTEN)) + 1


def live_through(class_: Lives) -> None:
    """Die at every point the first time it is reached, then at later times as well."""
    later = random.Random(SEED)
    class_.begin()
    for points in [*ON_ONE_DAY, *((point,) for point in ALONE)]:
        class_.day(*points)
    for _ in range(ROUNDS - 1):
        for points in ON_ONE_DAY:
            class_.day(*points)
        for point in OFTEN:
            class_.day(point, times=later.randint(1, 3))
    class_.end()

    check(class_.term, class_.talk)
    check_privacy(class_.term)
    check_end(class_.term)
    check_repeats(class_.term)
    check_lessons(class_.term, class_.days)
    sys.stderr.write(f"{class_.deaths} deaths at {len(POINTS)} points in {class_.days} days\n")


def test_a_process_dies_at_every_point_along_the_street() -> None:
    assert len(POINTS) == len(set(POINTS)) >= 30
    assert set(POINTS) == set(chain(*ON_ONE_DAY, ALONE))


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("database", ["sqlite", "postgresql"] if WHOLE else ["sqlite"])
def test_whatever_point_it_dies_at(
    tmp_path: Path,
    mailstack: MailStack,
    new_address: Callable[..., str],
    request: pytest.FixtureRequest,
    database: str,
) -> None:
    url = request.getfixturevalue("durable_postgres_url") if database == "postgresql" else ""
    with lives(tmp_path, mailstack, new_address, DAYS, url) as class_:
        live_through(class_)
