"""A process that sends, as far as the outbox knows of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from maildriver.domain.delivery import Decision
from maildriver.services.ledger import Ledger
from maildriver.store.claims import Claimed
from maildriver.store.database import Database
from maildriver.store.thread import DatabaseThread


@dataclass
class Worker:
    """What it has claimed, and what it has sent the dot of."""

    name: str
    database: Database
    now: Callable[[], datetime]
    claimed: list[Claimed] = field(default_factory=list)
    dotted: list[tuple[Claimed, bool]] = field(default_factory=list)  # and whether it was taken

    def fence(self, message: Claimed) -> bool:
        """Ask for the dot of a message as a sender does."""
        allowed, _ = self.database.write(lambda conn: self._ledger().book(conn, [], [message.id]))
        return message.id in allowed

    def record(self, message: Claimed, decision: Decision) -> None:
        """Write down what became of a message as a sender does."""
        self.database.write(lambda conn: self._ledger().book(conn, [(message, decision)], []))

    def _ledger(self) -> Ledger:
        return Ledger(
            db=cast(DatabaseThread, None),
            owner=self.name,
            now=self.now,
            claim=lambda _: [],
            take=lambda _: None,
            working=lambda: 1,
        )
