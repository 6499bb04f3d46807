"""Intake service, from the inbox to a decision about every mail.

Mails are claimed in batches, parsed ahead in a sandbox and decided in few transactions. The final
state of a mail and all its consequences share one transaction, so a kill repeats nothing. A
failure counts as a try of that mail alone.

After the process ends, each mail it had claimed is read alone, and the try is counted first. So a
mail that kills the process is held after three tries, a kill counts only for the mail being read,
and no mail blocks the next.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import pairwise

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain.alerts import Alert
from maildriver.domain.token import SiteAddress
from maildriver.errors import StoreError
from maildriver.feature import DecisionTables
from maildriver.inbound import decide
from maildriver.inbound.files import time_for
from maildriver.inbound.understand import Parsed, Understanding
from maildriver.inbound.understood import RawMail, Understood
from maildriver.letters.writer import MailWriter, Turn
from maildriver.mail.message import Mail, read_mail
from maildriver.sandbox.process import Sandbox, SandboxError
from maildriver.store import inbox, inbox_claims

log = logging.getLogger(__name__)

MOST_TRIES = 3
_BATCH = 48
_BATCH_MAILS, _BATCH_BYTES = 16, 4_000_000

#: The disk is full, or no process can be started: the mail is tried again, without counting it.
_NOT_THE_MAILS_FAULT = (StoreError, OSError)

#: A row, its bytes and its parsed mail; None if the same bytes arrived before.
_Reading = tuple[inbox.Row, bytes, Mail | SandboxError | None]


@dataclass(slots=True)
class Intake:
    """Decides about the mails that the poller has stored."""

    db: DatabaseThread
    process: str
    letters: MailWriter
    tables: DecisionTables
    site_address: SiteAddress
    authserv_id: str
    sandbox: Sandbox
    alert: Alert
    now: Callable[[], datetime]
    shared: bool = False  # other processes claim mails too
    _ahead: asyncio.Task[list[_Reading]] | None = field(default=None, init=False)

    async def step(self) -> bool:
        """Process one batch of new mails; return whether there were any."""
        if not await self.db.read(inbox_claims.any_new):
            return False
        rows = await self.db.write(
            lambda conn: inbox_claims.claim(conn, self.process, _BATCH, shared=self.shared)
        )
        if rows:
            failpoints.reached("intake.taken")
        try:
            for portion, following in pairwise([*_batches(rows), []]):
                if _must_be_alone(portion[0]):
                    await self._process_alone(portion[0])
                else:
                    by_itself = not following or _must_be_alone(following[0])
                    await self._process(portion, () if by_itself else following)
        finally:
            if self._ahead is not None:
                self._ahead.cancel()
                await asyncio.gather(self._ahead, return_exceptions=True)
                self._ahead = None
        return bool(rows)

    async def _process(self, rows: Sequence[inbox.Row], following: Sequence[inbox.Row]) -> None:
        """Process mails together; if that fails unexpectedly, each alone."""
        left = {row.id: row for row in rows}
        ahead, self._ahead = self._ahead, None
        try:
            async for row, error in self._outcomes(ahead or self._read(rows), following):
                del left[row.id]
                if error is not None:
                    await self._failed(row, error)
        except _NOT_THE_MAILS_FAULT:
            raise
        except Exception:  # one mail is to blame: each alone, to find out which
            log.exception("%d mails broke intake: each is taken by itself", len(left))
            for row in left.values():
                await self._process_alone(row)

    async def _process_alone(self, row: inbox.Row) -> None:
        """Process a mail alone, after counting the try."""
        tries = await self.db.write(lambda conn: inbox_claims.count_try(conn, row))
        failpoints.reached("intake.try_counted")
        if not tries:
            return  # another process has claimed it
        if tries > MOST_TRIES:
            await self._hold(row, "it broke intake three times")
            return
        try:
            async for _, error in self._outcomes(self._read([row])):
                if error is not None:
                    await self._failed(row, error, tries)
        except _NOT_THE_MAILS_FAULT:
            await self.db.write(lambda conn: inbox_claims.uncount_try(conn, row))
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the next mail must not wait
            await self._failed(row, error, tries)

    async def _outcomes(
        self, reading: Awaitable[list[_Reading]], following: Sequence[inbox.Row] = ()
    ) -> AsyncIterator[tuple[inbox.Row, Exception | None]]:
        """Settle the mails; yield each row once that is done, with the error if it failed.

        The mails of `following` are read ahead.
        """
        mails: list[Parsed] = []
        for row, raw, mail in await reading:
            if isinstance(mail, Mail):
                mails.append((RawMail(row, raw), mail))
                continue
            if mail is None:
                await self.db.write(partial(_settle, row, "dropped", inbox.COPY_RULE))
            yield row, mail
        while mails:
            taken = await self._understanding().of_first(mails)
            several, mails = mails[: len(taken)], mails[len(taken) :]
            if following and not mails:
                # Read the following mails while the decisions about these are written.
                self._ahead = asyncio.create_task(self._read(following))
            for (each, _), error in zip(several, await self._decide(taken), strict=True):
                yield each.row, error

    async def _read(self, rows: Sequence[inbox.Row]) -> list[_Reading]:
        """Return the mails as parsed in the sandbox."""
        mail_ids = [row.id for row in rows]
        raws, known = await self.db.read(
            lambda conn: (inbox.raws(conn, mail_ids), inbox.same_bytes_before(conn, mail_ids))
        )
        new = [mail_id for mail_id in mail_ids if mail_id not in known]
        calls = [(time_for(raws[mail_id]), (raws[mail_id],)) for mail_id in new]
        found = dict(zip(new, await self.sandbox.call_each(read_mail, calls), strict=True))
        failpoints.reached("intake.parsed")
        return [(row, raws[row.id], found.get(row.id)) for row in rows]

    async def _decide(self, mails: Sequence[Understood | SandboxError]) -> list[Exception | None]:
        """Decide about mails, in order; return an error for each, or None.

        The database thread combines the decisions into few transactions.
        """
        now = self.now()
        readable = [each for each in mails if isinstance(each, Understood)]
        done = await asyncio.gather(
            *(
                self.db.write(partial(_decide, self.letters, self.tables, each, now))
                for each in readable
            ),
            return_exceptions=True,
        )
        failpoints.reached("intake.committed")
        ends = dict(zip(map(id, readable), done, strict=True))
        return [
            each if isinstance(each, SandboxError) else _logged(each, ends[id(each)])
            for each in mails
        ]

    async def _failed(self, row: inbox.Row, error: Exception, tries: int = 0) -> None:
        """Count the failed try, unless `tries` is its count; hold the mail after the last try."""
        if isinstance(error, _NOT_THE_MAILS_FAULT):
            raise error
        tries = tries or await self.db.write(lambda conn: inbox_claims.count_try(conn, row))
        if not tries:
            return  # another process has claimed it
        rule = "it broke intake three times"
        if isinstance(error, SandboxError):
            log.warning("in-%d: %s (try %d)", row.id, error, tries)
            rule = f"it cannot be read: {error}"
        else:
            log.error("in-%d: broke intake (try %d)", row.id, tries, exc_info=error)
        if tries >= MOST_TRIES:
            await self._hold(row, rule)

    async def _hold(self, row: inbox.Row, rule: str) -> None:
        held = partial(_settle, row, "held", rule)
        if await self.db.write(held):
            await self.alert("a mail that could not be read", f"in-{row.id}: {rule}")

    def _understanding(self) -> Understanding:
        return Understanding(
            self.db,
            self.letters,
            self.site_address,
            self.authserv_id,
            self.sandbox,
            self.tables.kinds,
        )


def _must_be_alone(row: inbox.Row) -> bool:
    """Return whether a mail may have ended the process before."""
    return row.read_alone or row.tries > 0


def _batches(rows: Sequence[inbox.Row]) -> Iterator[list[inbox.Row]]:
    """Yield the mails in order, in batches that are processed together."""
    portion: list[inbox.Row] = []
    for row in rows:
        size = sum(each.size for each in portion)
        full = len(portion) == _BATCH_MAILS or size + row.size > _BATCH_BYTES
        if portion and (full or _must_be_alone(row) or _must_be_alone(portion[0])):
            yield portion
            portion = []
        portion.append(row)
    if portion:
        yield portion


def _settle(row: inbox.Row, state: str, rule: str, conn: sa.Connection) -> bool:
    return inbox.settle_claimed(conn, row, state=state, rule=rule)


def _decide(
    letters: MailWriter,
    tables: DecisionTables,
    mail: Understood,
    now: datetime,
    conn: sa.Connection,
) -> str:
    what = decide.decide(Turn(conn, letters, now), tables, mail)
    failpoints.reached("intake.before_commit")
    return what


def _logged(mail: Understood, what: str | BaseException) -> Exception | None:
    """Return the error; if there is none, log the result."""
    if isinstance(what, Exception):
        return what
    verdict = mail.verdict
    log.info("in-%d: %s (%s): %s", mail.mail_id, verdict.kind, verdict.rule, what)
    return None
