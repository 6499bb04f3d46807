"""The SMTP and the IMAP account, each of which may be paused."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.schema import mail_account

AccountName = Literal["smtp", "imap"]


@dataclass(frozen=True, slots=True)
class MailAccount:
    """One account; nobody uses it while `paused_until` is in the future."""

    name: AccountName
    paused_until: datetime | None = None
    why: str = ""
    failures: int = 0  # in a row
    seen_at: datetime | None = None  # when it last worked

    def is_open(self, now: datetime) -> bool:
        """Return whether the account may be used."""
        return self.paused_until is None or self.paused_until <= now


def get(conn: sa.Connection, name: AccountName) -> MailAccount:
    """Return the account of that name; one that was never used is open."""
    row = conn.execute(sa.select(mail_account).where(mail_account.c.name == name)).one_or_none()
    if row is None:
        return MailAccount(name)
    return MailAccount(name, row.paused_until, row.why, row.failures, row.seen_at)


def pause(conn: sa.Connection, name: AccountName, until: datetime, why: str) -> None:
    """Pause an account until a moment, and count the failure."""
    insert_new(conn, mail_account, name=name)
    conn.execute(
        sa.update(mail_account)
        .where(mail_account.c.name == name)
        .values(paused_until=until, why=why, failures=mail_account.c.failures + 1)
    )


def record_use(conn: sa.Connection, name: AccountName, now: datetime) -> None:
    """Record that the account works: it is open and has no failures."""
    insert_new(conn, mail_account, name=name)
    conn.execute(
        sa.update(mail_account)
        .where(mail_account.c.name == name)
        .values(paused_until=None, why="", failures=0, seen_at=now)
    )
