"""Polling service, from IMAP mailboxes to the inbox.

A mailbox is never changed: it is opened read-only and fetched with PEEK, and a cursor in our
database says how far it was read. Mail of strangers is not stored; see mail.kind.ours.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.domain.alerts import Alert
from maildriver.domain.credential import Credential
from maildriver.domain.token import SiteAddress
from maildriver.errors import MailAccountError, NoRoomError, UnreachableError
from maildriver.inbound.careful_fetch import FetchMode, FetchRetries, Where
from maildriver.inbound.triage import Triage, triage
from maildriver.mail.kind.ours import Relevance, loose_tokens
from maildriver.mail.truncated import HEAD_BYTES
from maildriver.outbound import account_pause
from maildriver.store import inbox, mail_accounts, outbox
from maildriver.transport.imap.mailbox import Header, ImapAccount, Mailbox, open_mailbox

log = logging.getLogger(__name__)

_BATCH = 100  # headers requested at once
_GROUP_BYTES = 8_000_000  # about the total of mails that are fetched and stored at once

#: Called with the number of bytes to store; raises NoRoomError if the disk is too full for them.
Room = Callable[[int], None]
_Met = tuple[Header, Triage]


@dataclass(frozen=True, slots=True)
class _FetchedMail:
    """A message, with its bytes unless it is a stranger's."""

    header: Header
    raw: bytes | None
    whole: bool  # no bytes are missing
    sender: str = ""  # empty for a stranger's


