"""Services of a site, over one database thread and one sandbox."""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from maildriver import failpoints
from maildriver.app.accounts import imap_account, imap_credential, smarthost, smtp_credential
from maildriver.app.disk import need_room
from maildriver.app.features import FEATURES, course_keys, decision_tables
from maildriver.app.loop import Step
from maildriver.app.site import Site
from maildriver.courses.publisher import Publisher
from maildriver.database.thread import DatabaseThread
from maildriver.domain.alerts import Alert
from maildriver.feature import ClockService, DecisionTables, Feature, Steps
from maildriver.inbound.intake import Intake
from maildriver.inbound.poller import Poller
from maildriver.inbound.retention import Retention
from maildriver.letters.note import alert_operator
from maildriver.letters.writer import MailWriter, Turn
from maildriver.outbound.recovery import Recovery
from maildriver.outbound.sender import Sender
from maildriver.outbound.shared_parts import SharedParts
from maildriver.sandbox.process import Sandbox

Now = Callable[[], datetime]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """All services of a site, ready to step."""

    publisher: Publisher
    by_clock: Mapping[ClockService, Steps]
    sender: Sender
    poller: Poller
    intake: Intake
    retention: Retention
    recovery: Recovery

    def steps(self) -> dict[str, Step]:
        """Return the steps by name, in the order of `run --once`."""
        return {
            "publisher": self.publisher.step,
            "poller": self.poller.step,
            "intake": self.intake.step,
            **{each.name: service.step for each, service in self.by_clock.items()},
            "sender": self.sender.step,
            "retention": self.retention.step,
        }


@asynccontextmanager
async def open_services(
    site: Site,
    now: Now,
    *,
    stopping: asyncio.Event,
    idle: float,
    features: Sequence[Feature] = FEATURES,
) -> AsyncIterator[tuple[Services, DatabaseThread]]:
    """Provide the services of a site over one database thread and one sandbox."""
    process = secrets.token_hex(8)
    site.database.hold_lock(process)
    db, sandbox, letters = DatabaseThread(site.database), Sandbox(), site.mail_writer()
    build = _Builder(site, process, db, sandbox, letters, now, _alert_with(db, letters, now))
    services = Services(
        publisher=build.publisher(features),
        by_clock={
            each: each.make(db, letters, now)
            for feature in features
            for each in feature.services()
        },
        sender=build.sender(stopping),
        poller=build.poller(stopping, idle),
        intake=build.intake(decision_tables(features, site.own_templates())),
        retention=Retention(db, site.settings.site.keep_raw, now),
        recovery=Recovery(db, process, site.settings.smtp.unsure_after, now),
    )
    try:
        yield services, db
    finally:
        await services.sender.close()
        await services.poller.close()
        await sandbox.close()
        await asyncio.to_thread(db.close)


def _alert_with(db: DatabaseThread, letters: MailWriter, now: Now) -> Alert:
    """Return the function that alerts the operator: by log, and one mail per problem and day."""

    async def alert(problem: str, text: str) -> None:
        log.error("%s: %s", problem, text)
        await db.write(
            lambda conn: alert_operator(Turn(conn, letters, now()), problem=problem, text=text)
        )
        failpoints.reached("notice.committed")

    return alert


@dataclass(frozen=True, slots=True)
class _Builder:
    """Builds services from the values that several of them share."""

    site: Site
    process: str
    db: DatabaseThread
    sandbox: Sandbox
    letters: MailWriter
    now: Now
    alert: Callable[[str, str], Awaitable[None]]

    def publisher(self, features: Sequence[Feature]) -> Publisher:
        return Publisher(
            db=self.db,
            folder=self.site.courses,
            limits=self.site.limits(),
            sandbox=self.sandbox,
            alert=self.alert,
            now=self.now,
            keys=course_keys(features),
        )

    def sender(self, stopping: asyncio.Event) -> Sender:
        settings = self.site.settings
        return Sender(
            db=self.db,
            smarthost=smarthost(settings),
            credential=smtp_credential(settings),
            process=self.process,
            now=self.now,
            connections=settings.smtp.connections,
            shared_parts=SharedParts(self.db),
            unsure_after=settings.smtp.unsure_after,
            alert=self.alert,
            rates=settings.smtp.rate,
            stopping=stopping,
        )

    def poller(self, stopping: asyncio.Event, idle: float) -> Poller:
        settings = self.site.settings
        return Poller(
            db=self.db,
            account=imap_account(settings),
            credential=imap_credential(settings),
            mailboxes=settings.imap.mailbox,
            site_address=self.site.address,
            max_size=settings.imap.max_size,
            now=self.now,
            room=partial(need_room, self.site.var),
            alert=self.alert,
            idle=idle,
            stopping=stopping,
        )

    def intake(self, tables: DecisionTables) -> Intake:
        return Intake(
            db=self.db,
            process=self.process,
            letters=self.letters,
            tables=tables,
            site_address=self.site.address,
            authserv_id=self.site.settings.imap.authserv_id,
            sandbox=self.sandbox,
            alert=self.alert,
            now=self.now,
            shared=not self.site.database.is_sqlite,
        )
