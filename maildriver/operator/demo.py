"""The demo: a temporary site and a simulated world around it."""

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from maildriver.app.loop import run_until_idle
from maildriver.app.roles import single_process
from maildriver.app.services import open_services
from maildriver.app.site import Site, open_site
from maildriver.demo import report
from maildriver.demo.audit import Audit, audit
from maildriver.demo.cast import INSTRUCTOR, Person, Story, newcomer, students
from maildriver.demo.events import Event
from maildriver.demo.mailsystem import MailSystem, mail_system
from maildriver.demo.serving import ServedDemo, serve_page
from maildriver.demo.world import Clock, World
from maildriver.enrolment.enrol import EnrolRequest
from maildriver.operator.enrol import enrol_all
from maildriver.operator.setup import copy_courses
from maildriver.store import courses

#: A Monday, two weeks before the clocks of Europe go forward.
BEGIN = datetime(2026, 3, 16, tzinfo=UTC)
COURSE = "night-sky"
ADDRESS = "course@nightschool.example"

_CHANGE_WATCHERS = frozenset({"publisher", "retention"})
_MAIL_READERS = frozenset({"poller", "intake"})

_SETTINGS = """\
[site]
name = "Night School"
address = "{address}"
operator = "{operator}"
imprint = "Night School, 1 Long Lane, Lisbon"

[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"

[imap]
host = "127.0.0.1"
port = {imap}
security = "none"
user = "{address}"
password_file = "mail.secret"
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """The size of a demo, and its seed."""

    students: int = 20
    days: int = 14
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Demo:
    """A site, and the simulated world that it writes to."""

    site: Site
    world: World

    async def pass_days(self, days: int) -> Audit:
        """Let days pass; return the totals."""
        started = time.monotonic()
        await self.world.live_until(self.world.started_at + timedelta(days=days))
        return await audit(self.world, time.monotonic() - started)

    async def write_report(self, folder: Path, found: Audit) -> Path:
        """Write every mailbox and the page into a folder; return the path of the page."""
        report.write_mailboxes(self.world, folder / "mailboxes")
        page = folder / "index.html"
        page.write_text(await report.page(self.world, found), encoding="utf-8")
        return page

    async def enrol_newcomer(self, zone: str) -> Person:
        """Enrol the person who watches the demo, and return that person."""
        you = newcomer(zone)
        self.world.add([you])
        await asyncio.to_thread(_enrol, self.site, [you], self.world.clock(), confirmed=True)
        return you

    async def serve(self, you: Person, show_url: Callable[[str], None]) -> None:
        """Serve the page until the task is cancelled; call `show_url` with the URL."""
        await self.world.live_until(self.world.clock() + timedelta(minutes=1))
        with serve_page(ServedDemo(self.world, you)) as url:
            show_url(url)
            await asyncio.Event().wait()


@asynccontextmanager
async def new_demo(plan: Plan, show: Callable[[Event], None]) -> AsyncIterator[Demo]:
    """Provide a demo at the beginning of its time; call `show` with every event."""
    clock = Clock(BEGIN)
    chance = random.Random(plan.seed)  # noqa: S311 - to be repeated, not to be secret
    with tempfile.TemporaryDirectory(prefix="maildriver-") as folder:
        async with mail_system(ADDRESS, "secret", clock) as system:
            _write_site(Path(folder), system)
            system.mailboxes[INSTRUCTOR.address] = []  # the welcome comes at once
            with open_site(Path(folder)) as site, single_process(site.database, site.var):
                async with _open_world(site, system, clock, chance, show) as world:
                    people = students(plan.students, chance)
                    world.add([INSTRUCTOR, *people])
                    known = [each for each in people if each.story is not Story.JOINS]
                    await asyncio.to_thread(_enrol, site, known, clock(), confirmed=False)
                    yield Demo(site, world)


@asynccontextmanager
async def _open_world(
    site: Site,
    system: MailSystem,
    clock: Clock,
    chance: random.Random,
    show: Callable[[Event], None],
) -> AsyncIterator[World]:
    async with open_services(site, clock, stopping=asyncio.Event(), idle=0) as (services, db):
        await run_until_idle(services.steps())  # puts the course in force, too

        async def settle() -> None:
            # As in `run`, new mail wakes the poller. Course folders and the disk do not change
            # here, so the services that watch them are left out.
            asleep = _CHANGE_WATCHERS if system.site_has_mail else _CHANGE_WATCHERS | _MAIL_READERS
            system.site_has_mail = False
            steps = services.steps().items()
            await run_until_idle({name: step for name, step in steps if name not in asleep})

        course = await db.read(lambda conn: courses.get(conn, COURSE))
        assert course is not None
        yield World(course, ADDRESS, system, db, settle, clock, chance, show)


def _write_site(folder: Path, system: MailSystem) -> None:
    (folder / "maildriver.toml").write_text(
        _SETTINGS.format(
            address=ADDRESS,
            operator=INSTRUCTOR.address,
            smtp=system.smtp_port,
            imap=system.imap_port,
        ),
        encoding="utf-8",
    )
    secret = folder / "mail.secret"
    secret.touch(mode=0o600)
    secret.write_text(system.password)
    copy_courses(folder / "courses", COURSE)
    settings = folder / "courses" / COURSE / "course.toml"
    instructors = f'instructors = ["{INSTRUCTOR.name} <{INSTRUCTOR.address}>"]'
    text = settings.read_text("utf-8").replace("instructors = []", instructors)
    settings.write_text(text, encoding="utf-8")


def _enrol(site: Site, people: Sequence[Person], now: datetime, *, confirmed: bool) -> None:
    """Enrol people as an operator does, with a roster."""
    wishes = [
        EnrolRequest(
            each.address,
            name=each.name,
            zone=each.town.zone,
            days=each.days,
            at=each.at,
            confirmed=confirmed,
        )
        for each in people
    ]
    enrol_all(site, COURSE, wishes, now)
