"""`run` is killed again and again while a tenth of all messages meets a fault at the server.

The server decides what is true: it writes a message down before it says that it has it. Here is
a share of it; the whole is `make torture`.
"""

import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from bench.site import planned
from servers.sink import FAULTS as KINDS
from servers.sink_process import SinkProcess
from servers.site import TestSite
from servers.wait import wait_until

from maildriver.store.schema import lane, outbox

WHOLE = os.environ.get("MAILDRIVER_TORTURE") == "whole"
PACKETS, KILLS = (10_000, 200) if WHOLE else (400, 8)
FAULTS = 0.1
CONNECTIONS = 8
SEED = int(os.environ.get("MAILDRIVER_SEED", "20261124"))


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    packets: int
    kills: int
    faults: float
    lost: int  # neither taken by the server nor waiting for a person
    false_sent: int  # sent, we say, and the server does not know of it
    duplicates: int
    unsure: int  # events after which we could not know
    by_kills: int  # of these, those that a kill has made
    different: int  # duplicates with other bytes than the first
    held: int
    seconds: float
    seed: int


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
            wait_until(lambda: self._has_taken(enough), 60, "nothing goes on")
            time.sleep(self._random.random() * 0.01)
        finally:
            process.kill()
            process.wait()
        self.by_kills += self.in_state("dotted")
        self.hurry()

    def _has_taken(self, enough: int) -> bool:
        if self.server.count() >= enough or self.in_state("sent", "held") == PACKETS:
            return True
        self.hurry()
        return False

    def finish(self) -> None:
        with self.site.running():
            wait_until(self._hurried_to_the_end, 300, "some messages never went")

    def hurry(self) -> None:
        """Let the time pass that messages, and the server, are left alone after a fault."""
        past = datetime.now(UTC) - timedelta(seconds=1)
        waiting = outbox.c.state.in_(("ready", "unsure"))
        self.site.change(sa.update(outbox).where(waiting).values(not_before=past))
        self.site.change(sa.update(lane).values(paused_until=None))

    def in_state(self, *states: str) -> int:
        query = sa.select(sa.func.count()).where(outbox.c.state.in_(states))
        return int(self.site.rows(query.select_from(outbox))[0][0])

    def _hurried_to_the_end(self) -> bool:
        return self._has_taken(PACKETS * 100)


def report(torture: Torture, seconds: float) -> Report:
    columns = (outbox.c.token, outbox.c.state, outbox.c.unsure_count)
    rows = torture.site.rows(sa.select(*columns))
    hashes: dict[str, list[str]] = {}
    for taken in torture.server.taken():
        hashes.setdefault(taken["message_id"][1:25], []).append(taken["sha256"])
    copies = Counter({token: len(each) for token, each in hashes.items()})
    return Report(
        packets=len(rows),
        kills=KILLS,
        faults=FAULTS,
        lost=sum(token not in hashes for token, state, _ in rows if state != "held"),
        false_sent=sum(token not in hashes for token, state, _ in rows if state == "sent"),
        duplicates=sum(copies.values()) - len(copies),
        unsure=sum(unsure for _, _, unsure in rows),
        by_kills=torture.by_kills,
        different=sum(len(set(each)) > 1 for each in hashes.values()),
        held=sum(state == "held" for _, state, _ in rows),
        seconds=round(seconds, 1),
        seed=SEED,
    )


@pytest.mark.timeout(1800)
def test_nothing_is_lost_and_nothing_is_said_to_be_sent_that_was_not(tmp_path: Path) -> None:
    assert sum(map(len, KINDS.values())) >= 19, "kinds of faults"
    site, _ = planned(tmp_path / "site", 5, PACKETS)
    server = SinkProcess(tmp_path)
    start = time.monotonic()
    with server.running(seed=SEED, faults=FAULTS):
        site.write_settings("course@example.org", smtp=server.port, imap=1)
        torture = Torture(site, server)
        for _ in range(KILLS):
            torture.kill_once()
        torture.finish()
    found = report(torture, time.monotonic() - start)
    sys.stderr.write(json.dumps(asdict(found)) + "\n")

    assert found.packets == PACKETS
    assert (found.lost, found.false_sent, found.different) == (0, 0, 0)
    assert found.duplicates <= found.unsure
    assert found.by_kills <= KILLS * CONNECTIONS
    assert found.held <= PACKETS // 100, "a person is asked only after three times"
