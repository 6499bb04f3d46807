"""A process that understands mail, as far as the inbox knows of it, one step at a time."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, cast

import sqlalchemy as sa

from maildriver.app.features import decision_tables
from maildriver.database.engine import Database, Work
from maildriver.database.thread import DatabaseThread
from maildriver.domain.token import SiteAddress
from maildriver.feature import DecisionTables
from maildriver.inbound import decide as decide_mail
from maildriver.inbound.intake import MOST_TRIES
from maildriver.inbound.understand import Understanding
from maildriver.inbound.understood import RawMail, Understood
from maildriver.letters.writer import MailWriter, Turn
from maildriver.mail.message import read_mail
from maildriver.sandbox.process import Sandbox
from maildriver.store import inbox, inbox_claims


@dataclass(frozen=True, slots=True)
class _Looks:
    """A database that is asked at once."""

    database: Database

    async def read(self, work: Work[Any]) -> Any:
        return self.database.read(work)


class _Open:
    """Calls what the sandbox would call; that it ends what hangs is tested elsewhere."""

    async def call_each(
        self, function: Callable[..., Any], calls: Sequence[tuple[float, tuple[object, ...]]]
    ) -> list[Any]:
        return [function(*args) for _, args in calls]


@dataclass
class Reader:
    """What it has taken and not read, and what it has understood and not decided."""

    name: str
    database: Database
    letters: MailWriter
    own: SiteAddress
    now: Callable[[], datetime]
    tables: DecisionTables = field(default_factory=decision_tables)
    rows: list[inbox.Row] = field(default_factory=list)
    understood: list[Understood] = field(default_factory=list)

    @property
    def stands(self) -> Literal["free", "taken", "understood"]:
        """How far it is: it decides what it has understood before it reads more."""
        if self.understood:
            return "understood"
        return "taken" if self.rows else "free"

    def take(self, most: int) -> None:
        """Take what nobody else has."""
        self.rows = self.database.write(
            lambda conn: inbox_claims.claim(conn, self.name, most, shared=True)
        )

    def understand(self) -> None:
        """Read as many of its mails as may be decided together."""
        self._drop_known()
        if not self.rows:
            return
        numbers = [row.id for row in self.rows]
        raws = self.database.read(lambda conn: inbox.raws(conn, numbers))
        mails = [(RawMail(row, raws[row.id]), read_mail(raws[row.id])) for row in self.rows]
        look = Understanding(
            cast(DatabaseThread, _Looks(self.database)),
            self.letters,
            self.own,
            "",
            cast(Sandbox, _Open()),
            self.tables.kinds,
        )
        found = asyncio.run(look.of_first(mails))
        self.understood = [cast(Understood, each) for each in found]
        self.rows = self.rows[len(found) :]

    def decide(self) -> tuple[Understood, str]:
        """Let follow what follows from a mail; return which one, and what that was."""
        taken = self.understood.pop(0)
        return taken, self.database.write(
            lambda conn: decide_mail.decide(
                Turn(conn, self.letters, self.now()), self.tables, taken
            )
        )

    def fail(self) -> tuple[inbox.Row, int]:
        """Fail to read a mail, as intake does; return which one, and which try that was."""
        row = self.rows.pop(0)
        tries = self.database.write(lambda conn: inbox_claims.count_try(conn, row))
        if tries >= MOST_TRIES:
            self.database.write(
                lambda conn: inbox.settle_claimed(
                    conn, row, state="held", rule="it cannot be read"
                )
            )
        return row, tries

    def _drop_known(self) -> None:
        """Drop what came before to the byte."""
        numbers = [row.id for row in self.rows]
        known = self.database.read(lambda conn: inbox.same_bytes_before(conn, numbers))

        def drop(conn: sa.Connection) -> None:
            for row in self.rows:
                if row.id in known:
                    inbox.settle_claimed(conn, row, state="dropped", rule=inbox.COPY_RULE)

        self.database.write(drop)
        self.rows = [row for row in self.rows if row.id not in known]

    def be_taken_for_dead(self) -> None:
        """Let others have what it took; it lives on, and does not know."""
        self.database.write(lambda conn: inbox_claims.release(conn, [self.name]))

    def die(self) -> None:
        """Forget all: what begins anew has the name only."""
        self.be_taken_for_dead()
        self.rows.clear()
        self.understood.clear()
