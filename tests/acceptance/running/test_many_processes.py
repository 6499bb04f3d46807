"""Several processes on PostgreSQL: they share the work, and go on where one has died."""

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from signal import SIGTERM

import pytest
import sqlalchemy as sa
from support.deadlines import wait_until, within
from support.fork_server import Child, hears
from support.servers.sink_process import SinkProcess
from support.site import TestSite

from maildriver.database.schema import outbox

STUDENTS = 300


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SinkProcess]:
    server = SinkProcess(tmp_path)
    with server.running():
        yield server


@pytest.fixture
def site(tmp_path: Path, server: SinkProcess, durable_postgres_url: str) -> TestSite:
    site = TestSite(tmp_path / "site")
    site.write_settings(
        "course@example.org",
        smtp=server.port,
        imap=1,
        database=durable_postgres_url,
    )
    settings = (site.folder / "maildriver.toml").read_text()
    site.write("maildriver.toml", settings.replace("[smtp]", '[smtp]\nunsure_after = "1s"'))
    site.write_course()
    return site


def enrol(site: TestSite, name: str, number: int) -> None:
    addresses = [f"{name}-{n}@example.net" for n in range(number)]
    roster = site.write(f"{name}.csv", "\n".join(["address", *addresses]))
    site.call("enrol", "night-sky", "--roster", str(roster), "--confirmed")
    site.make_due(datetime.now(UTC))


def running(site: TestSite, part: str) -> AbstractContextManager[Child]:
    return site.running("run", "--only", part)


def sent(site: TestSite) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.state == "sent")
    return int(site.rows(query.select_from(outbox))[0][0])


def copies(server: SinkProcess) -> Counter[str]:
    return Counter(taken["message_id"] for taken in server.taken())


def _has_taken(server: SinkProcess, enough: int) -> bool:
    return server.count() >= enough


def test_senders_share_what_waits_and_no_message_goes_twice(
    site: TestSite, server: SinkProcess
) -> None:
    enrol(site, "student", STUDENTS)
    with ExitStack() as stack:
        stack.enter_context(running(site, "scheduler"))
        senders = [stack.enter_context(running(site, "sender")) for _ in range(3)]
        wait_until(lambda: server.count() >= 2 * STUDENTS, 180, "some messages never went")
        wait_until(lambda: sent(site) == 2 * STUDENTS, 60, "their answers were not written down")
        for sender in senders:
            # The others may have sent all before one had begun.
            wait_until(partial(hears, sender.pid, SIGTERM), 60, "a sender does not begin")
            sender.terminate()
            assert sender.wait(60) == 0

    assert set(copies(server).values()) == {1}
    assert len(copies(server)) == 2 * STUDENTS


def test_what_a_killed_sender_had_claimed_is_sent_by_the_others(
    site: TestSite, server: SinkProcess
) -> None:
    enrol(site, "student", STUDENTS)
    with running(site, "scheduler"), running(site, "sender"):
        for kill in range(3):
            with running(site, "sender") as victim:
                enough = min(server.count() + 60, 2 * STUDENTS - 100 + kill)
                wait_until(partial(_has_taken, server, enough), 60, "nothing goes")
                victim.kill()
                victim.wait()
        wait_until(lambda: sent(site) == 2 * STUDENTS, 180, "what the dead had claimed never went")

    unsure = site.rows(sa.select(sa.func.sum(outbox.c.unsure_count)))[0][0]
    found = copies(server)
    assert len(found) == 2 * STUDENTS, "none is lost"
    assert sum(found.values()) - len(found) <= unsure


def test_another_plans_within_ten_seconds_when_whoever_did_is_killed(
    site: TestSite, server: SinkProcess
) -> None:
    with running(site, "scheduler") as first:
        enrol(site, "early", 1)
        with running(site, "sender"), running(site, "scheduler"):
            wait_until(lambda: server.count() == 2, 60, "nobody plans")
            first.kill()
            first.wait()
            enrol(site, "late", 1)
            with within(10):
                wait_until(lambda: server.count() >= 4, 60, "nobody took over")

    assert set(copies(server).values()) == {1}


def test_many_processes_need_postgresql_and_say_so(tmp_path: Path) -> None:
    site = TestSite(tmp_path)
    site.write_settings("course@example.org", smtp=1, imap=1)
    site.write_course()

    refused = site.call("run", "--only", "sender", expect=1)

    assert refused.stderr == (
        "maildriver: --only needs PostgreSQL, but this site uses SQLite\n"
        "  Leave out --only, or set `url` under [database] to a PostgreSQL database.\n"
    )


def test_a_part_that_is_none_is_named(site: TestSite) -> None:
    refused = site.call("run", "--only", "postman", expect=1)

    assert "unknown part postman" in refused.stderr
    assert "scheduler, digester, poller, intake, sender" in refused.stderr
