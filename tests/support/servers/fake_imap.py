"""An IMAP server that misbehaves as a script says, for what no real one does."""

import asyncio
import ssl
from collections.abc import AsyncIterable, AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from support.servers.listener import Listener

from maildriver.domain.credential import Password
from maildriver.transport.imap.mailbox import ImapAccount, Mailbox, open_mailbox

#: What is sent in answer to a command: bytes, in which TAG stands for the command's tag;
#: several, with a line read from the client after each but the last; a stream that may
#: never end; None for silence; CUT to hang up.
Reply = bytes | list[bytes] | Callable[[], AsyncIterable[bytes]] | None

CUT = b"\0cut"

WILLING: dict[str, Reply] = {
    "CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE AUTH=PLAIN\r\nTAG OK done\r\n",
    "AUTHENTICATE": [b"+ \r\n", b"TAG OK welcome\r\n"],
    "EXAMINE": b"* 3 EXISTS\r\n* OK [UIDVALIDITY 77] ok\r\n* OK [UIDNEXT 4] ok\r\nTAG OK done\r\n",
    "NOOP": b"TAG OK done\r\n",
    "UID SEARCH": b"* SEARCH 1 2 3\r\nTAG OK done\r\n",
    "IDLE": [b"+ idling\r\n", b"TAG OK done\r\n"],
    "LOGOUT": b"* BYE\r\nTAG OK bye\r\n",
    "STARTTLS": b"TAG OK begin\r\n",
}


class FakeImap(Listener):
    """Willing to do everything, except where `replies` says otherwise.

    async with FakeImap({"EXAMINE": None}) as server:
        ...connect to server.port...
    """

    def __init__(
        self,
        replies: dict[str, Reply] | None = None,
        *,
        greeting: bytes | None = b"* OK hello\r\n",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__()
        self.replies = WILLING | (replies or {})
        self.lines: list[bytes] = []  # all that clients have said
        self.sent = 0  # bytes
        self._greeting = greeting
        self._starttls = tls

    def said(self) -> bytes:
        """Return all that clients have said, as one text."""
        return b"\n".join(self.lines)

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer each line as the script says."""
        await self._say(writer, self._greeting, b"")
        while line := (await reader.readline()).rstrip(b"\r\n"):
            self.lines.append(line)
            tag, *words = line.split()
            name = " ".join(word.decode().upper() for word in words[:2])
            reply = self.replies.get(name, self.replies.get(name.split()[0], b"TAG BAD what?\r\n"))
            if not isinstance(reply, list):
                await self._say(writer, reply, tag)
            else:
                for part in reply[:-1]:
                    await self._say(writer, part, tag)
                    self.lines.append((await reader.readline()).rstrip(b"\r\n"))
                await self._say(writer, reply[-1], tag)
            if name == "STARTTLS" and self._starttls is not None:
                await writer.start_tls(self._starttls)

    async def _say(
        self,
        writer: asyncio.StreamWriter,
        reply: bytes | Callable[[], AsyncIterable[bytes]] | None,
        tag: bytes,
    ) -> None:
        if reply is None:
            await asyncio.sleep(3600)  # silence, until the client has had enough
        elif isinstance(reply, bytes):
            text, cut, _ = reply.replace(b"TAG", tag).partition(CUT)
            await self._write(writer, text)
            if cut:
                raise ConnectionResetError
        else:
            async for piece in reply():
                await self._write(writer, piece.replace(b"TAG", tag))

    async def _write(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        self.sent += len(data)
        writer.write(data)
        await writer.drain()


def account(server: FakeImap, **changes: Any) -> ImapAccount:
    """Return an account on a fake server, which bears a long silence unless told otherwise."""
    values = {"host": "127.0.0.1", "security": "none", "user": "course", "timeout": 30}
    return ImapAccount(**{**values, "port": server.port, **changes})


@asynccontextmanager
async def mailbox_on(
    replies: dict[str, Reply] | None = None, **changes: Any
) -> AsyncIterator[Mailbox]:
    """Provide a mailbox that is open on a fake server with these replies."""
    async with (
        FakeImap(replies) as server,
        open_mailbox(account(server, **changes), Password("secret"), "INBOX") as mailbox,
    ):
        yield mailbox