@dataclass(slots=True)
class Poller:
    """Reads the mailboxes of a site. One at a time per site."""

    db: DatabaseThread
    account: ImapAccount
    credential: Callable[[], Awaitable[Credential]]
    mailboxes: Sequence[str]
    site_address: SiteAddress
    max_size: int  # bytes
    now: Callable[[], datetime]
    room: Room
    alert: Alert
    idle: float = 0.0  # seconds to wait for a push when nothing is new; 0 in virtual time
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _open: dict[str, Mailbox] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)
    _retries: FetchRetries = field(default_factory=FetchRetries)

    async def step(self) -> bool:
        """Store new mail; if there is none, wait for some. Return whether any has arrived."""
        way = await self.db.read(lambda conn: mail_accounts.get(conn, "imap"))
        if not way.is_open(self.now()):
            return False
        try:
            found = [await self._look(name) for name in self.mailboxes]
            await self.db.write(lambda conn: mail_accounts.record_use(conn, "imap", self.now()))
            if any(found):
                return True
            return self.idle > 0 and await self._wait(self._open[self.mailboxes[0]])
        except MailAccountError as error:
            await self.close()
            if self._retries.goes_on_at_once(error):
                return True  # the mailbox is polled again at once, more carefully
            await account_pause.pause(self.db, "imap", error, self.now())
            if isinstance(error, NoRoomError):
                await self.alert("the disk is nearly full", f"{error} {error.hint}")
            return False

    async def close(self) -> None:
        """Close the connections."""
        stack, self._stack = self._stack, AsyncExitStack()
        self._open.clear()
        await stack.aclose()

    async def _wait(self, mailbox: Mailbox) -> bool:
        """Wait for a push, or until `stopping` is set; return whether a push has arrived."""
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
                await self.close()  # an interrupted command leaves the connection unusable

    async def _look(self, name: str) -> bool:
        """Store the mail that one mailbox got since the last poll; return whether it got any."""
        mailbox = self._open.get(name)
        if mailbox is None:
            mailbox = await self._stack.enter_async_context(
                open_mailbox(self.account, await self.credential(), name)
            )
            self._open[name] = mailbox
            failpoints.reached("poller.opened")
        cursor = await self.db.write(lambda conn: self._cursor(conn, name, mailbox))
        uids = await mailbox.uids_from(cursor.next_uid)
        where = (name, mailbox.uidvalidity)
        for batch in self._retries.batches(where, uids, _BATCH):
            await self._take(name, mailbox, cursor, batch)
        return bool(uids)

    def _cursor(self, conn: sa.Connection, name: str, mailbox: Mailbox) -> inbox.Cursor:
        """Return where to continue; the first time, that is after all existing mail."""
        known = inbox.cursor(conn, name)
        if known is not None and known.uidvalidity == mailbox.uidvalidity:
            return known
        if known is None:
            log.info("%s: reading begins at UID %d", name, mailbox.uidnext)
            cursor = inbox.Cursor(mailbox.uidvalidity, mailbox.uidnext, self.now())
        else:
            # RFC 9051 2.3.1.1: the old UIDs are void now. All mail is listed again, and
            # mail that was stored before is recognised by its content.
            log.warning("%s: the server has numbered all its mail anew", name)
            cursor = inbox.Cursor(mailbox.uidvalidity, 1, known.since)
        inbox.set_cursor(conn, name, cursor)
        return cursor

    async def _take(
        self, name: str, mailbox: Mailbox, cursor: inbox.Cursor, batch: Sequence[int]
    ) -> None:
        """Store the mails of a batch; of a stranger's mail only the UID is kept."""
        where = (name, mailbox.uidvalidity)
        headers = await self._headers(where, mailbox, batch)
        if headers is None:
            lost = [(_unread(where, uid, self.now()), b"") for uid in batch]
            end = inbox.Cursor(cursor.uidvalidity, batch[-1] + 1, cursor.since)
            await self.db.write(partial(_store, name=name, mails=lost, cursor=end))
            self._retries.passed(where, batch)
            return
        # A day's grace: the server's clock and ours may differ.
        recent = [each for each in headers if each.received >= cursor.since - timedelta(days=1)]
        sorts = await triage(self.db, self.site_address, [each.header for each in recent])
        groups = list(_groups(list(zip(recent, sorts, strict=True)), self.max_size))
        for number, group in enumerate(groups, 1):
            next_uid = batch[-1] + 1 if number == len(groups) else group[-1][0].uid + 1
            at = inbox.Cursor(cursor.uidvalidity, next_uid, cursor.since)
            mails = [
                (_row(where, each), each.raw) for each in await self._mails(where, mailbox, group)
            ]
            failpoints.reached("poller.fetched")
            await self.db.write(partial(_store, name=name, mails=mails, cursor=at))
            failpoints.reached("poller.committed")
        self._retries.passed(where, batch)

    async def _headers(
        self, where: Where, mailbox: Mailbox, batch: Sequence[int]
    ) -> Sequence[Header] | None:
        """Return the headers of a batch; None if they break every connection."""
        with self._retries.at(where, "header", batch) as care:
            if care.in_part:
                return None
            headers = await mailbox.headers(batch)
            await _all_told(mailbox, batch, [each.uid for each in headers])
        return headers

    async def _mails(
        self, where: Where, mailbox: Mailbox, group: Sequence[_Met]
    ) -> list[_FetchedMail]:
        """Return a group of mails, with the bytes of those that are not strangers'."""
        wanted = [
            header for header, as_sorted in group if as_sorted.belongs is not Relevance.STRANGER
        ]
        self.room(sum(min(each.size, self.max_size) for each in wanted))
        with self._retries.at(where, "body", [each.uid for each in wanted]) as care:
            raws = await self._raws(mailbox, wanted, care)
            await _all_told(mailbox, [each.uid for each in wanted], raws)
        strangers = await self._strangers(
            {
                header.uid: raws[header.uid][0]
                for header, as_sorted in group
                if as_sorted.belongs is Relevance.DOUBT and header.uid in raws
            }
        )
        return [
            _FetchedMail(header, *raws[header.uid], as_sorted.sender)
            if header.uid in raws and header.uid not in strangers
            else _FetchedMail(header, None, whole=True)
            for header, as_sorted in group
        ]

    async def _raws(
        self, mailbox: Mailbox, wanted: Sequence[Header], care: FetchMode
    ) -> dict[int, tuple[bytes, bool]]:
        """Return the bytes of mails by UID, each with whether they are complete."""
        if care.not_at_all:
            return {each.uid: (each.header, False) for each in wanted}
        small = [each.uid for each in wanted if each.size <= self.max_size and not care.in_part]
        whole = dict(await mailbox.fetch_many(small))
        await _check_sizes(mailbox, wanted, whole)
        raws = {uid: (raw, True) for uid, raw in whole.items()}
        for uid in [each.uid for each in wanted if each.uid not in small]:
            head = await mailbox.fetch(uid, HEAD_BYTES)
            if head is not None:
                raws[uid] = head, len(head) < HEAD_BYTES
        return raws

    async def _strangers(self, doubtful: Mapping[int, bytes]) -> set[int]:
        """Return the UIDs of mails that contain no token of ours anywhere."""
        if not doubtful:
            return set()
        loose = {uid: loose_tokens(raw) for uid, raw in doubtful.items()}
        named = {token for tokens in loose.values() for token in tokens}
        known = await self.db.read(lambda conn: outbox.by_token(conn, named))
        return {uid for uid, tokens in loose.items() if not known.keys() & set(tokens)}


