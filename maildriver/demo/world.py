"""The world of a demo: a clock that jumps, and its people.

Nobody waits. The clock is set to the earliest moment at which the site has something due or a
person acts; then all services work until they are idle, and so on.
"""

import heapq
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from itertools import count

import aiosmtplib
import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.demo import letters
from maildriver.demo.behaviour import Act, Behaviour
from maildriver.demo.cast import Person
from maildriver.demo.events import Event, event_of_act, event_of_message
from maildriver.demo.mailsystem import Delivery, MailSystem
from maildriver.demo.voices import Voices
from maildriver.domain.course import Course
from maildriver.store import enrolments, newsletter, outbox

#: The step of the clock if something due is left, which then waits for something else.
_QUARTER = timedelta(minutes=15)
_POLLS_EVERY = timedelta(minutes=20)
_NULL_SENDER = {"auto-reply", "report"}  # these have a null reverse-path


@dataclass(slots=True)
class Clock:
    """The clock of the world, called like the real one."""

    moment: datetime

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.moment


@dataclass(slots=True)
class World:
    """People with mailboxes, and a site that writes to them."""

    course: Course
    address: str  # of the site
    system: MailSystem
    db: DatabaseThread
    run_services: Callable[[], Awaitable[object]]  # lets all services work until they are idle
    clock: Clock
    chance: random.Random
    show: Callable[[Event], None] = lambda _event: None
    people: dict[str, Behaviour] = field(default_factory=dict)
    acts: list[Act] = field(default_factory=list)  # that have happened
    events: list[Event] = field(default_factory=list)
    bounced: list[Delivery] = field(default_factory=list)
    started_at: datetime = field(init=False)
    _scheduled: list[tuple[datetime, int, Act]] = field(default_factory=list)
    _order: "count[int]" = field(default_factory=count)
    _voices: Voices = field(init=False)

    def __post_init__(self) -> None:
        """Begin now."""
        self.started_at = self.clock()
        self._voices = Voices(self.chance)

    @property
    def lessons(self) -> list[tuple[str, str]]:
        """Slug and title of every lesson, in the order of the course."""
        return [
            (lesson.slug, lesson.title)
            for lesson in self.course.lessons
            if lesson.language == self.course.language
        ]

    def add(self, people: Sequence[Person]) -> None:
        """Add people to this world, from now on."""
        for person in people:
            self.system.mailboxes.setdefault(person.address, [])
            behaviour = Behaviour(
                person,
                self.course.slug,
                self.lessons,
                self.address,
                self._voices,
                random.Random(self.chance.random()),  # noqa: S311 - to be repeated
                self.clock(),
            )
            self.people[person.address] = behaviour
            self._schedule(behaviour.initial_acts())

    async def live_until(self, end: datetime, enough: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until `end`, or until `enough` returns true."""
        while True:
            await self._work()
            if enough():
                return
            due = await self._next_due()
            if not await self._advance(due or end, end):
                break
        self.clock.moment = end
        await self._work()

    async def do(self, act: Act) -> None:
        """Carry out an act now."""
        match act.kind:
            case "full":
                self.system.full.add(act.person.address)
            case "emptied":
                self.system.full.discard(act.person.address)
            case "closed":
                self.system.closed.add(act.person.address)
        if act.mail is not None:
            await self._submit(act, act.mail)
        self.acts.append(act)
        self._record(event_of_act(act, self.clock()))

    async def _submit(self, act: Act, mail: EmailMessage) -> None:
        sender = "" if act.kind in _NULL_SENDER else act.person.address
        to = mail["To"].addresses[0].addr_spec
        server = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.system.smtp_port, start_tls=False)
        async with server:
            await server.sendmail(sender, [to], mail.as_bytes(policy=SMTP))

    async def _work(self) -> None:
        """Let the services work, and everybody look into their mailbox."""
        await self.run_services()
        # Mails came over several connections at once; sorting makes demos of a seed the same.
        came = sorted(self.system.collect_arrivals(), key=_reading_order)
        kinds = await self.db.read(lambda conn: _outbox_rows(conn, [each for _, each, _ in came]))
        for (address, delivery, arrives), row in zip(came, kinds, strict=True):
            behaviour, mail = self.people[address], delivery.mail
            if arrives:
                lessons = len(self.lessons)
                self._record(event_of_message(behaviour.person, row, mail, lessons, delivery.at))
                self._schedule(behaviour.received(mail, self.clock()))
            else:
                self.bounced.append(delivery)
                self._schedule([behaviour.bounced(mail, delivery.mail_from, self.clock())])

    async def _next_due(self) -> datetime | None:
        due = await self.db.read(next_due)
        if due is not None and due <= self.clock():
            due = self.clock() + _QUARTER
        return due

    async def _advance(self, due: datetime, end: datetime) -> bool:
        """Go to the next moment and carry out its acts; return whether it is before `end`.

        Acts within some minutes of that moment come before the site looks for mail, which it
        does only now and then.
        """
        acts = self._scheduled[0][0] if self._scheduled else end
        moment = max(min(due, acts), self.clock())
        if moment >= end:
            return False
        self.clock.moment = moment
        until = min(due, moment + _POLLS_EVERY, end - _QUARTER)
        while self._scheduled and self._scheduled[0][0] <= max(until, moment):
            at, _, act = heapq.heappop(self._scheduled)
            self.clock.moment = max(at, self.clock())
            await self.do(act)
        return True

    def _schedule(self, acts: Sequence[Act]) -> None:
        for act in acts:
            heapq.heappush(self._scheduled, (act.at.astimezone(UTC), next(self._order), act))

    def _record(self, event: Event | None) -> None:
        if event is not None:
            self.events.append(event)
            self.show(event)


def next_due(conn: sa.Connection) -> datetime | None:
    """Return the next moment at which a site has work, apart from new mail."""
    moments = (enrolments.earliest(conn), outbox.earliest(conn), newsletter.earliest(conn))
    return min((moment for moment in moments if moment is not None), default=None)


def _reading_order(arrival: tuple[str, Delivery, bool]) -> tuple[str, str, bool]:
    address, delivery, arrives = arrival
    return address, str(delivery.mail["Subject"]), arrives


def _outbox_rows(conn: sa.Connection, deliveries: Sequence[Delivery]) -> list[outbox.Row | None]:
    tokens = [letters.token_of(each.mail) for each in deliveries]
    rows = outbox.by_token(conn, [token for token in tokens if token])
    return [rows.get(token) for token in tokens]
