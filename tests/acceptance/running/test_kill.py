"""`run` is killed at any moment, and told to stop: nothing is lost, almost nothing goes twice."""

import random
import time
from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from support.deadlines import wait_until
from support.running_site import all_delivered, enrol, has_begun, sent, started_at, stop
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import outbox

STUDENTS = 500
KILLS = 20
CONNECTIONS = 8


def waiting(site: TestSite) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.state != "sent")
    return int(site.rows(query.select_from(outbox))[0][0])


def has_sent(site: TestSite, enough: int) -> bool:
    return sent(site) >= enough


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
