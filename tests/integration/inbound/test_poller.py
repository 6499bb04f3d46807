"""What a poller does with a server that lies about a mail, and with a disk that is nearly full."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.prepared import prepared
from support.servers.fake_imap import FakeImap, account
from support.servers.faulty_imap import FaultyImap
from torture.enrolled import enrol

from maildriver.database.engine import Database
from maildriver.database.schema import inbox as table
from maildriver.database.thread import DatabaseThread
from maildriver.domain.credential import Credential, Password
from maildriver.domain.ids import MailId
from maildriver.domain.token import SiteAddress
from maildriver.errors import NoRoomError
from maildriver.inbound.poller import Poller
from maildriver.store import inbox, mail_accounts
from maildriver.transport.imap.mailbox import ImapAccount

HEAD = b"From: student-1@example.org\r\nSubject: Re: a star\r\n\r\n"


@dataclass
class Here:
    """A database in which one student is enrolled."""

    db: DatabaseThread
    told: list[str] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def poller(self, where: ImapAccount, room: Callable[[int], None] = lambda _: None) -> Poller:
        async def credential() -> Credential:
            return Password("secret")

        async def tell(problem: str, _: str) -> None:
            self.told.append(problem)

        own = SiteAddress("course@example.net")
        return Poller(
            self.db, where, credential, ["INBOX"], own, 1_000_000, lambda: self.now, room, tell
        )

    async def rows(self) -> list[tuple[int, str, int, str]]:
        columns = (table.c.uid, table.c.state, table.c.size, table.c.rule)
        query = sa.select(*columns).order_by(table.c.uid)
        return [tuple(row) for row in await self.db.read(lambda conn: conn.execute(query).all())]


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Here]:
    database = Database(prepared(tmp_path / "maildriver.db"))
    here = Here(DatabaseThread(database))

    def begin(conn: sa.Connection) -> None:
        enrol(conn, 1, here.now)
        inbox.set_cursor(conn, "INBOX", inbox.Cursor(77, 1, here.now - timedelta(days=400)))

    await here.db.write(begin)
    yield here
    here.db.close()
    database.close()


def liar(headers: bool) -> Callable[[bytes], bytes | None]:
    """Return a mailbox of three mails, of which the second is endless, whatever is asked."""

    def answer(line: bytes) -> bytes | None:
        numbers = re.search(rb"UID FETCH ([\d:,]+)", line)
        assert numbers is not None
        first, _, last = numbers[1].partition(b":")
        wanted = range(int(first), int(last or first) + 1)
        told = b""
        for uid in wanted:
            told += b"* %d FETCH (UID %d RFC822.SIZE %d " % (uid, uid, len(HEAD) + 2)
            told += b'INTERNALDATE "24-Nov-2026 08:00:00 +0000" '
            floods = uid == 2 and (headers or b"HEADER" not in line)
            if floods:
                return told + b"BODY[] {900000000}\r\n" + b"x" * 1000
            name = b"BODY[HEADER]" if b"HEADER" in line else b"BODY[]"
            raw = HEAD if b"HEADER" in line else HEAD + b"%d\n" % uid
            told += name + b" {%d}\r\n" % len(raw) + raw + b")\r\n"
        return told + b"TAG OK done\r\n"

    return answer


class Liar(FakeImap):
    """Answers FETCH by what was asked."""

    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        super().__init__()
        self._answer = answer

    async def _say(self, writer: asyncio.StreamWriter, reply: Any, tag: bytes) -> None:
        line = self.lines[-1] if self.lines else b""
        if tag and b"UID FETCH" in line:
            reply = self._answer(line)
        await super()._say(writer, reply, tag)


async def steps(poller: Poller) -> None:
    for _ in range(12):
        if not await poller.step():
            break
    await poller.close()


async def test_a_mail_without_end_is_taken_by_its_header_and_the_next_comes_at_once(
    here: Here,
) -> None:
    async with Liar(liar(headers=False)) as server:
        await steps(here.poller(account(server, timeout=20)))

    rows = await here.rows()
    assert [row[:2] for row in rows] == [(1, "new"), (2, "new"), (3, "new")]
    kept = await here.db.read(lambda conn: inbox.raw(conn, MailId(2)))
    assert kept == HEAD
    assert rows[1][2] > len(kept), "whoever looks sees that there was more"


async def test_a_mail_of_which_not_even_the_header_comes_is_held_and_the_next_comes(
    here: Here,
) -> None:
    async with Liar(liar(headers=True)) as server:
        await steps(here.poller(account(server, timeout=20)))

    rows = await here.rows()
    assert [row[:2] for row in rows] == [(1, "new"), (2, "held"), (3, "new")]
    assert rows[1][3] == "the mail server did not give it"


async def test_on_a_full_disk_mail_stays_where_it_is_until_there_is_room(here: Here) -> None:
    full = True

    def room(size: int) -> None:
        if full and size:
            raise NoRoomError("the disk is full")

    with FaultyImap(seed=1, faults=0.0) as server:
        server.uidvalidity = 77
        server.add([HEAD + b"%d\r\n" % n for n in range(5)])
        poller = here.poller(account_on(server.port), room)
        await steps(poller)
        assert await here.rows() == []
        assert here.told == ["the disk is nearly full"]
        way = await here.db.read(lambda conn: mail_accounts.get(conn, "imap"))
        assert way.why == "the disk is full"

        full = False
        await steps(poller)
        assert await here.rows() == [], "it is looked for half a minute later"
        here.now += timedelta(seconds=31)
        await steps(poller)
        assert [row[0] for row in await here.rows()] == [1, 2, 3, 4, 5]


def account_on(port: int) -> ImapAccount:
    return ImapAccount("127.0.0.1", port, "none", "course", timeout=20)


async def test_whose_a_mail_is_stands_beside_it_unless_it_is_a_strangers(here: Here) -> None:
    raws = [HEAD, HEAD.replace(b"student-1", b"Student-1"), HEAD.replace(b"student-1", b"eve")]
    with FaultyImap(seed=1, faults=0.0) as server:
        server.uidvalidity = 77
        server.add([raw + b"%d\r\n" % number for number, raw in enumerate(raws)])
        await steps(here.poller(account_on(server.port)))

    query = sa.select(table.c.state, table.c.sender).order_by(table.c.uid)
    rows = await here.db.read(lambda conn: conn.execute(query).all())
    ours = ("new", "student-1@example.org")
    assert [tuple(row) for row in rows] == [ours, ours, ("dropped", "")]


async def test_what_others_delete_and_what_comes_twice_stops_nothing(here: Here) -> None:
    raws = [HEAD + b"%d\r\n" % n for n in range(30)]
    with FaultyImap(seed=1, faults=0.0) as server:
        server.uidvalidity = 77
        server.add(raws)
        poller = here.poller(account_on(server.port))
        assert await poller.step()
        server.delete(raws[3])
        server.add([raws[5], raws[6]])
        server.delete(raws[6])
        await steps(poller)
        server.renumber()
        await steps(poller)
        here.now += timedelta(seconds=31)
        await steps(here.poller(account_on(server.port)))

    stored = await here.db.read(
        lambda conn: conn.execute(sa.select(table.c.uidvalidity, table.c.uid)).all()
    )
    assert len(stored) == len(set(stored)) == 30 + 2 + 30
