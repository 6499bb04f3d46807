"""What is true after a torture: what the server wrote down, beside what the site believes."""

import json
import os
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from support.servers.sink_process import SinkProcess
from support.site import TestSite

from maildriver.database.schema import mail_account, outbox

WHOLE = os.environ.get("MAILDRIVER_TORTURE") == "whole"
SEED = int(os.environ.get("MAILDRIVER_SEED", "20261124"))
PATIENCE = 180  # seconds in which something must go on, however busy the machine is
FAULTS = 0.1  # of all messages meet one at the server


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


def report(site: TestSite, server: SinkProcess, kills: int, by_kills: int, began: float) -> Report:
    """Return what came of it, and print it as a line of JSON."""
    columns = (outbox.c.token, outbox.c.state, outbox.c.unsure_count)
    rows = site.rows(sa.select(*columns))
    hashes: dict[str, list[str]] = {}
    for taken in server.taken():
        hashes.setdefault(taken["message_id"][1:25], []).append(taken["sha256"])
    copies = Counter({token: len(each) for token, each in hashes.items()})
    found = Report(
        packets=len(rows),
        kills=kills,
        faults=FAULTS,
        lost=sum(token not in hashes for token, state, _ in rows if state != "held"),
        false_sent=sum(token not in hashes for token, state, _ in rows if state == "sent"),
        duplicates=sum(copies.values()) - len(copies),
        unsure=sum(unsure for _, _, unsure in rows),
        by_kills=by_kills,
        different=sum(len(set(each)) > 1 for each in hashes.values()),
        held=sum(state == "held" for _, state, _ in rows),
        seconds=round(time.monotonic() - began, 1),
        seed=SEED,
    )
    sys.stderr.write(json.dumps(asdict(found)) + "\n")
    return found


def check(found: Report) -> None:
    """Hold that nothing is lost, nothing is falsely sent, and each repeat has its reason."""
    assert (found.lost, found.false_sent, found.different) == (0, 0, 0), found
    assert found.duplicates <= found.unsure, found
    assert found.held <= found.packets // 100, "a person is asked only after three times"


def all_states(site: TestSite) -> dict[str, int]:
    """Return how many messages are in each state."""
    query = sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state)
    return {row[0]: row[1] for row in site.rows(query)}


def in_state(site: TestSite, *states: str) -> int:
    """Return how many messages are in one of these states."""
    query = sa.select(sa.func.count()).where(outbox.c.state.in_(states))
    return int(site.rows(query.select_from(outbox))[0][0])


def hurry(site: TestSite) -> None:
    """Let the time pass that messages, and the server, are left alone after a fault."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    later = sa.and_(outbox.c.state.in_(("ready", "unsure")), outbox.c.not_before > past)
    site.change(sa.update(outbox).where(later).values(not_before=past))
    site.change(sa.update(mail_account).values(paused_until=None))
