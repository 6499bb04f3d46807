"""Deletion of old raw mail; posts and their files are kept."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.store import inbox, post_files

_BATCH = 100


@dataclass(frozen=True, slots=True)
class Retention:
    """Deletes the bytes of settled mail that is older than `keep_raw`."""

    db: DatabaseThread
    keep_raw: timedelta
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Delete the bytes of one batch of old mails; return whether there were any."""
        before = self.now() - self.keep_raw
        return await self.db.write(lambda conn: _forget(conn, before))


def _forget(conn: sa.Connection, before: datetime) -> bool:
    mail_ids = inbox.with_bytes_before(conn, before, _BATCH)
    for mail_id in mail_ids:
        inbox.delete_raw(conn, mail_id)
    post_files.forget_dropped(conn, mail_ids)
    return bool(mail_ids)
