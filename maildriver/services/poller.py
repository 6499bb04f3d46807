"""From IMAP to the inbox: every mail that is ours is stored before anybody looks into it.

A mailbox is only ever read: it is opened read-only, fetched with PEEK, and remembered by
a cursor of our own. What is nobody's we know is not stored; see domain.sift.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from maildriver import crashpoint
from maildriver.domain.beginning import HEAD_BYTES
from maildriver.domain.credential import Credential
from maildriver.domain.mail import read
from maildriver.domain.sift import Belongs, found_tokens, loose_tokens, sift
from maildriver.domain.token import SiteAddress
from maildriver.errors import LaneError
from maildriver.services import lane
from maildriver.services.acquaintance import acquaintance
from maildriver.store import blobs, inbox, lanes, outbox
from maildriver.store.thread import DatabaseThread
from maildriver.transport.imap import Header, ImapAccount, Mailbox, open_mailbox

log = logging.getLogger(__name__)

_BATCH = 25  # the library's parser is slow above (measured)


@dataclass(slots=True)
class Poller:
    """Reads the mailboxes of a site. One at a time per site."""

    db: DatabaseThread
    account: ImapAccount
    credential: Callable[[], Awaitable[Credential]]
    mailboxes: Sequence[str]
    own: SiteAddress
    max_size: int  # bytes
    now: Callable[[], datetime]
    idle: float = 0.0  # seconds to wait for a push when nothing is new; 0 in virtual time
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _open: dict[str, Mailbox] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def step(self) -> bool:
        """Store what is new; if nothing is, wait for it. Return whether something came."""
        way = await self.db.read(lambda conn: lanes.get(conn, "imap"))
        if not way.open(self.now()):
            return False
        try:
            found = [await self._look(name) for name in self.mailboxes]
            await self.db.write(lambda conn: lanes.worked(conn, "imap", self.now()))
            if any(found):
                return True
            return self.idle > 0 and await self._wait(self._open[self.mailboxes[0]])
        except LaneError as error:
            await self.close()
            await lane.pause(self.db, "imap", error, self.now())
            return False

    async def close(self) -> None:
        """End the connections."""
        stack, self._stack = self._stack, AsyncExitStack()
        self._open.clear()
        await stack.aclose()

    async def _wait(self, mailbox: Mailbox) -> bool:
        """Wait for a push, or to be told to stop."""
        push = asyncio.create_task(mailbox.wait(self.idle))
        stop = asyncio.create_task(self.stopping.wait())
        try:
            await asyncio.wait({push, stop}, return_when=asyncio.FIRST_COMPLETED)
            return push.done() and push.result()
        finally:
            stop.cancel()
            if not push.done():
                push.cancel()
                await asyncio.gather(push, return_exceptions=True)
                await self.close()  # a command that was cut short leaves the line unusable

    async def _look(self, name: str) -> bool:
        """Store what has come into one mailbox since the last look."""
        mailbox = self._open.get(name)
        if mailbox is None:
            mailbox = await self._stack.enter_async_context(
                open_mailbox(self.account, await self.credential(), name)
            )
            self._open[name] = mailbox
            crashpoint.reached("poller.opened")
        cursor = await self.db.write(lambda conn: self._cursor(conn, name, mailbox))
        uids = await mailbox.uids_from(cursor.next_uid)
        for start in range(0, len(uids), _BATCH):
            batch = uids[start : start + _BATCH]
            headers = await mailbox.headers(batch)
            # A day's grace: the server's clock and ours may differ.
            messages = [
                await self._message(name, mailbox, header)
                for header in headers
                if header.received >= cursor.since - timedelta(days=1)
            ]
            after = inbox.Cursor(cursor.uidvalidity, batch[-1] + 1, cursor.since)
            crashpoint.reached("poller.fetched")
            await self.db.write(partial(_store, messages=messages, name=name, cursor=after))
            crashpoint.reached("poller.committed")
        return bool(uids)

    def _cursor(self, conn: sa.Connection, name: str, mailbox: Mailbox) -> inbox.Cursor:
        """Return where to read on; the first time that is behind all that is there."""
        known = inbox.cursor(conn, name)
        if known is not None and known.uidvalidity == mailbox.uidvalidity:
            return known
        if known is None:
            log.info("%s: reading begins at UID %d", name, mailbox.uidnext)
            cursor = inbox.Cursor(mailbox.uidvalidity, mailbox.uidnext, self.now())
        else:
            # RFC 9051 2.3.1.1: the old UIDs mean nothing now. All is listed again, and
            # what was taken before is known by its content.
            log.warning("%s: the server has numbered all its mail anew", name)
            cursor = inbox.Cursor(mailbox.uidvalidity, 1, known.since)
        inbox.set_cursor(conn, name, cursor)
        return cursor

    async def _message(
        self, name: str, mailbox: Mailbox, header: Header
    ) -> tuple[inbox.Fetched, bytes | None]:
        """Fetch a mail if it is ours; of any other only its number is kept."""
        raw = await self._raw_if_ours(mailbox, header)
        fetched = inbox.Fetched(
            mailbox=name,
            uidvalidity=mailbox.uidvalidity,
            uid=header.uid,
            size=header.size,
            received_at=header.received,
            state="dropped" if raw is None else "new",
            kind="stranger" if raw is None else "",
        )
        return fetched, raw

    async def _raw_if_ours(self, mailbox: Mailbox, header: Header) -> bytes | None:
        mail = read(header.header)
        tokens = found_tokens(mail, self.own)
        known = await self.db.read(lambda conn: acquaintance(conn, mail, tokens, self.own))
        belongs = sift(
            mail, token_known=known.answers is not None, sender_enrolled=bool(known.sender)
        )
        if belongs is Belongs.STRANGER and not known.joins:
            return None
        limit = HEAD_BYTES if header.size > self.max_size else None
        raw = await mailbox.fetch(header.uid, limit)
        if raw is None or belongs is Belongs.OURS or known.joins:
            return raw
        loose = loose_tokens(raw)
        rows = await self.db.read(lambda conn: outbox.by_token(conn, loose))
        return raw if rows else None


def _store(
    conn: sa.Connection,
    messages: Sequence[tuple[inbox.Fetched, bytes | None]],
    name: str,
    cursor: inbox.Cursor,
) -> None:
    """Store a batch and how far it reaches, in one transaction."""
    for message, raw in messages:
        sha256 = None if raw is None else blobs.put(conn, raw)
        inbox.put(conn, message, sha256)
    inbox.set_cursor(conn, name, cursor)
    crashpoint.reached("poller.before_commit")
