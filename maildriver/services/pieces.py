"""What many messages share, attachments above all: read and encoded once, held once."""

from collections import OrderedDict
from dataclasses import dataclass, field

from maildriver.domain import wire
from maildriver.domain.wire import Stored
from maildriver.store import blobs
from maildriver.store.thread import DatabaseThread
from maildriver.transport.smtp_content import cleaned

#: Bytes kept between messages. Beyond it the longest unused goes first.
KEPT = 64_000_000


@dataclass(slots=True)
class Pieces:
    """Gives the pieces of a frozen message, with what it shares in place."""

    db: DatabaseThread
    _shared: OrderedDict[Stored, bytes] = field(default_factory=OrderedDict)
    _size: int = 0

    async def of(self, parts: bytes) -> list[bytes]:
        """Return the message in order; what is shared is the same object in every message."""
        return [
            piece if isinstance(piece, bytes) else await self._get(piece)
            for piece in wire.pieces(parts)
        ]

    async def _get(self, piece: Stored) -> bytes:
        if (known := self._shared.get(piece)) is None:
            blob = await self.db.read(lambda conn: blobs.get(conn, piece.sha256))
            known = cleaned(piece.on_the_wire(blob))
            self._keep(piece, known)
        self._shared.move_to_end(piece)
        return known

    def _keep(self, piece: Stored, content: bytes) -> None:
        self._size += len(content) - len(self._shared.get(piece, b""))
        self._shared[piece] = content
        while len(self._shared) > 1 and self._size > KEPT:
            _, dropped = self._shared.popitem(last=False)
            self._size -= len(dropped)