async def _all_told(mailbox: Mailbox, asked: Sequence[int], told: Collection[int]) -> None:
    """Raise UnreachableError if the server left out a message that it still has."""
    if missing := set(asked) - set(told):
        if there := missing & set(await mailbox.uids_from(min(missing))):
            raise UnreachableError(f"the mail server does not hand out message {min(there)}")
        log.warning("%d messages were deleted before they were fetched", len(missing))


async def _check_sizes(
    mailbox: Mailbox, wanted: Sequence[Header], raws: Mapping[int, bytes]
) -> None:
    """Raise UnreachableError if a mail of unexpected size has other bytes when fetched again.

    Some servers only estimate sizes (Exchange), so a difference alone proves nothing.
    """
    odd = [each.uid for each in wanted if each.uid in raws and len(raws[each.uid]) != each.size]
    for uid, raw in await mailbox.fetch_many(odd):
        if raw != raws[uid]:
            raise UnreachableError(f"the mail server gives message {uid} in two ways")


def _groups(mails: Sequence[_Met], most: int) -> Iterator[list[_Met]]:
    """Yield the mails in order, in groups of about `_GROUP_BYTES`; `most` is fetched of a mail."""
    group: list[_Met] = []
    size = 0
    for header, as_sorted in mails:
        more = 0 if as_sorted.belongs is Relevance.STRANGER else min(header.size, most)
        if group and size + more > _GROUP_BYTES:
            yield group
            group, size = [], 0
        group.append((header, as_sorted))
        size += more
    yield group


def _row(where: Where, mail: _FetchedMail) -> inbox.Fetched:
    size = mail.header.size  # as the server announced it, which may be an estimate
    if mail.raw is not None:
        size = len(mail.raw) if mail.whole else max(size, len(mail.raw) + 1)
    return inbox.Fetched(
        mailbox=where[0],
        uidvalidity=where[1],
        uid=mail.header.uid,
        size=size,
        received_at=mail.header.received,
        state="dropped" if mail.raw is None else "new",
        kind="stranger" if mail.raw is None else "",
        sender=mail.sender,
    )


def _unread(where: Where, uid: int, now: datetime) -> inbox.Fetched:
    """Return the row for a message that breaks every connection."""
    return inbox.Fetched(
        *where, uid, size=1, received_at=now, state="held", rule="the mail server did not give it"
    )


def _store(
    conn: sa.Connection,
    *,
    name: str,
    mails: Sequence[tuple[inbox.Fetched, bytes | None]],
    cursor: inbox.Cursor,
) -> None:
    """Store a batch of mails and the cursor after it, in one transaction."""
    inbox.put_all(conn, mails)
    inbox.set_cursor(conn, name, cursor)
    failpoints.reached("poller.before_commit")
