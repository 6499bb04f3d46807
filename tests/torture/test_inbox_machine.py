"""Any course of events at the inbox: mails stored, taken, read, decided, held, passed on.

Two processes share it. One dies, or is taken for dead and lives on; the same mail comes again
under another number; a person decides what is held, and a student says whose it was. Hypothesis
looks for a course of events after which a mail is lost, has its effect twice, is decided before
an earlier one of its sender, or once more when a person has decided it.
"""

import shutil
import tempfile
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.clock import Clock
from torture.any_events import any_events
from torture.counted import CountedDatabase
from torture.reader import Reader
from torture.writers import STUDENTS, Written, original, written

from maildriver.database.schema import enrolment, outbox, post, student
from maildriver.database.schema import inbox as mails
from maildriver.domain.ids import MailId
from maildriver.inbound.intake import MOST_TRIES
from maildriver.letters.writer import Turn
from maildriver.moderation import hold
from maildriver.store import inbox

MOST = 16  # mails; a sender may write 30 in a day
places = st.integers(0, 3)
#: What is asked for, and the state in which that leaves who asks.
COMMANDS = {"pause": "paused", "resume": "active"}


class InboxMachine(RuleBasedStateMachine):
    """The real inbox on a real file, beside what its writers know."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="maildriver-"))
        (self.folder / "maildriver.db").write_bytes(original().database)
        self.database = CountedDatabase(f"sqlite:///{self.folder}/maildriver.db")
        self.clock = Clock(datetime.now(UTC))
        letters, own = original().letters, original().own
        self.readers = [
            Reader(name, self.database, letters, own, self.clock) for name in ("a", "b")
        ]
        self.written: list[Written] = []
        self.mails: dict[int, Written] = {}  # by id; the same one may be there again
        self.out_of_turn: set[int] = set()  # read again, or hard to read
        self.tries = Counter[int]()  # that failed
        self.decided: dict[int, bool] = {}  # by whoever may; whether it was passed on

    def teardown(self) -> None:
        """Let everything be understood: then all that was written has had its effect, once."""
        try:
            for reader in self.readers:
                reader.die()
            for _ in range(4 * MOST):
                if self._all_of(self.readers[0]):
                    break
            self._see_the_end()
        finally:
            self.database.close()
            shutil.rmtree(self.folder)

    # -- what happens --------------------------------------------------------------

    @precondition(lambda self: len(self.mails) < MOST)
    @rule(who=places, what=st.sampled_from(("post", "pause", "resume", "elsewhere")))
    def write(self, who: int, what: str) -> None:
        address, token = original().tokens[who % STUDENTS]
        says = what if what in COMMANDS else f"I saw star {len(self.mails)}."
        sender = "ann@elsewhere.test" if what == "elsewhere" else address
        self._come(self._mail(sender, token, says))

    @precondition(lambda self: 1 < len(self.mails) < MOST)
    @rule(which=places, seldom=places)
    def come_again(self, which: int, seldom: int) -> None:
        """The server numbers its mail anew."""
        if not seldom:
            self._come(list(self.mails.values())[-1 - which % len(self.mails)])

    @precondition(lambda self: self._asked())
    @rule(which=places, yes=st.booleans())
    def say_whose(self, which: int, yes: bool) -> None:
        asked = self._asked()
        number, address, token = asked[which % len(asked)]
        self._come(self._mail(address, token, "yes" if yes else "no", number))

    @precondition(lambda self: self._states("new") and self._who("free"))
    @rule(who=places, most=st.integers(1, 4))
    def take(self, who: int, most: int) -> None:
        self._one("free", who).take(most)

    @precondition(lambda self: self._who("taken"))
    @rule(who=places)
    def understand(self, who: int) -> None:
        self._one("taken", who).understand()

    @precondition(lambda self: self._who("understood"))
    @rule(who=places)
    def decide(self, who: int) -> None:
        self._decide(self._one("understood", who))

    @precondition(lambda self: self._who("taken"))
    @rule(who=places)
    def fail(self, who: int) -> None:
        row, tries = self._one("taken", who).fail()
        self.out_of_turn.add(row.id)
        self.tries[row.id] += tries > 0  # unless it is another's by now
        assert tries in {0, self.tries[row.id]}
        assert (row.id in self._states("held")) >= (tries >= MOST_TRIES)

    @precondition(lambda self: self._who("understood"))
    @rule(who=places, lives_on=st.sampled_from((True, True, False)))
    def be_taken_for_dead(self, who: int, lives_on: bool) -> None:
        reader = self._one("understood", who)
        reader.be_taken_for_dead() if lives_on else reader.die()

    @precondition(lambda self: self._states("held"))
    @rule(which=places, passed=st.booleans())
    def a_person_decides(self, which: int, passed: bool) -> None:
        held = self._states("held")
        number = held[which % len(held)]
        if self.database.write(
            lambda conn: hold.decide(
                Turn(conn, original().letters, self.clock()),
                MailId(number),
                passed=passed,
                rule="a person",
            )
        ):
            self.decided[number] = passed

    @rule(hours=st.integers(1, 3))
    def time_passes(self, hours: int) -> None:
        self.clock.advance(timedelta(hours=hours))

    # -- what always holds ---------------------------------------------------------

    @invariant()
    def a_post_is_as_its_mail_is(self) -> None:
        query = sa.select(post.c.state, mails.c.state, mails.c.id).join_from(post, mails)
        expected = {"accepted": "done", "held": "held"}
        for said, came, number in self.database.read(lambda conn: conn.execute(query).all()):
            assert expected.get(said, came) == came, (number, said, came)

    @invariant()
    def nothing_is_said_twice(self) -> None:
        query = sa.select(post.c.text).where(post.c.state.in_(("accepted", "held")))
        texts = self.database.read(lambda conn: conn.execute(query).scalars().all())
        assert len(texts) == len(set(texts)), texts

    @invariant()
    def what_a_person_has_decided_stays(self) -> None:
        for number, passed in self.decided.items():
            state = "done" if passed else "dropped"
            assert number in self._states(state), (number, passed)

    # -- the steps of a process ----------------------------------------------------

    def _who(self, how: str) -> list[Reader]:
        """Return the processes that have a mail to read, or to decide, or neither."""
        return [each for each in self.readers if each.stands == how]

    def _one(self, how: str, which: int) -> Reader:
        those = self._who(how)
        return those[-1 - which % len(those)]

    # -- what is known -------------------------------------------------------------

    def _mail(self, sender: str, token: str, says: str, about: int = 0) -> Written:
        self.written.append(written(len(self.written), sender, token, says, about))
        return self.written[-1]

    def _come(self, mail: Written) -> None:
        number = len(self.mails) + 1
        fetched = inbox.Fetched(
            "INBOX", number, 1, len(mail.raw), self.clock(), sender=mail.sender
        )
        self.database.write(lambda conn: inbox.put_all(conn, [(fetched, mail.raw)]))
        self.mails[number] = mail

    def _decide(self, reader: Reader) -> None:
        earlier = self._states("new")
        taken, what = reader.decide()
        if what == "was done before":
            return
        sender = self.mails[taken.mail_id].sender
        skipped = {
            number
            for number in earlier
            if number < taken.mail_id and self.mails[number].sender == sender
        }
        assert taken.mail_id in self.out_of_turn or skipped <= self.out_of_turn, (
            taken.mail_id,
            what,
        )
        self.out_of_turn |= {*self._states("new")} - {*earlier}  # after a yes

    def _see_the_end(self) -> None:
        rows = self._rows()
        assert all(state != "new" for state in rows.values())
        for mail in self.written:
            states = Counter(
                rows[number]
                for number, each in self.mails.items()
                if each is mail and self.tries[number] < MOST_TRIES
            )
            assert states["done"] + states["held"] <= 1, (mail, states)
            assert states["done"] + states["held"] or self._was_given_up(mail), (mail, states)
            if mail.is_post and states["done"]:
                assert self._said()[mail.says] == 1, mail
        found = self._enrolments()
        for address, _ in original().tokens:
            asked = [
                number
                for number, mail in self.mails.items()
                if mail.sender == address and mail.says in COMMANDS and rows[number] == "done"
            ]
            if asked and not self.out_of_turn & {*asked}:
                assert found[address] == COMMANDS[self.mails[asked[-1]].says], asked

    def _was_given_up(self, mail: Written) -> bool:
        """Whether it cannot be read, or a person has dropped it, or a student has denied it."""
        denied = {each.about for each in self.written if each.says == "no"}
        return any(
            self.tries[number] == MOST_TRIES
            or self.decided.get(number) is False
            or number in denied
            for number, each in self.mails.items()
            if each is mail
        )

    def _all_of(self, reader: Reader) -> bool:
        """Understand what waits; return whether nothing does any more."""
        reader.take(MOST)
        while reader.stands != "free":
            if reader.stands == "taken":
                reader.understand()
            if reader.stands == "understood":
                self._decide(reader)
        return not self._states("new")

    def _states(self, state: str) -> list[int]:
        query = sa.select(mails.c.id).where(mails.c.state == state).order_by(mails.c.id)
        return self.database.read(lambda conn: list(conn.execute(query).scalars()))

    def _rows(self) -> dict[int, str]:
        query = sa.select(mails.c.id, mails.c.state)
        return {row.id: row.state for row in self.database.read(lambda c: c.execute(query).all())}

    def _said(self) -> Counter[str]:
        query = sa.select(post.c.text).where(post.c.state.in_(("accepted", "withdrawn")))
        return Counter(self.database.read(lambda conn: conn.execute(query).scalars().all()))

    def _enrolments(self) -> dict[str, str]:
        query = sa.select(student.c.address, enrolment.c.state).join_from(student, enrolment)
        rows = self.database.read(lambda conn: conn.execute(query).all())
        return {row.address: row.state for row in rows}

    def _asked(self) -> list[tuple[int, str, str]]:
        """Return of which mails it was asked whose they are: whom, and the token of that mail."""
        query = sa.select(outbox.c.key, outbox.c.address, outbox.c.token).where(
            outbox.c.key.like("note:%:asked")
        )
        rows = self.database.read(lambda conn: conn.execute(query).all())
        return [(int(row.key.split(":")[1]), row.address, row.token) for row in rows]


TestInbox = any_events(InboxMachine, everyday=50)
