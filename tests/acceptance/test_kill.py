"""`run` is killed at any moment, and told to stop: nothing is lost, almost nothing goes twice."""

import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
import sqlalchemy as sa
from patience import wait_until, within
from servers.mailstack import MailStack
from servers.nursery import Child, hears
from servers.site import TestSite

from maildriver.database.schema import outbox
from maildriver.database.schema import site as site_row

STUDENTS = 500
KILLS = 20
CONNECTIONS = 8
_MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE | re.IGNORECASE)


def enrol(site: TestSite, addresses: list[str]) -> None:
    site.write("class.csv", "\n".join(["address", *addresses]))
    site.call("enrol", "night-sky", "--roster", f"{site.folder}/class.csv", "--confirmed")
    site.make_due(datetime.now(UTC))


def waiting(site: TestSite) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.state != "sent")
    return int(site.rows(query.select_from(outbox))[0][0])


def sent(site: TestSite) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.state == "sent")
    return int(site.rows(query.select_from(outbox))[0][0])


def started_at(site: TestSite) -> datetime | None:
    """When the last `run` took its place: from then on it hears signals."""
    started: datetime | None = site.rows(sa.select(site_row.c.run_started_at))[0][0]
    return started


def has_begun(site: TestSite, before: datetime | None) -> bool:
    return started_at(site) != before


def has_sent(site: TestSite, enough: int) -> bool:
    return sent(site) >= enough


def message_ids(mailstack: MailStack, address: str) -> list[bytes]:
    found = [_MESSAGE_ID.search(raw) for raw in mailstack.mailbox(address)]
    return [match[1] for match in found if match]


def all_delivered(mailstack: MailStack, addresses: list[str]) -> Counter[bytes]:
    """Return how often each message arrived, when Postfix has nothing left to deliver."""
    wait_until(lambda: not mailstack.queued(), 120, "Postfix still holds mail")
    return Counter(
        message_id for address in addresses for message_id in message_ids(mailstack, address)
    )


def stop(process: Child) -> None:
    """Tell it to stop when it has begun, which takes ten seconds at most."""
    wait_until(lambda: hears(process.pid, signal.SIGTERM), 60, "it does not begin")
    with within(10):
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0


def test_twenty_kills_lose_nothing_and_repeat_little(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    settings = (mail_site.folder / "maildriver.toml").read_text()
    mail_site.write("maildriver.toml", settings.replace("[smtp]", '[smtp]\nunsure_after = "1s"'))
    addresses = [new_address("student") for _ in range(STUDENTS)]
    enrol(mail_site, addresses)
    moments = random.Random(20261123)

    for _ in range(KILLS):
        killed, enough = started_at(mail_site), sent(mail_site) + moments.randrange(40)
        with mail_site.running():
            wait_until(partial(has_begun, mail_site, killed), 60, "it does not start")
            wait_until(partial(has_sent, mail_site, enough), 60, "nothing is sent", every=0.05)
            time.sleep(moments.random() * 0.1)  # into the middle of whatever it does
    killed = started_at(mail_site)
    with mail_site.running() as process:
        wait_until(partial(has_begun, mail_site, killed), 60, "it does not start")
        wait_until(lambda: _tried_all(mail_site), 120, "some messages never went")
        # What was killed three times after its dot waits for a person, who sends it again.
        for item in mail_site.json("held")["held"]:
            assert item["why"] == "the process ended between the dot and its answer"
            mail_site.call("held", "release", item["id"])
        wait_until(lambda: sent(mail_site) == 2 * STUDENTS, 60, "what was released never went")
        stop(process)

    arrived = all_delivered(mailstack, addresses)
    assert len(arrived) == 2 * STUDENTS, "a welcome and a packet for everyone: none is lost"
    assert sum(arrived.values()) - len(arrived) <= KILLS * CONNECTIONS
    assert waiting(mail_site) == 0


def _tried_all(site: TestSite) -> bool:
    states = {"sent", "held"}
    query = sa.select(sa.func.count()).where(outbox.c.state.in_(states))
    return bool(site.rows(query.select_from(outbox))[0][0] == 2 * STUDENTS)


@pytest.mark.alone
def test_told_to_stop_it_ends_within_ten_seconds_and_doubles_nothing(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    addresses = [new_address("student") for _ in range(100)]
    enrol(mail_site, addresses)

    for enough in (20, 60, 100, 140, 200):
        stopped = started_at(mail_site)
        with mail_site.running() as process:
            wait_until(partial(has_begun, mail_site, stopped), 60, "it does not start")
            wait_until(partial(has_sent, mail_site, enough), 60, "some messages never went")
            stop(process)

    arrived = all_delivered(mailstack, addresses)
    assert len(arrived) == sum(arrived.values()) == 200


def test_a_second_run_is_refused_while_one_lives(mail_site: TestSite) -> None:
    with mail_site.running() as process:
        wait_until(
            lambda: mail_site.json("status")["running_since"] is not None, 60, "it does not run"
        )
        refused = mail_site.call("run", "--once", expect=4)
        stop(process)

    assert refused.stderr.startswith("maildriver: maildriver is already running here since 20")
    assert mail_site.json("status")["running_since"] is None
