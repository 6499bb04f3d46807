"""Messages for an outbox: made, stored, and counted by state."""

from typing import Any

from support.clock import Clock

from maildriver.database.engine import Database
from maildriver.store import outbox


def a_message(number: int = 1, **values: Any) -> outbox.Message:
    return outbox.Message(
        **{
            "key": f"note:{number}:hello",
            "token": f"{number:a>24}",
            "kind": "packet",
            "address": f"student-{number}@example.org",
            "mail_from": "course@example.org",
            "parts": b"Subject: 1\r\n\r\nHello\r\n",
        }
        | values
    )


def put(database: Database, clock: Clock, *messages: outbox.Message) -> list[bool]:
    return database.write(lambda conn: [outbox.put(conn, each, clock()) for each in messages])


def states(database: Database) -> dict[str, int]:
    return database.read(outbox.count)
