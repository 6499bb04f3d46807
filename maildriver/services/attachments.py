"""The attachments in use: each read and encoded once, shared by all messages that carry it."""

from collections import OrderedDict
from dataclasses import dataclass, field

from maildriver.domain import wire
from maildriver.store import blobs
from maildriver.store.thread import DatabaseThread

#: Encoded bytes kept between messages. Beyond it the longest unused goes first.
KEPT = 64_000_000


@dataclass(slots=True)
class Attachments:
    """Gives the pieces of a frozen message, with its attachments in place."""

    db: DatabaseThread
    _encoded: OrderedDict[str, bytes] = field(default_factory=OrderedDict)

    async def chunks(self, parts: bytes) -> list[bytes]:
        """Return the message in order; an attachment is the same object in every message."""
        return [
            piece if isinstance(piece, bytes) else await self._get(piece)
            for piece in wire.pieces(parts)
        ]

    async def _get(self, sha256: str) -> bytes:
        if (known := self._encoded.get(sha256)) is None:
            raw = await self.db.read(lambda conn: blobs.get(conn, sha256))
            known = self._encoded[sha256] = wire.encode_attachment(raw)
            while len(self._encoded) > 1 and sum(map(len, self._encoded.values())) > KEPT:
                self._encoded.popitem(last=False)
        self._encoded.move_to_end(sha256)
        return known
