"""Cache of parts that many messages share, above all attachments."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from maildriver.database.thread import DatabaseThread
from maildriver.domain import frozen_message
from maildriver.domain.frozen_message import BlobPart
from maildriver.store import blobs
from maildriver.transport.smtp.content import checked

#: Bytes kept between messages. Above this, the least recently used part goes first.
KEPT_BYTES = 64_000_000


@dataclass(slots=True)
class SharedParts:
    """A cache that reads and encodes each shared part once, and holds one copy."""

    db: DatabaseThread
    _shared: OrderedDict[BlobPart, bytes] = field(default_factory=OrderedDict)
    _size: int = 0
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def pieces_of(self, parts: bytes) -> list[bytes]:
        """Return a message's pieces in order; a shared part is one object in all messages."""
        found = []
        for piece in frozen_message.split_parts(parts):
            if isinstance(piece, bytes):
                found.append(piece)
            elif piece in self._shared:
                self._shared.move_to_end(piece)
                found.append(self._shared[piece])
            else:
                found.append(await self._fetch(piece))
        return found

    async def _fetch(self, piece: BlobPart) -> bytes:
        async with self._reading:  # many connections may need the part: one copy is made
            if piece not in self._shared:
                blob = await self.db.read(lambda conn: blobs.get(conn, piece.sha256))
                self._keep(piece, checked(piece.wire_bytes(blob)))
            return self._shared[piece]

    def _keep(self, piece: BlobPart, content: bytes) -> None:
        self._size += len(content) - len(self._shared.get(piece, b""))
        self._shared[piece] = content
        while len(self._shared) > 1 and self._size > KEPT_BYTES:
            _, dropped = self._shared.popitem(last=False)
            self._size -= len(dropped)
