"""Pauses of a mail account that refuses us or cannot be reached."""

import logging
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.errors import MailAccountError, NoRoomError, UnreachableError
from maildriver.store import mail_accounts

log = logging.getLogger(__name__)

# A refused login is retried rarely: providers lock accounts after frequent failures.
REFUSED_PAUSE = (timedelta(minutes=15), timedelta(hours=1))
# An unreachable server is retried soon, then less and less often.
AWAY_PAUSE = tuple(timedelta(seconds=s) for s in (30, 60, 120, 300, 900))
# The operator may free disk space at any moment, and a check costs nothing.
NO_ROOM_PAUSE = (timedelta(seconds=30),)


async def pause(
    db: DatabaseThread, name: mail_accounts.AccountName, error: MailAccountError, now: datetime
) -> None:
    """Pause a mail account, for longer with each failure in a row."""

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
