"""Read-only IMAP mailbox: listing, fetching and waiting for messages.

    async with open_mailbox(account, credential, "INBOX") as mailbox:
        for uid in await mailbox.uids_from(cursor):
            raw = await mailbox.fetch(uid)

The mailbox is opened with EXAMINE and read with BODY.PEEK, so that no flag changes.
Every call ends in bounded time: with its result, or with LoginError, TlsError or
UnreachableError, after which the mailbox is closed and must be opened again.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime

from maildriver.domain.credential import Credential
from maildriver.errors import MailAccountError, UnreachableError
from maildriver.transport.imap.login import ImapAccount, connect
from maildriver.transport.imap.protocol import Protocol, RefusedError, ResponseLimits
from maildriver.transport.imap.syntax import (
    Response,
    Value,
    is_number,
    mailbox_name,
    read_date,
    read_fetch,
    read_search,
    response_code,
    sequence_set,
)

__all__ = ["Header", "ImapAccount", "Mailbox", "open_mailbox"]

#: Bytes of a header that are fetched; a mail with a longer one is held unread.
LONGEST_HEADER = 128 * 1024

_SEARCH = ResponseLimits(line=16_000_000, total=32_000_000)  # UIDs of two million messages
_BATCH = 100  # messages in one command
_BATCH_BYTES = 8_000_000  # of all messages in one command, about
_GOODBYE = 2.0  # seconds
_NOOP_EVERY = 20.0  # seconds, where the server has no IDLE


@dataclass(frozen=True, slots=True)
class Header:
    """A message before its body is fetched: size, date and header."""

    uid: int
    size: int  # of the whole message, as the server says
    received: datetime
    header: bytes  # with the empty line; at most LONGEST_HEADER bytes


@asynccontextmanager
async def open_mailbox(
    account: ImapAccount, credential: Credential, name: str
) -> AsyncIterator["Mailbox"]:
    """Log in and open one mailbox for reading; log out at the end."""
    protocol = await connect(account, credential)
    try:
        yield await _examine(account, protocol, name)
    except BaseException:
        protocol.fail(f"{account.peer}: closed after an error")
        raise
    await protocol.log_out(_GOODBYE)


async def _examine(account: ImapAccount, protocol: Protocol, name: str) -> "Mailbox":
    try:
        responses = await protocol.run("EXAMINE", mailbox_name(name))
    except RefusedError as error:
        raise MailAccountError(
            f"{account.peer} does not open the mailbox {name!r}: {error}",
            hint="Correct `mailbox` under [imap] in maildriver.toml.",
        ) from error
    uidvalidity = response_code(responses, "UIDVALIDITY")
    if uidvalidity is None:
        raise MailAccountError(f"{account.peer} gives the messages of {name!r} no lasting numbers")
    uidnext = response_code(responses, "UIDNEXT")
    mailbox = Mailbox(account, protocol, uidvalidity, uidnext or 1)
    if uidnext is None:
        mailbox.uidnext = max(await mailbox.uids_from(1), default=0) + 1
    protocol.news = False  # EXAMINE reports the number of messages, which is no news
    return mailbox


class Mailbox:
    """An open mailbox. One call at a time."""

    def __init__(
        self, account: ImapAccount, protocol: Protocol, uidvalidity: int, uidnext: int
    ) -> None:
        self.uidvalidity = uidvalidity
        self.uidnext = uidnext
        self._account = account
        self._protocol = protocol
        self._sizes: dict[int, int] = {}

    async def uids_from(self, first: int) -> list[int]:
        """Return the UIDs of all messages that have `first` or a higher one, in order."""
        await self._run("NOOP")  # else a server may search an outdated list
        self._protocol.news = False
        found = read_search(
            await self._run("SEARCH", "UID", f"{first}:*", prefix="UID", room=_SEARCH)
        )
        # "*" is the highest UID there is, so 9:* finds 7 where 7 is the last (RFC 9051 6.4.8).
        return sorted({uid for uid in found if uid >= first})

    async def headers(self, uids: Sequence[int]) -> list[Header]:
        """Return size, date and header of each message that is still there, in order."""
        items = f"UID RFC822.SIZE INTERNALDATE BODY.PEEK[HEADER]<0.{LONGEST_HEADER}>"
        self._sizes = {}
        found: list[Header] = []
        for batch in _batches(uids, {}):
            for uid, values in (await self._fetch(batch, items, LONGEST_HEADER)).items():
                size, header = values.get(b"RFC822.SIZE"), _section(values, b"BODY[HEADER]")
                if is_number(size) and header is not None:
                    self._sizes[uid] = int(size)
                    received = read_date(values.get(b"INTERNALDATE"))
                    found.append(Header(uid, int(size), received, header))
        return found

    async def fetch(self, uid: int, limit: int | None = None) -> bytes | None:
        """Return a message, or its first `limit` bytes; None if it is gone."""
        part = "BODY.PEEK[]" if limit is None else f"BODY.PEEK[]<0.{limit}>"
        found = await self._fetch([uid], f"UID {part}", limit or self._account.largest_message)
        raw = _section(found.get(uid, {}), b"BODY[]")
        return None if raw is None else raw[:limit]

    async def fetch_many(self, uids: Sequence[int]) -> list[tuple[int, bytes]]:
        """Return UID and bytes of each message that is still there, in order.

        All are held in memory: the caller limits how many.
        """
        await self._fetch_sizes(uids)
        found: list[tuple[int, bytes]] = []
        for batch in _batches([uid for uid in uids if uid in self._sizes], self._sizes):
            fetched = await self._fetch(batch, "UID BODY.PEEK[]", self._account.largest_message)
            bodies = ((uid, _section(values, b"BODY[]")) for uid, values in fetched.items())
            found += [(uid, body) for uid, body in bodies if body is not None]
        return found

    async def wait(self, seconds: float) -> bool:
        """Return True as soon as a message may have come, or False after `seconds`.

        A message counts if it came after the last `uids_from`, or after the opening. A
        server that has died silently is noticed only at the end, so wait for minutes, not
        for hours.
        """
        end = asyncio.get_running_loop().time() + seconds
        while not self._protocol.news:
            left = end - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            await self._idle(left)
        return True

    async def _idle(self, seconds: float) -> None:
        if "IDLE" in self._protocol.capabilities:
            try:
                await self._protocol.idle_for(seconds)
            except RefusedError:
                self._protocol.capabilities.discard("IDLE")
        else:
            await asyncio.sleep(min(seconds, _NOOP_EVERY))
            await self._run("NOOP")

    async def _fetch_sizes(self, uids: Sequence[int]) -> None:
        """Fetch the sizes that `headers` has not fetched, so that a batch has bounds."""
        unknown = [uid for uid in uids if uid not in self._sizes]
        for batch in _batches(unknown, {}):
            for uid, values in (await self._fetch(batch, "UID RFC822.SIZE", 0)).items():
                size = values.get(b"RFC822.SIZE")
                self._sizes[uid] = int(size) if is_number(size) else 0

    async def _fetch(
        self, uids: Sequence[int], items: str, longest: int
    ) -> dict[int, dict[bytes, Value]]:
        """Return the FETCH values of these messages, by UID, in order.

        Sizes may be estimates (Exchange), so a batch may exceed their sum by the size of one
        message.
        """
        told = sum(min(self._sizes.get(uid, longest), longest) for uid in uids)
        room = ResponseLimits(literal=longest, total=2_000_000 + longest + told)
        words = sequence_set(uids), f"({items})"
        wanted, found = set(uids), dict[int, dict[bytes, Value]]()
        for values in map(read_fetch, await self._run("FETCH", *words, prefix="UID", room=room)):
            uid = values.get(b"UID")
            if is_number(uid) and int(uid) in wanted:
                # A server may report a message twice: as requested, and with new flags.
                found.setdefault(int(uid), {}).update(values)
        return dict(sorted(found.items()))

    async def _run(
        self, name: str, *words: str, prefix: str = "", room: ResponseLimits | None = None
    ) -> list[Response]:
        try:
            return await self._protocol.run(
                name, *words, prefix=prefix, room=room or ResponseLimits()
            )
        except RefusedError as error:
            reason = f"{self._account.peer} refuses {name}: {error}"
            self._protocol.fail(reason)
            raise UnreachableError(reason) from error


def _batches(uids: Sequence[int], sizes: dict[int, int]) -> Iterator[list[int]]:
    batch: list[int] = []
    room = _BATCH_BYTES
    for uid in sorted(uids):
        room -= sizes.get(uid, 0)
        if batch and (room < 0 or len(batch) == _BATCH):
            yield batch
            batch, room = [], _BATCH_BYTES - sizes.get(uid, 0)
        batch.append(uid)
    if batch:
        yield batch


def _section(values: dict[bytes, Value], name: bytes) -> bytes | None:
    """Return a section of a message; a partial one is named like `BODY[]<0>`."""
    found = values.get(name, values.get(name + b"<0>"))
    return found if isinstance(found, bytes) else None
