"""One batch of due mail: loaded, rendered, and put into the outbox.

What is due is read twice. In between, mail is rendered in a thread, so that nothing slow happens
in a transaction. The second time, only mail that is due unchanged is put into the outbox.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import sqlalchemy as sa

from maildriver import failpoints
from maildriver.database.thread import DatabaseThread
from maildriver.store import outbox

Due = TypeVar("Due")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class DueMail(Generic[Due, Made]):
    """How a service loads due items, renders their mail, and puts it into the outbox."""

    service: str  # the prefix of its failpoints
    batch: int  # the most items loaded at once
    load: Callable[[sa.Connection, int], Sequence[Due]]  # at most the given number
    make: Callable[[Due], Made]  # in a thread, without a connection
    put: Callable[[sa.Connection, Sequence[Made]], None]
    load_writes: bool = False  # loading changes rows
    ahead: int = outbox.MOST_READY

    async def step(self, db: DatabaseThread) -> bool:
        """Process one batch; return whether anything was due."""
        due = await (db.write if self.load_writes else db.read)(self._load)
        if not due:
            return False
        failpoints.reached(f"{self.service}.due_read")
        made = await asyncio.to_thread(lambda: [self.make(each) for each in due])
        failpoints.reached(f"{self.service}.made")
        await db.write(lambda conn: self.put(conn, made))
        failpoints.reached(f"{self.service}.committed")
        return True

    def _load(self, conn: sa.Connection) -> Sequence[Due]:
        room = outbox.room(conn, self.ahead)
        return self.load(conn, min(room, self.batch)) if room > 0 else ()
