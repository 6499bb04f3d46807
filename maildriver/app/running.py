"""`run`: all services of a site in one process, for life or until nothing is left to do."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from maildriver.actions import notice
from maildriver.app.accounts import imap_account, imap_credential, smarthost, smtp_credential
from maildriver.app.role import held_role
from maildriver.app.site import Site, utc_now
from maildriver.services.course_cache import CourseCache
from maildriver.services.digester import Digester
from maildriver.services.intake import Intake
from maildriver.services.jail import Jail
from maildriver.services.loop import Loop, Service, Step, run_until_idle, stop_on_signals
from maildriver.services.newsletter import Newsletter
from maildriver.services.pieces import Pieces
from maildriver.services.poller import Poller
from maildriver.services.publisher import Publisher
from maildriver.services.retention import Retention
from maildriver.services.scheduler import Scheduler
from maildriver.services.sender import Sender
from maildriver.services.tell import Tell
from maildriver.store import claims, lanes, sites
from maildriver.store.thread import DatabaseThread

Now = Callable[[], datetime]

log = logging.getLogger(__name__)

#: What is under way when we are told to stop has this long; the promise is ten seconds.
GRACE = 7.0
_IDLE = 240.0  # an IDLE is renewed well before a provider or a NAT forgets it


@dataclass(frozen=True, slots=True)
class Services:
    """All services of a site, ready to step."""

    publisher: Publisher
    scheduler: Scheduler
    digester: Digester
    newsletter: Newsletter
    sender: Sender
    poller: Poller
    intake: Intake
    retention: Retention

    def steps(self) -> dict[str, Step]:
        """Return the steps in the order in which `run --once` takes them."""
        return {
            "publisher": self.publisher.step,
            "poller": self.poller.step,
            "intake": self.intake.step,
            "scheduler": self.scheduler.step,
            "digester": self.digester.step,
            "newsletter": self.newsletter.step,
            "sender": self.sender.step,
            "retention": self.retention.step,
        }


@asynccontextmanager
async def services_of(
    site: Site, now: Now, *, stopping: asyncio.Event, idle: float
) -> AsyncIterator[tuple[Services, DatabaseThread]]:
    """Build the services of a site over one database thread and one jail."""
    db, jail = DatabaseThread(site.database), Jail()
    letters, settings = site.letters(), site.settings

    async def tell(problem: str, text: str) -> None:
        log.error("%s: %s", problem, text)
        await db.write(
            lambda conn: notice.tell_operator(conn, letters, problem=problem, text=text, now=now())
        )

    services = Services(
        publisher=Publisher(db, site.courses, site.limits(), jail, tell, now),
        scheduler=Scheduler(db, letters, now),
        digester=Digester(db, letters, CourseCache(), now),
        newsletter=Newsletter(db, letters, CourseCache(), now),
        sender=_sender(site, db, now, tell, stopping),
        poller=_poller(site, db, now, stopping, idle),
        intake=Intake(db, letters, site.address, settings.imap.authserv_id, jail, tell, now),
        retention=Retention(db, settings.site.keep_raw, now),
    )
    try:
        yield services, db
    finally:
        await services.sender.close()
        await services.poller.close()
        await jail.close()
        await asyncio.to_thread(db.close)


def _sender(
    site: Site, db: DatabaseThread, now: Now, tell: Tell, stopping: asyncio.Event
) -> Sender:
    settings = site.settings
    return Sender(
        db=db,
        smarthost=smarthost(settings),
        credential=smtp_credential(settings),
        owner=secrets.token_hex(8),
        now=now,
        connections=settings.smtp.connections,
        pieces=Pieces(db),
        unsure_after=settings.smtp.unsure_after,
        tell=tell,
        rates=settings.smtp.rate,
        stopping=stopping,
    )


def _poller(
    site: Site, db: DatabaseThread, now: Now, stopping: asyncio.Event, idle: float
) -> Poller:
    settings = site.settings
    return Poller(
        db=db,
        account=imap_account(settings),
        credential=imap_credential(settings),
        mailboxes=settings.imap.mailbox,
        own=site.address,
        max_size=settings.imap.max_size,
        now=now,
        idle=idle,
        stopping=stopping,
    )


async def run(site: Site, now: Now = utc_now) -> None:
    """Run a site until SIGTERM or SIGINT; raise BusyError if it runs already."""
    with held_role(site.database, site.var), stop_on_signals() as stop:
        async with services_of(site, now, stopping=stop, idle=_IDLE) as (services, db):
            await _begin(db, site, now())

            async def alive() -> bool:
                await db.write(lambda conn: sites.touch_run(conn, now()))
                return False

            loop = Loop(
                services=[
                    Service("publisher", services.publisher.step, every=2),
                    Service("poller", services.poller.step, every=30),
                    Service("intake", services.intake.step, every=30),
                    Service("scheduler", services.scheduler.step, every=1),
                    Service("digester", services.digester.step, every=1),
                    Service("newsletter", services.newsletter.step, every=1),
                    Service("sender", services.sender.step, every=1),
                    Service("retention", services.retention.step, every=3600),
                    Service("alive", alive, every=sites.ALIVE_EVERY.total_seconds()),
                ],
                stop=stop,
                grace=GRACE,
            )
            await loop.run()
            await db.write(sites.end_run)


async def run_once(site: Site, now: Now = utc_now) -> tuple[lanes.Lane, ...]:
    """Poll, then repeat the services until none has work; return the lanes that are paused."""
    with held_role(site.database, site.var), stop_on_signals() as stop:
        async with services_of(site, now, stopping=stop, idle=0) as (services, db):
            await _begin(db, site, now())
            await run_until_idle(services.steps())
            await db.write(sites.end_run)
            both = await db.read(lambda conn: (lanes.get(conn, "smtp"), lanes.get(conn, "imap")))
    return tuple(lane for lane in both if not lane.open(now()))


async def _begin(db: DatabaseThread, site: Site, now: datetime) -> None:
    """Settle what the last run left behind; the role is ours, so nobody else sends."""
    await db.write(lambda conn: sites.start_run(conn, now))
    until = now + site.settings.smtp.unsure_after
    untouched, unsure = await db.write(lambda conn: claims.recover(conn, until))
    if untouched or unsure:
        log.warning(
            "the last run ended in the middle: %d messages were not sent yet, %d may have been",
            untouched,
            unsure,
        )
