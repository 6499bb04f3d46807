"""What a backlog of replies costs, beside the plainest loop that stores the same rows.

The loops are imaplib and sqlite3: one asks for a mail and commits it, the other for a hundred.
They look at nothing. We look at each header, and store what is ours; then every reply becomes
a post. All on the same Dovecot, in turn; a ratio is the median of the rounds.
"""

import argparse
import asyncio
import hashlib
import imaplib
import json
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import sqlalchemy as sa
from bench.replies import begin_at_the_first, replied
from rich.console import Console
from rich.table import Table
from support.deadlines import wait_until
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.app.services import open_services
from maildriver.app.site import open_site, utc_now
from maildriver.database.schema import inbox, post

ADDRESS = f"course@{MailStack.domain}"
_LOOPS = {"imaplib, one at a time": 1, "imaplib, a hundred at a time": 100}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--replies", type=int, default=5000)
    arguments = parser.parse_args()
    stack = MailStack()
    stack.up()
    try:
        with tempfile.TemporaryDirectory(prefix="maildriver-bench-") as folder:
            site = replied(Path(folder) / "site", stack, ADDRESS, arguments.replies)
            with stack.session(ADDRESS) as imap:
                imap.select("INBOX", readonly=True)
                begin_at_the_first(site, "INBOX", int(imap.response("UIDVALIDITY")[1][0]))
            rates = _rates(site, stack, Path(folder), arguments.rounds, arguments.replies)
            console = Console(stderr=True)
            console.print(_table(rates))
            for what, of_each in _ratios(rates).items():
                shown = ", ".join(f"{ratio} of {name}" for name, ratio in of_each.items())
                console.print(f"{what}: {shown}", soft_wrap=True)
            waits = _waits(site, stack)
    finally:
        stack.down()
    sys.stdout.write(json.dumps(_facts(rates, waits)) + "\n")


Rates = dict[str, list[float]]


def _rates(site: TestSite, stack: MailStack, folder: Path, rounds: int, number: int) -> Rates:
    """Return how many replies a second each has stored, and we have made posts of."""
    rates: Rates = {name: [] for name in (*_LOOPS, "stored", "posts")}
    for _ in range(rounds):
        for name, batch in _LOOPS.items():
            at = _fresh(site, folder / "loop")
            rates[name].append(number / _seconds(partial(_loop, at, stack, batch)))
        ours = _fresh(site, folder / "ours")
        stored, posted = asyncio.run(_ours(ours))
        rates["stored"].append(number / stored)
        rates["posts"].append(number / (stored + posted))
        found = TestSite(ours).rows(sa.select(sa.func.count()).select_from(post))
        assert found[0][0] == number, "every reply is a post"
    return rates


def _fresh(site: TestSite, folder: Path) -> Path:
    """Return a copy of the site in which nothing is stored yet."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(site.folder, folder)
    return folder


def _seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _loop(folder: Path, stack: MailStack, batch: int) -> None:
    """Fetch all mail and store the same rows as we do, looking at nothing."""
    database = sqlite3.connect(folder / "var" / "maildriver.db")
    database.execute("PRAGMA synchronous=FULL")
    with stack.session(ADDRESS) as imap:
        imap.select("INBOX", readonly=True)
        uidvalidity = int(imap.response("UIDVALIDITY")[1][0])
        uids = imap.uid("SEARCH", "ALL")[1][0].split()
        for start in range(0, len(uids), batch):
            for uid, raw in _fetched(imap, uids[start : start + batch]):
                sha256 = hashlib.sha256(raw).hexdigest()
                database.execute("INSERT INTO blob VALUES (?, ?)", (sha256, raw))
                database.execute(
                    "INSERT INTO inbox (mailbox, uidvalidity, uid, raw_sha256, size, received_at) "
                    "VALUES ('INBOX', ?, ?, ?, ?, 0)",
                    (uidvalidity, uid, sha256, len(raw)),
                )
            database.commit()
    database.close()


def _fetched(imap: imaplib.IMAP4, uids: Sequence[bytes]) -> Iterator[tuple[int, bytes]]:
    _, found = imap.uid("FETCH", b",".join(uids).decode(), "(UID BODY.PEEK[])")
    for each in found:
        if isinstance(each, tuple):
            words = each[0].split()
            yield int(words[words.index(b"(UID") + 1]), each[1]


async def _ours(folder: Path) -> tuple[float, float]:
    """Return the seconds until all is stored, and from there until all are posts."""
    with open_site(folder) as site:
        async with open_services(site, utc_now, stopping=asyncio.Event(), idle=0) as (services, _):
            seconds = []
            for step in (services.poller.step, services.intake.step):
                began = time.perf_counter()
                while await step():
                    pass
                seconds.append(time.perf_counter() - began)
    return seconds[0], seconds[1]


def _waits(site: TestSite, stack: MailStack, times: int = 7) -> list[float]:
    """Return how long replies took, from delivery while we idle, until they were posts."""
    raws = stack.mailbox(ADDRESS)
    waits = []
    with site.running():
        query = sa.select(sa.func.count()).where(inbox.c.state == "done")
        wait_until(lambda: site.rows(query)[0][0] == len(raws), 3600, "the backlog stays")
        time.sleep(1)  # until it idles, which is what is timed
        for number in range(times):
            text = f"Later I counted {number}"
            again = raws[number].replace(b".reply@client", b".again@client")
            raw = again.replace(b"I counted", text.encode())
            stack.deliver(ADDRESS, raw, mail_from="student@example.net")
            began = time.perf_counter()
            said = sa.select(post.c.id).where(post.c.text.startswith(text))
            wait_until(partial(_has, site, said), 30, "it is no post")
            waits.append(time.perf_counter() - began)
            time.sleep(0.3)  # until it idles again
    return waits


def _has(site: TestSite, query: sa.Select[tuple[int]]) -> bool:
    return bool(site.rows(query))


def _ratios(rates: Rates) -> dict[str, dict[str, float]]:
    """Return how many times as fast as each loop we stored replies, and made posts of them."""

    def ratio(what: str, name: str) -> float:
        pairs = zip(rates[what], rates[name], strict=True)
        return float(f"{statistics.median(a / b for a, b in pairs):.2g}")

    return {what: {name: ratio(what, name) for name in _LOOPS} for what in ("stored", "posts")}


def _facts(rates: Rates, waits: list[float]) -> dict[str, object]:
    return {
        "per_second": {name: round(statistics.median(each)) for name, each in rates.items()},
        "ratios": _ratios(rates),
        "idle_to_post_seconds": round(statistics.median(waits), 2),
    }


def _table(rates: Rates) -> Table:
    table = Table(title="replies a second, from Dovecot into SQLite")
    for title in ("", "median", "lowest", "highest"):
        table.add_column(title, justify="right" if title else "left")
    for name, each in rates.items():
        table.add_row(name, *(f"{f(each):.0f}" for f in (statistics.median, min, max)))
    return table


if __name__ == "__main__":
    main()
