"""Any course of events at the outbox: messages planned, claimed, sent, answered, withdrawn.

Two workers share it. One dies, or is taken for dead and lives on; the clock goes forward and
back; the server takes a message and says so, or says nothing, or says no. Hypothesis looks for
a course of events after which a message is lost, repeated without a reason, or said to be sent.
"""

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import cast

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from support.clock import Clock
from support.prepared import prepared
from torture.any_events import any_events
from torture.counted import CountedDatabase
from torture.enrolled import address_of, enrol
from torture.worker import Worker

from maildriver import effects
from maildriver.database.schema import had
from maildriver.domain.delivery import (
    MAX_UNSURE,
    Accepted,
    Broken,
    Failed,
    Refused,
    Unanswered,
    decide,
)
from maildriver.domain.ids import EnrolmentId
from maildriver.newsletter.issue_sent import IssueSent
from maildriver.store import outbox, outbox_claims
from maildriver.store.outbox_claims import Claimed

Answer = Accepted | Refused | Broken | Unanswered  # all but that there was no fence
UNSURE_AFTER = timedelta(minutes=15)
STUDENTS = 3
REFUSALS = (
    Refused("rcpt", 450, "4.2.1 busy"),
    Refused("rcpt", 550, "5.1.1 no such user"),
    Refused("dot", 554, "5.7.1 spam"),
    Refused("dot", 451, "4.3.0 later"),
    Refused("mail", 550, "5.7.1 who are you"),
)
places = st.integers(0, 3)


