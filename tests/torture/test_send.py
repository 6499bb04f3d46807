"""`run` is killed again and again while a tenth of all messages meets a fault at the server.

The server decides what is true: it writes a message down before it says that it has it. Here is
a share of it; the whole is `make torture`.
"""

import random
import time
from pathlib import Path

import pytest
from bench.site import planned
from support.deadlines import wait_until
from support.fork_server import Child
from support.servers.sink import FAULTS as KINDS
from support.servers.sink_process import SinkProcess
from support.site import TestSite
from torture.truth import FAULTS, PATIENCE, SEED, WHOLE, all_states, check, hurry, in_state, report

PACKETS, KILLS = (10_000, 200) if WHOLE else (400, 8)
CONNECTIONS = 8


class Torture:
    """A site whose packets wait, and what is done to the process that sends them."""

    def __init__(self, site: TestSite, server: SinkProcess) -> None:
        self.site, self.server = site, server
        self.by_kills = 0
        self._random = random.Random(SEED)

    def kill_once(self) -> None:
        """Let it send some messages and kill it; what waits for later is due at once."""
        enough = self.server.count() + self._random.randint(1, 2 * PACKETS // KILLS)
        process = self.site.start("run")
        try:
            self._wait_for(process, enough)
            time.sleep(self._random.random() * 0.01)  # into the middle of a message
        finally:
            process.kill()
            process.wait()
        self.by_kills += in_state(self.site, "dotted")
        hurry(self.site)

    def _wait_for(self, process: Child, enough: int) -> None:
        """Wait until enough was taken; a `run` that ends, or does nothing, shows its log."""

        def is_enough() -> bool:
            assert process.poll() is None, self.site.log()[-5_000:]
            return self._has_taken(enough)

        try:
            wait_until(is_enough, PATIENCE, "nothing goes on", every=0.05)
        except TimeoutError as error:
            told = f"{error}: {all_states(self.site)}, {self.server.count()} of {enough} taken"
            raise TimeoutError(f"{told}\n{self.site.log()[-5_000:]}") from None

    def _has_taken(self, enough: int) -> bool:
        if self.server.count() >= enough or in_state(self.site, "sent", "held") == PACKETS:
            return True
        hurry(self.site)
        return False

    def finish(self) -> None:
        with self.site.running():
            wait_until(self._hurried_to_the_end, 600, "some messages never went", every=0.2)

    def _hurried_to_the_end(self) -> bool:
        return self._has_taken(PACKETS * 100)


@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_is_said_to_be_sent_that_was_not(tmp_path: Path) -> None:
    assert sum(map(len, KINDS.values())) >= 19, "kinds of faults"
    site, _ = planned(tmp_path / "site", 5, PACKETS)
    site.put_courses_away()
    server = SinkProcess(tmp_path)
    start = time.monotonic()
    with server.running(seed=SEED, faults=FAULTS):
        site.write_settings("course@example.org", smtp=server.port, imap=1)
        torture = Torture(site, server)
        for _ in range(KILLS):
            torture.kill_once()
        torture.finish()
    found = report(site, server, KILLS, torture.by_kills, start)

    assert found.packets == PACKETS
    check(found)
    assert found.by_kills <= KILLS * CONNECTIONS
