"""A TCP proxy on loopback whose connections break when the test says so."""

import asyncio
import socket
import struct
from types import TracebackType
from typing import Self

_CHUNK = 16_384


class Proxy:
    """Passes bytes to a server until it is told to stall, cut, reset or throttle.

    async with Proxy(server_port) as proxy:
        ...connect to proxy.port...
        proxy.cut()
    """

    def __init__(self, target: int, *, host: str = "127.0.0.1") -> None:
        self._target = (host, target)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._bytes_left: int | None = None
        self._rate: float | None = None
        self._server: asyncio.Server | None = None
        self.port = 0
        self.accepted = 0  # connections so far
        self.from_client = b""  # all that clients have sent so far
        self.to_client = 0  # bytes so far

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        self.reset()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # -- trouble -------------------------------------------------------------------

    def stall(self) -> None:
        """Pass nothing on any connection, old or new, until `resume`."""
        self._flowing.clear()

    def resume(self) -> None:
        """Pass what has waited, and all that follows."""
        self._flowing.set()

    def cut(self) -> None:
        """Close all connections in an orderly way (FIN)."""
        for writer in self._open:
            writer.close()

    def reset(self) -> None:
        """Break all connections off (RST)."""
        for writer in self._open:
            _reset(writer)

    def cut_after(self, count: int) -> None:
        """Break off after `count` more bytes have gone to clients."""
        self._bytes_left = count

    def throttle(self, bytes_per_second: float | None) -> None:
        """Slow down what goes to clients; None lifts it."""
        self._rate = bytes_per_second

    # -- passing on ----------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection(*self._target)
            self._open.add(far)
            await asyncio.gather(self._up(reader, far), self._down(far_reader, writer))
        except (OSError, asyncio.CancelledError):
            pass  # one side is gone, so the other goes too
        finally:
            for side in (writer, far):
                if side is not None:
                    side.close()
                    self._open.discard(side)
            self._tasks.discard(task)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            self.from_client += data
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_CHUNK):
            await self._flowing.wait()
            if self._bytes_left is not None:
                data = data[: self._bytes_left]
                self._bytes_left -= len(data)
            writer.write(data)
            await writer.drain()
            self.to_client += len(data)
            if self._bytes_left == 0:
                self._bytes_left = None
                break
            if self._rate is not None:
                await asyncio.sleep(len(data) / self._rate)
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        # Closing with a linger time of zero sends RST instead of FIN.
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
