"""A site whose mails are put into its inbox by hand and understood in this process."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from bench.site import planned
from support.site import TestSite

from maildriver.app.features import decision_tables
from maildriver.app.site import open_site
from maildriver.database.schema import inbox as table
from maildriver.database.schema import outbox, post
from maildriver.database.thread import DatabaseThread
from maildriver.domain.ids import MailId
from maildriver.inbound.intake import Intake
from maildriver.sandbox.process import Sandbox
from maildriver.store import inbox

AUTHSERV_ID = "mx.example.net"


@dataclass
class IntakeSite:
    """What is needed to let mail come in, and to see what came of it."""

    site: TestSite
    db: DatabaseThread
    intake: Intake
    tokens: Mapping[str, str]  # of the packet that each student has had, by address
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    told: list[str] = field(default_factory=list)  # to the operator
    uid: int = 0

    async def take(self, *raws: bytes) -> list[inbox.Row]:
        """Let mails come in and be understood; return their rows."""
        rows = [(self._fetched(raw), raw) for raw in raws]
        await self.db.write(lambda conn: inbox.put_all(conn, rows))
        while await self.intake.step():
            pass
        first = self.uid - len(raws)
        ids = await self.rows(
            sa.select(table.c.id).where(table.c.uid > first).order_by(table.c.uid)
        )
        return [await self._row(each.id) for each in ids]

    async def _row(self, number: int) -> inbox.Row:
        row = await self.db.read(lambda conn: inbox.get(conn, MailId(number)))
        assert row is not None
        return row

    async def rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Return what a query finds."""
        return await self.db.read(lambda conn: conn.execute(query).all())

    def reply_to(self, student: str, *, bounce: bool = False) -> str:
        """Return the address that takes replies to a student's packet, or its bounces."""
        name, domain = self.site.address.split("@")
        return f"{name}+{'b-' if bounce else ''}{self.tokens[student]}@{domain}"

    def _fetched(self, raw: bytes) -> inbox.Fetched:
        self.uid += 1
        return inbox.Fetched("INBOX", 1, self.uid, len(raw), self.now)


def with_a_packet(folder: Path, students: int) -> tuple[TestSite, dict[str, str]]:
    """Return a site whose students have had a packet an hour ago, and its tokens by address."""
    site, _ = planned(folder, 5, students)
    gone = datetime.now(UTC) - timedelta(hours=1)
    site.change(sa.update(outbox).values(state="sent", parts=None, settled_at=gone))
    found = site.rows(sa.select(outbox.c.address, outbox.c.token))
    return site, {row.address: row.token for row in found}


@asynccontextmanager
async def intake_site(folder: Path, students: int) -> AsyncIterator[IntakeSite]:
    """Provide a site of so many students, each of whom has had a packet an hour ago."""
    site, tokens = await asyncio.to_thread(with_a_packet, folder, students)
    with open_site(folder) as opened:
        db, sandbox = DatabaseThread(opened.database), Sandbox()

        async def tell(problem: str, text: str) -> None:
            made.told.append(f"{problem}: {text}")

        intake = Intake(
            db, "here", opened.mail_writer(), decision_tables(), opened.address, AUTHSERV_ID,
            sandbox, tell, lambda: made.now,
        )  # fmt: skip
        made = IntakeSite(site, db, intake, tokens)
        try:
            yield made
        finally:
            await sandbox.close()
            db.close()


_NUMBERS = count(1)


def reply(here: IntakeSite, owner: str, text: str, sender: str = "") -> bytes:
    return (
        f"From: {sender or owner}\nTo: {here.reply_to(owner)}\nSubject: Re: 1.\n"
        f"Message-ID: <{next(_NUMBERS)}@client.test>\n\n{text}\n"
    ).encode()


async def said(here: IntakeSite) -> list[str]:
    rows = await here.rows(sa.select(post.c.text).order_by(post.c.id))
    return [row.text for row in rows]


async def said_now(here: IntakeSite) -> list[str]:
    rows = await here.rows(sa.select(post.c.text).where(post.c.state == "accepted"))
    return [row.text for row in rows]