class OutboxMachine(RuleBasedStateMachine):
    """The real outbox on a real file, beside a model of the mail server."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="maildriver-"))
        self.database = CountedDatabase(prepared(self.folder / "maildriver.db"))
        self.clock = Clock()
        self.database.write(lambda conn: enrol(conn, STUDENTS, self.clock()))
        self.taken: Counter[str] = Counter()  # by key, what the server has
        self.unsure: Counter[str] = Counter()  # moments after which nobody could know
        self.gone: set[str] = set()  # withdrawn, or taken for sent
        self.planned: set[str] = set()
        self.workers = [Worker(name, self.database, self.clock) for name in ("a", "b")]
        self.number = 0
        self._known: tuple[int, dict[str, outbox.Row]] = (-1, {})

    def teardown(self) -> None:
        """Let everything go: then all that was planned has been taken, or waits for a person."""
        try:
            for worker in self.workers:
                self._die(worker)
            for _ in range(30 * (MAX_UNSURE + 1)):
                self.clock.advance(timedelta(days=1))
                self._settle()
                if not self._send_all():
                    break
            rows = self._rows()
            for key in self.planned - self.gone:
                assert self.taken[key] or rows[key].state in {"failed", "held"}, (key, rows[key])
        finally:
            self.database.close()
            shutil.rmtree(self.folder)

    def under_way(self) -> list[outbox.Row]:
        """What is not settled yet."""
        ends = {"sent", "failed", "held", "withdrawn", "skipped"}
        return [row for row in self._rows().values() if row.state not in ends]

    # -- what happens --------------------------------------------------------------

    @initialize(first=st.integers(1, 3))
    def begin(self, first: int) -> None:
        for _ in range(first):
            self.plan(self.number)

    @precondition(lambda self: len(self.under_way()) < 3)
    @rule(who=places)
    def plan(self, who: int) -> None:
        self.number += 1
        key = f"news:{self.number}"
        number = who % STUDENTS + 1
        effect = effects.write(IssueSent(EnrolmentId(number), key, "v"))
        message = outbox.Message(
            key=key,
            token=f"{self.number:a>24}",
            kind="packet",
            address=address_of(number),
            mail_from="course@example.org",
            parts=b"Subject: 1\r\n\r\nHello\r\n",
            enrolment_id=EnrolmentId(number),
            effect=effect,
        )
        again = self.database.write(
            lambda conn: [outbox.put(conn, message, self.clock()) for _ in range(2)]
        )
        assert again == [True, False], "a key goes in once"
        self.planned.add(key)

    @precondition(lambda self: any(row.state == "ready" for row in self.under_way()))
    @rule(who=places, most=st.integers(1, 3))
    def claim(self, who: int, most: int) -> None:
        worker = self.workers[who % 2]
        found = self.database.write(
            lambda conn: outbox_claims.claim(conn, worker.name, self.clock(), most)
        )
        worker.claimed += found

    @precondition(lambda self: any(worker.claimed for worker in self.workers))
    @rule(who=places, which=places, takes=st.sampled_from((True, True, False)))
    def fence_and_dot(self, who: int, which: int, takes: bool) -> None:
        worker = self._one_with("claimed", who)
        message = worker.claimed.pop(which % len(worker.claimed))
        if worker.fence(message):
            self.taken[message.key] += takes
            worker.dotted.append((message, takes))

    @precondition(lambda self: any(worker.claimed for worker in self.workers))
    @rule(who=places, which=places, how=st.integers(0, 2))
    def fail_before_the_dot(self, who: int, which: int, how: int) -> None:
        worker = self._one_with("claimed", who)
        message = worker.claimed.pop(which % len(worker.claimed))
        outcome = [Broken("data", "cut"), REFUSALS[0], REFUSALS[1]][how]
        self._answer(worker, message, cast(Answer, outcome))

    @precondition(lambda self: any(worker.dotted for worker in self.workers))
    @rule(who=places, which=places, heard=st.booleans(), how=places)
    def answer(self, who: int, which: int, heard: bool, how: int) -> None:
        """The server answers what it did; or the connection breaks, and nobody heard it."""
        worker = self._one_with("dotted", who)
        message, takes = worker.dotted.pop(which % len(worker.dotted))
        if not heard:
            self._answer(worker, message, Unanswered("cut"))
        elif takes:
            self._answer(worker, message, Accepted(250, "ok"))
        else:
            self._answer(worker, message, REFUSALS[2 + how % 3])

    @precondition(lambda self: any(worker.claimed for worker in self.workers))
    @rule(who=places)
    def be_taken_for_dead(self, who: int) -> None:
        """Another one frees what it had; it lives on, and finds out at its next fence."""
        self._recover(self._one_with("claimed", who))

    @precondition(lambda self: any(worker.dotted for worker in self.workers))
    @rule(who=places)
    def be_taken_for_dead_after_the_dot(self, who: int) -> None:
        self._recover(self._one_with("dotted", who))

    @precondition(lambda self: any(row.state != "claimed" for row in self.under_way()))
    @rule(minutes=st.sampled_from((-90, 20, 600)))
    def clock_moves(self, minutes: int) -> None:
        self.clock.advance(timedelta(minutes=minutes))
        self._settle()

    @precondition(lambda self: any(row.state == "dotted" for row in self.under_way()))
    @rule(what=st.sampled_from(("die", "withdraw", "show")), which=places)
    def something_seldom(self, what: str, which: int) -> None:
        """What ends much is one rule of many, so that the others meet more."""
        match what:
            case "die":
                self._die(self.workers[which % 2])
            case "withdraw":
                self._withdraw(which)
            case "show":
                self._show(which)

    def _withdraw(self, who: int) -> None:
        """A student pauses or leaves."""
        number = who % STUDENTS + 1
        before = self._rows()
        self.database.write(
            lambda conn: effects.withdraw(conn, EnrolmentId(number), self.clock(), why="pause")
        )
        self._see_withdrawn(before, address_of(number))

    def _show(self, which: int) -> None:
        """A reply names the token of something that was unsure and had arrived."""
        keys = [key for key in self._rows() if self.taken[key]]
        if keys:
            token = self._rows()[keys[which % len(keys)]].token
            self.database.write(
                lambda conn: effects.settle_shown(
                    conn, outbox.by_token(conn, [token]).values(), self.clock()
                )
            )

    # -- what always holds ---------------------------------------------------------

    @invariant()
    def nothing_is_said_to_be_sent_that_was_not(self) -> None:
        rows = self._rows()
        with_lesson = self.database.read(
            lambda conn: set(conn.execute(sa.select(had.c.lesson)).scalars())
        )
        for key, row in rows.items():
            if row.state == "sent":
                assert self.taken[key] or key in self.gone, key
            assert (key in with_lesson) == (row.state == "sent"), "its effect is that of sent"

    @invariant()
    def nothing_goes_twice_without_a_reason(self) -> None:
        for key, times in self.taken.items():
            assert times <= 1 + self.unsure[key], (key, times)

    # -- the steps of a worker -----------------------------------------------------

    def _answer(self, worker: Worker, message: Claimed, outcome: Answer) -> None:
        now = self.clock()
        decision = decide(outcome, message.attempts, message.unsure_count, now, UNSURE_AFTER)
        if isinstance(outcome, Unanswered):
            self.unsure[message.key] += 1
        before = self._rows()
        worker.record(message, decision)
        if isinstance(decision, Failed) and decision.address_is_bad:
            self._see_withdrawn(before, message.address)

    def _see_withdrawn(self, before: dict[str, outbox.Row], address: str) -> None:
        """Note what a student will not get who pauses, leaves or twice is said not to exist."""
        after = self._rows()
        for key, row in before.items():
            if key not in after or after[key].state == "sent" != row.state:
                assert row.state != "dotted", "what is on the wire stays"
                assert row.address == address, "nobody else loses anything"
                self.gone.add(key)

    def _recover(self, worker: Worker) -> None:
        for key, row in self._rows().items():
            mine = any(message.id == row.id for message, _ in worker.dotted)
            self.unsure[key] += row.state == "dotted" and mine
        until = self.clock() + UNSURE_AFTER
        self.database.write(lambda conn: outbox_claims.recover(conn, until, [worker.name]))

    def _die(self, worker: Worker) -> None:
        self._recover(worker)
        worker.die()

    def _settle(self) -> None:
        self.database.write(
            lambda conn: outbox_claims.settle_unsure(conn, self.clock(), MAX_UNSURE)
        )

    def _send_all(self) -> bool:
        """Send all that may go now to a server that takes everything; whether any is left."""
        worker = self.workers[0]
        self.claim(0, 3)
        while worker.claimed:
            self.fence_and_dot(0, 0, takes=True)
            while worker.dotted:
                self.answer(0, 0, heard=True, how=0)
            self.claim(0, 3)
        return bool(self.under_way())

    def _one_with(self, what: str, who: int) -> Worker:
        return next(
            worker
            for worker in (self.workers[who % 2], self.workers[1 - who % 2])
            if getattr(worker, what)
        )

    def _rows(self) -> dict[str, outbox.Row]:
        """Return what the outbox holds; every rule and its conditions ask, few change it."""
        if self._known[0] != self.database.changes:
            tokens = [f"{number:a>24}" for number in range(1, self.number + 1)]
            found = self.database.read(lambda conn: outbox.by_token(conn, tokens))
            self._known = self.database.changes, {row.key: row for row in found.values()}
        return self._known[1]


TestOutbox = any_events(OutboxMachine, everyday=30)
