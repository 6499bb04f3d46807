"""Pausing a mail account that refuses us or is away."""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.errors import MailAccountError, NoRoomError, UnreachableError
from maildriver.store import mail_accounts

log = logging.getLogger(__name__)

# A refused login is tried again rarely: providers lock accounts that try often.
REFUSED_PAUSE = (timedelta(minutes=15), timedelta(hours=1))
# A server that is away is looked for soon, then less and less.
AWAY_PAUSE = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 900))
# Room may be made at any moment, and to look costs nothing.
NO_ROOM_PAUSE = (timedelta(seconds=30),)


async def pause(
    db: DatabaseThread, name: mail_accounts.AccountName, error: MailAccountError, now: datetime
) -> None:
    """Let nothing pass over a mail account for a while, longer each time it fails again."""

    def write(conn: sa.Connection) -> datetime:
        failures = mail_accounts.get(conn, name).failures
        steps = _steps(error)
        until = now + steps[min(failures, len(steps) - 1)]
        mail_accounts.pause(conn, name, until, str(error))
        return until

    until = await db.write(write)
    log.error("%s is paused until %s: %s", name, until.isoformat(timespec="seconds"), error)


def _steps(error: MailAccountError) -> tuple[timedelta, ...]:
    if isinstance(error, NoRoomError):
        return NO_ROOM_PAUSE
    return AWAY_PAUSE if isinstance(error, UnreachableError) else REFUSED_PAUSE
