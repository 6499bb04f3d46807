"""The status of a site, as one value."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

import sqlalchemy as sa

from maildriver.app.features import FEATURES, status_lines
from maildriver.feature import Feature
from maildriver.store import enrolments, held, inbox, mail_accounts, outbox, post_files, site
from maildriver.store.mail_accounts import MailAccount


@dataclass(frozen=True, slots=True)
class NextSend:
    """One packet that is going to be sent."""

    at: datetime
    name: str
    address: str
    course: str


@dataclass(frozen=True, slots=True)
class Status:
    """Everything that `maildriver status` reports."""

    running_since: datetime | None  # None: no `run` is alive
    enrolments: dict[str, dict[str, int]]  # course -> state -> how many
    outbox: dict[str, int]  # state -> how many
    inbox: dict[str, int]
    next_sends: tuple[NextSend, ...]
    last_poll: datetime | None
    accounts: tuple[MailAccount, ...]
    held_messages: int
    held_mails: int
    held_files: int
    lines: tuple[str, ...] = ()  # of rooms that have something to say

    @property
    def paused_accounts(self) -> tuple[MailAccount, ...]:
        """The mail accounts that are paused at the moment."""
        return tuple(account for account in self.accounts if account.why)

    def facts(self) -> dict[str, object]:
        """Return what `status --json` prints."""
        names = {"accounts": "lanes"}  # the key that scripts read
        return {names.get(each.name, each.name): getattr(self, each.name) for each in fields(self)}


def status(
    conn: sa.Connection,
    now: datetime,
    *,
    sends: int = 10,
    features: Sequence[Feature] = FEATURES,
) -> Status:
    """Return the present status of the site."""
    run = site.last_run(conn)
    both = (mail_accounts.get(conn, "smtp"), mail_accounts.get(conn, "imap"))
    messages, mails = held.count(conn)
    return Status(
        running_since=run.started_at if run is not None and run.is_alive(now) else None,
        enrolments=enrolments.count(conn),
        outbox=outbox.count(conn),
        inbox=inbox.count(conn),
        next_sends=tuple(
            NextSend(
                at=due.due_at,
                name=due.student.name,
                address=due.student.address,
                course=due.course,
            )
            for due in enrolments.next_due(conn, sends)
            if due.due_at is not None
        ),
        last_poll=both[1].seen_at,
        accounts=both,
        held_messages=messages,
        held_mails=mails,
        held_files=post_files.count_held(conn),
        lines=status_lines(conn, now, features),
    )
