"""`run` is killed again and again while a tenth of all IMAP commands goes wrong.

Five times the server numbers all its mail anew. The mailbox decides what is true: each of its
mails has one effect. Here is a share of it; the whole is `make torture`.
"""

import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from bench.replies import begin_at_the_first
from bench.site import planned
from support.deadlines import wait_until
from support.servers.faulty_imap import FaultyImap
from support.site import TestSite
from torture.class_mail import ClassMail
from torture.truth import FAULTS, SEED, WHOLE

from maildriver.database.schema import inbox, mail_account, outbox
from maildriver.database.schema import site as site_row

MAILS, KILLS, RENUMBERED, STUDENTS = (5000, 200, 5, 400) if WHOLE else (120, 4, 1, 20)
ADDRESS = "course@example.org"


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    mails: int
    kills: int
    faults: int  # commands that went wrong
    uidvalidity_changes: int
    lost: int
    double_stored: int
    double_effects: int
    held: int
    seconds: float
    seed: int


class Torture:
    """A site whose mailbox is served badly, and what is done to the process that reads it."""

    def __init__(self, site: TestSite, server: FaultyImap, parts: tuple[str, ...]) -> None:
        self.site, self.server, self.parts = site, server, parts
        self._random = random.Random(SEED)

    def go(self, raws: list[bytes]) -> None:
        """Let mail come in while the site is killed and the mailbox is numbered anew."""
        portions = _divided(raws, KILLS)
        renumber = {KILLS * (n + 1) // (RENUMBERED + 1) for n in range(RENUMBERED)}
        for number, portion in enumerate(portions):
            self.server.add(portion)
            if portion and self._random.random() < 0.3:
                self.server.add([self._random.choice(portion)])  # it is delivered twice
            self._kill_once(renumber=number in renumber)

    def finish(self) -> None:
        """Let it come to its end on a server that obeys."""
        self.server.stop_breaking()
        self._hurry()
        with self.site.running(*self._words()):
            wait_until(self._idles, 900, "some mails have no last state")

    def _kill_once(self, *, renumber: bool) -> None:
        self._hurry()
        enough = self._settled() + self._random.randint(1, 2 * MAILS // KILLS)
        started = self._started()
        process = self.site.start(*self._words())
        try:
            wait_until(lambda: self._has_begun(started), 60, "it does not begin")
            until = time.monotonic() + 2 * self._random.random()
            while time.monotonic() < until and not self._has_come_to(enough):
                time.sleep(0.02)  # between two looks
            if renumber:
                self.server.renumber()
            time.sleep(self._random.random() * 0.1)  # into the middle of a mail
        finally:
            process.kill()
            process.wait()

    def _started(self) -> object:
        return self.site.rows(sa.select(site_row.c.run_started_at))[0][0]

    def _has_begun(self, before: object) -> bool:
        return self._started() != before

    def _has_come_to(self, enough: int) -> bool:
        """Whether so many are settled, or all are, or the mailbox is left alone for a while."""
        paused = self.site.rows(
            sa.select(mail_account.c.name).where(
                mail_account.c.name == "imap", mail_account.c.paused_until.is_not(None)
            )
        )
        return bool(paused) or self._settled() >= enough or not self._waits()

    def _words(self) -> tuple[str, ...]:
        return ("run", *(word for part in self.parts for word in ("--only", part)))

    def _settled(self) -> int:
        query = sa.select(sa.func.count()).where(inbox.c.state != "new")
        return int(self.site.rows(query.select_from(inbox))[0][0])

    def _waits(self) -> bool:
        """Whether there is mail that has no last state, there or here."""
        here = sa.select(inbox.c.state, sa.func.count()).where(
            sa.or_(inbox.c.state == "new", inbox.c.uidvalidity == self.server.uidvalidity)
        )
        states = dict(self.site.rows(here.group_by(inbox.c.state)))
        return "new" in states or sum(states.values()) < self.server.count()

    def _idles(self) -> bool:
        self._hurry()
        return not self._waits()

    def _hurry(self) -> None:
        self.site.change(sa.update(mail_account).values(paused_until=None))


def _divided(raws: list[bytes], times: int) -> list[list[bytes]]:
    """Divide mails into portions: most of them wait at the beginning, some come one by one."""
    backlog = len(raws) // 2
    rest = raws[backlog:]
    size = -(-len(rest) // (times - 1))
    later = [rest[n : n + size] for n in range(0, len(rest), size)]
    return [raws[:backlog], *later, *[[]] * (times - 1 - len(later))]


@pytest.fixture(params=["sqlite", "postgresql"] if WHOLE else ["sqlite"])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of a database on PostgreSQL, or nothing for the embedded one."""
    if request.param == "sqlite":
        return ""
    return str(request.getfixturevalue("durable_postgres_url"))


@pytest.mark.timeout(3000)
def test_each_mail_is_stored_once_and_has_its_effect_once(tmp_path: Path, database: str) -> None:
    # Receipts would use up the notes of an hour.
    site, _ = planned(tmp_path / "site", 5, STUDENTS, database, more='receipt = "never"')
    site.change(sa.update(outbox).values(state="sent", parts=None, settled_at=datetime.now(UTC)))
    start = time.monotonic()
    with FaultyImap(seed=SEED, faults=FAULTS) as server:
        site.write_settings(ADDRESS, smtp=1, imap=server.port, database=database)
        begin_at_the_first(site, "INBOX", server.uidvalidity)
        mails = ClassMail(site, MAILS)
        torture = Torture(site, server, ("poller", "intake") if database else ())
        torture.go(mails.raws(random.Random(SEED)))
        torture.finish()
    held = site.rows(sa.select(sa.func.count()).where(inbox.c.state == "held"))[0][0]
    lost, twice = mails.lost(), mails.twice()
    found = Report(
        mails=MAILS,
        kills=KILLS,
        faults=server.broken,
        uidvalidity_changes=RENUMBERED,
        lost=len(lost),
        double_stored=len(mails.stored_twice()),
        double_effects=len(twice),
        held=held,
        seconds=round(time.monotonic() - start, 1),
        seed=SEED,
    )
    sys.stderr.write(json.dumps(asdict(found)) + "\n")

    assert (lost, twice, found.double_stored) == ([], [], 0), found
