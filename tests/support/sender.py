"""A sender with its outbox and its server, all in this process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from support.clock import Clock
from support.prepared import prepared
from support.servers.sink import Script, Sink

from maildriver.database.engine import Database
from maildriver.database.thread import DatabaseThread
from maildriver.outbound.sender import Sender
from maildriver.outbound.shared_parts import SharedParts
from maildriver.store import outbox
from maildriver.transport.smtp.connection import Smarthost


class Post:
    """A sender, its outbox, and the server it sends to."""

    def __init__(self, sink: Sink, db: DatabaseThread, clock: Clock, **more: Any) -> None:
        self.sink, self.db, self.clock = sink, db, clock
        self.told: list[str] = []
        self.sender = Sender(
            db=db,
            smarthost=Smarthost("127.0.0.1", sink.port, "none"),
            credential=self.no_credential,
            process="me",
            now=clock,
            connections=2,
            shared_parts=SharedParts(db),
            unsure_after=timedelta(minutes=15),
            alert=self.tell,
            **more,
        )

    async def no_credential(self) -> None:
        return None

    async def tell(self, problem: str, text: str) -> None:
        self.told.append(f"{problem}: {text}")

    async def put(self, count: int) -> None:
        for number in range(count):
            message = outbox.Message(
                key=f"packet:{number}",
                token=f"{number:a>24}",
                kind="packet",
                address=f"student-{number}@example.org",
                mail_from="course@example.org",
                parts=f"Message-ID: <{number}@x>\r\n\r\nHello\r\n".encode(),
            )
            await self.db.write(partial(outbox.put, message=message, now=self.clock()))

    async def states(self) -> dict[str, int]:
        return await self.db.read(outbox.count)

    async def send_for(self, time: timedelta, step: timedelta) -> None:
        end = self.clock() + time
        while self.clock() < end:
            while await self.sender.step():
                pass
            self.clock.advance(step)


@asynccontextmanager
async def a_post(
    tmp_path: Path, clock: Clock, script: Script | None = None, **more: Any
) -> AsyncIterator[Post]:
    database = Database(prepared(tmp_path / "maildriver.db"), turn=tmp_path / "turn.lock")
    db = DatabaseThread(database)
    try:
        async with Sink(script) as sink:
            post = Post(sink, db, clock, **more)
            yield post
            await post.sender.close()
    finally:
        await asyncio.to_thread(db.close)
        database.close()
