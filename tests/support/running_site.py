"""Enrolling, counting and stopping: helpers for tests of a site that runs."""

import re
import signal
from collections import Counter
from datetime import UTC, datetime

import sqlalchemy as sa
from support.deadlines import wait_until, within
from support.fork_server import Child, hears
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import outbox
from maildriver.database.schema import site as site_row

_MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE | re.IGNORECASE)


def enrol(site: TestSite, addresses: list[str]) -> None:
    site.write("class.csv", "\n".join(["address", *addresses]))
    site.call("enrol", "night-sky", "--roster", f"{site.folder}/class.csv", "--confirmed")
    site.make_due(datetime.now(UTC))


def sent(site: TestSite) -> int:
    query = sa.select(sa.func.count()).where(outbox.c.state == "sent")
    return int(site.rows(query.select_from(outbox))[0][0])


def started_at(site: TestSite) -> datetime | None:
    """When the last `run` took its place: from then on it hears signals."""
    started: datetime | None = site.rows(sa.select(site_row.c.run_started_at))[0][0]
    return started


def has_begun(site: TestSite, before: datetime | None) -> bool:
    return started_at(site) != before


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
