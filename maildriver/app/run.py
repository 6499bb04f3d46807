"""`run`: the services of a site, for life or until idle.

On SQLite one process runs them all; on PostgreSQL each process runs the parts named to it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, nullcontext, suppress
from dataclasses import replace
from datetime import datetime

from maildriver import failpoints
from maildriver.app.loop import Loop, Service, run_until_idle, stop_on_signals
from maildriver.app.roles import Roles, single_process
from maildriver.app.services import Now, Services, open_services
from maildriver.app.site import RETRY_SECONDS, Site, utc_now
from maildriver.database.thread import DatabaseThread
from maildriver.errors import ConfigError, StoreError
from maildriver.feature import Part
from maildriver.store import mail_accounts
from maildriver.store import site as sites

log = logging.getLogger(__name__)

PARTS: tuple[Part, ...] = ("scheduler", "digester", "poller", "intake", "sender")
#: Run by one process at a time; any number of processes may run the others.
_SINGLE: tuple[Part, ...] = ("scheduler", "digester", "poller")

#: Seconds for the running steps after a signal to stop; ten seconds are promised in all.
GRACE = 7.0
_IDLE = 240.0  # seconds; an IDLE is renewed well before a provider or a NAT drops it


def parts_named(site: Site, names: Collection[str] | None) -> list[Part]:
    """Return the parts with these names, all if there is none; raise ConfigError for others."""
    if not names:
        return list(PARTS)
    if site.database.is_sqlite:
        raise ConfigError(
            "--only needs PostgreSQL, but this site uses SQLite",
            hint="Leave out --only, or set `url` under [database] to a PostgreSQL database.",
        )
    for name in names:
        if name not in PARTS:
            raise ConfigError(f"unknown part {name}", hint=f"Parts: {', '.join(PARTS)}.")
    return [part for part in PARTS if part in names]


async def run(site: Site, now: Now = utc_now, only: Collection[Part] = PARTS) -> None:
    """Run a site, or parts of it, until SIGTERM or SIGINT.

    Raises BusyError if the site runs already on SQLite; on PostgreSQL, processes share the work.
    """
    alone = site.database.is_sqlite
    roles = None if alone else Roles(site.database)
    with (
        stop_on_signals() as stop,
        single_process(site.database, site.var) if alone else nullcontext(),
    ):
        async with (
            open_services(site, now, stopping=stop, idle=_IDLE) as (services, db),
            _told_ended(site, db),
        ):
            if not await _begin_when_it_can(db, services, site, now, stop):
                return

            async def alive() -> bool:
                await db.write(lambda conn: sites.touch_run(conn, now()))
                return False

            loop = Loop(
                services=[
                    *_parts(services, only, roles),
                    Service("alive", alive, every=sites.ALIVE_EVERY.total_seconds()),
                ],
                stop=stop,
                grace=GRACE,
            )
            await loop.run()
            if roles is not None:
                roles.close()


def _parts(services: Services, only: Collection[Part], roles: Roles | None) -> list[Service]:
    """Return the services of some parts; a single one steps only if this process has the role."""
    every: dict[Part, list[Service]] = {
        "scheduler": [
            Service("publisher", services.publisher.step, every=2),
            Service("retention", services.retention.step, every=3600),
        ],
        "digester": [],
        "poller": [Service("poller", services.poller.step, every=30)],
        # A poller in another process cannot wake the intake.
        "intake": [Service("intake", services.intake.step, every=30 if roles is None else 1)],
        "sender": [Service("sender", services.sender.step, every=1)],
    }
    for each, service in services.by_clock.items():
        every[each.part].append(Service(each.name, service.step, every=each.every))
    found = [each for part in PARTS if part in only for each in every[part]]
    if roles is None:
        return found
    single = {each.name: part for part in _SINGLE for each in every[part]}
    return [
        replace(each, step=roles.guard(single[each.name], each.step), every=min(each.every, 2))
        if each.name in single
        else each
        for each in found
    ] + [Service("recovery", services.recovery.step, every=5)]


async def run_once(site: Site, now: Now = utc_now) -> tuple[mail_accounts.MailAccount, ...]:
    """Poll, then repeat the services until none has work; return the paused mail accounts."""
    with single_process(site.database, site.var), stop_on_signals() as stop:
        async with open_services(site, now, stopping=stop, idle=0) as (services, db):
            async with _told_ended(site, db):
                await _begin(db, services, site, now())
                await run_until_idle(services.steps())
            both = await db.read(
                lambda conn: (mail_accounts.get(conn, "smtp"), mail_accounts.get(conn, "imap"))
            )
    return tuple(account for account in both if not account.is_open(now()))


@asynccontextmanager
async def _told_ended(site: Site, db: DatabaseThread) -> AsyncIterator[None]:
    """Record for `status` that the run has ended, in whatever way short of a kill."""
    try:
        yield
    finally:
        if site.database.is_sqlite:
            with suppress(StoreError):  # a full disk: `status` soon sees the end anyway
                await db.write(sites.end_run)


async def _begin_when_it_can(
    db: DatabaseThread, services: Services, site: Site, now: Now, stop: asyncio.Event
) -> bool:
    """Begin as soon as the database accepts a change; return False if `stop` is set before."""
    while not stop.is_set():
        try:
            await _begin(db, services, site, now())
        except StoreError as error:
            # This is no bug of ours, so the log has a sentence and no traceback.
            log.error("run: %s; trying again in %d s", error, RETRY_SECONDS)  # noqa: TRY400
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), RETRY_SECONDS)
        else:
            return True
    return False


async def _begin(db: DatabaseThread, services: Services, site: Site, now: datetime) -> None:
    """Record the start of the run, and release the claims of dead processes."""
    await db.write(lambda conn: sites.start_run(conn, now))
    failpoints.reached("run.begun")
    if site.database.is_sqlite:
        await services.recovery.begin_alone()
    else:
        await services.recovery.step()
