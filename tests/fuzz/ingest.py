"""Mutated messages through the real intake, but for the process that could be killed.

In its place a function is called here, where an exception and the time it takes are seen. All
else is as always: what waits in the inbox is understood and has its effect, or is held.
"""

import asyncio
import contextlib
import logging
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, cast

import sqlalchemy as sa
from bench.site import planned
from fuzz.messages import bases, mutated

from maildriver.app.features import decision_tables
from maildriver.app.site import open_site, utc_now
from maildriver.database.schema import outbox
from maildriver.database.thread import DatabaseThread
from maildriver.inbound.intake import Intake
from maildriver.sandbox.process import Sandbox, SandboxError
from maildriver.store import inbox

LIMIT = 2.0  # seconds
_HANGS = 20  # seconds, after which it is broken off here


@dataclass
class Failure:
    """An input that must not be: which, and what it did."""

    why: str
    raw: bytes


@dataclass
class Watched:
    """Takes the place of the sandbox, and sees what goes on in it."""

    worst: float = 0.0
    uncaught: list[str] = field(default_factory=list)
    slow: int = 0

    async def call_within(self, _seconds: float, function: Callable[..., Any], *args: Any) -> Any:
        return await self.call(function, *args)

    async def call_each(
        self, function: Callable[..., Any], calls: Sequence[tuple[float, tuple[Any, ...]]]
    ) -> list[Any]:
        answers = [self.call(function, *args) for _, args in calls]
        return await asyncio.gather(*answers, return_exceptions=True)

    async def call(self, function: Callable[..., Any], *args: Any) -> Any:
        began = time.thread_time()  # what others do on this machine does not count
        try:
            with alarm():
                return function(*args)
        except Exception as error:
            self.uncaught.append(f"{function.__name__}: {error!r}")
            raise SandboxError(repr(error)) from error
        finally:
            taken = time.thread_time() - began
            self.worst = max(self.worst, taken)
            self.slow += taken > LIMIT


@contextlib.contextmanager
def alarm() -> Iterator[None]:
    """Break off what hangs."""

    def ring(_number: int, _frame: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, ring)
    left = signal.setitimer(signal.ITIMER_REAL, _HANGS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, *left)  # pytest has set one too
        signal.signal(signal.SIGALRM, before)


def prepared(folder: Path) -> None:
    """Make a site whose students have each had a packet, to be copied for each chunk."""
    site, _ = planned(folder, 5, 20)
    site.change(sa.update(outbox).values(state="sent", parts=None, settled_at=datetime.now(UTC)))
    site.change(sa.update(outbox).values(good_until=None))


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a chunk of messages."""

    states: dict[str, int]
    worst: float
    slow: int
    failures: list[Failure]


def ingest(template: Path, folder: Path, seed: str, number: int) -> Ingested:
    """Take so many mutated messages in, on a copy of the template."""
    shutil.copytree(template, folder)
    try:
        return asyncio.run(_ingest(folder, random.Random(seed), number))
    finally:
        shutil.rmtree(folder)


async def _ingest(folder: Path, chance: random.Random, number: int) -> Ingested:
    logging.disable(logging.CRITICAL)  # what is caught is told by the states
    watched, failures, told = Watched(), list[Failure](), list[str]()

    async def tell(_problem: str, text: str) -> None:
        told.append(text)

    with open_site(folder) as site:
        db = DatabaseThread(site.database)
        intake = Intake(
            db, "fuzz", site.mail_writer(), decision_tables(), site.address, "mx.example.net",
            cast(Sandbox, watched), tell, utc_now,
        )  # fmt: skip
        tokens = await db.read(
            lambda conn: conn.execute(sa.select(outbox.c.token, outbox.c.address)).all()
        )
        for start in range(0, number, 20):
            token, student = chance.choice(tokens)
            name, domain = site.address.address.split("@")
            to = f"{name}+{chance.choice(('', 'b-'))}{token}@{domain}"
            ours = [raw.replace(b"anna@example.org", student.encode()) for raw in bases(to)]
            raws = [mutated(chance, ours) for _ in range(min(20, number - start))]
            rows = [(_row(start + n, raw), raw) for n, raw in enumerate(raws)]
            await db.write(partial(inbox.put_all, mails=rows))
            before = len(watched.uncaught) + len(told) + watched.slow
            while await intake.step():
                pass
            if len(watched.uncaught) + len(told) + watched.slow > before:
                why = "; ".join([*watched.uncaught, *told]) or f"it took {watched.worst:.1f} s"
                failures.append(Failure(why, b"\n=====\n".join(raws)))
        states = await db.read(inbox.count)
        db.close()
    logging.disable(logging.NOTSET)
    return Ingested(states, watched.worst, watched.slow, failures)


def _row(uid: int, raw: bytes) -> inbox.Fetched:
    return inbox.Fetched("INBOX", 1, uid + 1, len(raw), utc_now())
