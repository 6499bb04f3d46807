"""Memory does not grow with the class, nor with what is sent: see bench.memory for the whole."""

from pathlib import Path

import pytest
from bench.memory import LARGE, running
from support.deadlines import wait_until
from support.require import require


@pytest.mark.timeout(600)
def test_a_class_with_a_large_file_takes_no_more_memory_the_longer_it_is_sent_to(
    tmp_path: Path,
) -> None:
    require("smtp-sink")
    with running(tmp_path / "site", students=3_000, file=LARGE) as run:
        wait_until(lambda: run.sent() >= 20, 180, "nothing is sent", every=0.1)
        first = run.megabytes()
        wait_until(lambda: run.sent() >= 120, 180, "it does not go on", every=0.1)
        last = run.megabytes()

    assert last < first + 10, "one copy of the file is enough for all"
    assert last < 150
