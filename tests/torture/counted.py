"""A database of which one can know, without asking it, that it is as it was."""

import sqlalchemy as sa

from maildriver.database.engine import Database, T, Work


class CountedDatabase(Database):
    """One that counts its changes; that they outlast a power cut is tested elsewhere."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.changes = 0
        sa.event.listen(
            self._writer, "connect", lambda conn, _: conn.execute("PRAGMA synchronous=OFF")
        )

    def write(self, work: Work[T]) -> T:
        """Return what `work` returns, once it is done."""
        self.changes += 1
        return super().write(work)
