"""A process that sends, as far as the outbox knows of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from maildriver.database.engine import Database
from maildriver.database.thread import DatabaseThread
from maildriver.domain.delivery import Decision
from maildriver.outbound.result_writer import ResultWriter
from maildriver.store.outbox_claims import Claimed


@dataclass
class Worker:
    """What it has claimed, and what it has sent the dot of."""

    name: str
    database: Database
    now: Callable[[], datetime]
    claimed: list[Claimed] = field(default_factory=list)
    dotted: list[tuple[Claimed, bool]] = field(default_factory=list)  # and whether it was taken
    ledger: ResultWriter = field(init=False)

    def __post_init__(self) -> None:
        """Open the ledger."""
        self.ledger = ResultWriter(
            db=cast(DatabaseThread, None),
            process=self.name,
            now=self.now,
            claim=lambda _: [],
            on_claimed=lambda _: None,
            busy_connections=lambda: 1,
        )

    def die(self) -> None:
        """Forget all: what lives on has the name only."""
        self.claimed.clear()
        self.dotted.clear()
        self.__post_init__()

    def fence(self, message: Claimed) -> bool:
        """Ask for the dot of a message as a sender does."""
        allowed, _ = self.database.write(
            lambda conn: self.ledger.record_all(conn, [], [message.id])
        )
        self.ledger.note_committed([], [message] if allowed else [])
        return message.id in allowed

    def record(self, message: Claimed, decision: Decision) -> None:
        """Write down what became of a message as a sender does."""
        answers = [(message, decision)]
        self.database.write(lambda conn: self.ledger.record_all(conn, answers, []))
        self.ledger.note_committed(answers, [])
