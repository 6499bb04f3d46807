"""A TCP proxy on loopback whose connections break when the test says so."""

import asyncio
import socket
import struct

from support.servers.listener import Listener

_CHUNK = 16_384


class Proxy(Listener):
    """Passes bytes to a server until it is told to stall, cut, reset or throttle.

    async with Proxy(server_port) as proxy:
        ...connect to proxy.port...
        proxy.cut()
    """

    def __init__(self, target: int, *, host: str = "127.0.0.1") -> None:
        super().__init__()
        self._target = (host, target)
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._bytes_left: int | None = None
        self._rate: float | None = None
        self.accepted = 0  # connections so far
        self.from_client = b""  # all that clients have sent so far
        self.to_client = 0  # bytes so far

    async def close(self) -> None:
        """Take no more connections, and break off those that are open."""
        self.reset()
        await super().close()

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

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on what either side says until one is gone."""
        self.accepted += 1
        self._open.add(writer)
        far: asyncio.StreamWriter | None = None
        try:
            far_reader, far = await asyncio.open_connection(*self._target)
            self._open.add(far)
            await asyncio.gather(self._up(reader, far), self._down(far_reader, writer))
        finally:
            for side in (writer, far):
                if side is not None:
                    side.close()
                    self._open.discard(side)

    async def hang_up(self, writer: asyncio.StreamWriter) -> None:
        """Leave it to what closed it: in an orderly way, or not."""

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
                await asyncio.sleep(len(data) / self._rate)  # as a slow line would
        writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None and connection.fileno() != -1:
        # Closing with a linger time of zero sends RST instead of FIN.
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    writer.transport.abort()
