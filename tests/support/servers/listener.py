"""A server on loopback whose conversations end when it does."""

import asyncio
import ssl
from abc import ABC, abstractmethod
from contextlib import suppress
from typing import Self


class Listener(ABC):
    """Takes connections where the system picks, and talks on each as its subclass says.

    async with Server() as server:
        ...connect to server.port...
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.port = 0
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.listen(0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def listen(self, port: int) -> None:
        """Take connections on `port`, or where the system picks if it is 0."""
        self._server = await asyncio.start_server(
            self._serve, "127.0.0.1", port, ssl=self._tls, limit=2**20
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Take no more connections, and end those that are open."""
        assert self._server is not None
        self._server.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    @abstractmethod
    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Have the conversation of one connection; a client that goes ends it."""

    async def hang_up(self, writer: asyncio.StreamWriter) -> None:
        """Close a connection, at once and whatever waits in it."""
        writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self.talk(reader, writer)
        finally:
            self._talks.discard(task)
            await self.hang_up(writer)
