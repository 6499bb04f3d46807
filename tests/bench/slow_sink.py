"""A server that takes everything, and thinks for a while before each reply: a relay far away.

smtp-sink can wait too, but only for whole seconds.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_REPLIES = {
    b"EHLO": b"250-slow\r\n250-PIPELINING\r\n250 8BITMIME\r\n",
    b"DATA": b"354 go on\r\n",
    b"QUIT": b"221 bye\r\n",
}
_END = b"\r\n.\r\n"


@contextmanager
def slow_sink(seconds: float) -> Iterator[int]:
    """Run one in a process of its own for as long as the block lasts; provide its port."""
    command = [sys.executable, __file__, str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


class _Session(asyncio.Protocol):
    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._transport: asyncio.Transport
        self._buffer = b""
        self._in_data = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say(b"220 slow\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        replies = b""
        while (reply := self._next()) is not None:
            replies += reply
        if replies:
            self._say(replies)

    def _say(self, replies: bytes) -> None:
        asyncio.get_running_loop().call_later(self._seconds, self._transport.write, replies)

    def _next(self) -> bytes | None:
        """Return the reply to what has come, if all of it has."""
        if self._in_data:
            _, found, after = self._buffer.partition(_END)
            if not found:
                self._buffer = self._buffer[-len(_END) :]  # the end may be cut in two
                return None
            self._buffer, self._in_data = after, False
            return b"250 taken\r\n"
        line, found, after = self._buffer.partition(b"\r\n")
        if not found:
            return None
        self._buffer, verb = after, line[:4].upper()
        if verb == b"DATA":
            self._in_data = True
            self._buffer = b"\r\n" + self._buffer  # so that a lone dot ends an empty message
        return _REPLIES.get(verb, b"250 ok\r\n")


async def _serve(seconds: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Session(seconds), "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
