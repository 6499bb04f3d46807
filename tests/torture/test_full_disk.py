"""The disk is full at random moments; when there is room again, everything goes on."""

import random
import time
from functools import partial
from pathlib import Path

import pytest
from bench.site import planned
from support.deadlines import wait_until
from support.fork_server import Child
from support.require import require
from support.servers.sink_process import SinkProcess
from support.site import TestSite
from support.small_disk import fill_disk, small_disk
from torture.truth import PATIENCE, SEED, WHOLE, check, hurry, in_state, report

PACKETS, MOMENTS = (2_000, 10) if WHOLE else (200, 2)
GOES_ON_WITHIN = 60  # seconds of there being room


def _goes_on(site: TestSite, server: SinkProcess, enough: int) -> bool:
    """Whether enough has gone; what met a fault at the server is due at once."""
    hurry(site)
    return server.count() >= min(enough, PACKETS)


def _lives_and_is_done(site: TestSite, process: Child) -> bool:
    assert process.poll() is None, "a full disk is no reason to end"
    hurry(site)
    return in_state(site, "sent", "held") == PACKETS


@pytest.mark.timeout(1800)
def test_a_disk_that_is_full_again_and_again_loses_nothing(tmp_path: Path) -> None:
    require("root")
    moments = random.Random(SEED)
    folder = tmp_path / "site"
    server = SinkProcess(tmp_path)
    start = time.monotonic()
    with small_disk(folder / "var"), server.running(seed=SEED, faults=0.1):
        site, _ = planned(folder, 5, PACKETS)
        site.put_courses_away()
        site.write_settings("course@example.org", smtp=server.port, imap=1)
        ballast = folder / "var" / "ballast"
        with site.running("run") as process:
            for number in range(MOMENTS):
                enough = PACKETS * number // MOMENTS + moments.randrange(PACKETS // MOMENTS // 2)
                enough = max(enough, server.count() + 1)
                wait_until(partial(_goes_on, site, server, enough), PATIENCE, "nothing goes on")
                fill_disk(ballast)
                # It meets the full disk, and waits, and tries again.
                time.sleep(1 + moments.random())
                ballast.unlink()
                more = server.count() + 1
                wait_until(partial(_goes_on, site, server, more), GOES_ON_WITHIN, "it halts")
            done = partial(_lives_and_is_done, site, process)
            wait_until(done, 1200, "some messages never went", every=0.2)
        found = report(site, server, MOMENTS, 0, start)

    assert found.packets == PACKETS
    check(found)
