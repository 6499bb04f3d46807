"""Statements that go straight to the driver: those that run for every message that is sent.

There everything else around a statement costs more than the database itself. They are written
like all others and compiled once for each dialect; values go in and come out as the columns
hold them (a moment is a number, see `columns.stored`), and nothing is converted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ClauseElement, Executable


class Direct:
    """One statement."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """Take a statement; `columns` are those that an INSERT is given."""
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, tuple[str, dict[str, Any], Sequence[str] | None]] = {}

    def rows(self, conn: sa.Connection, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Return the rows that it gives for one set of values."""
        text, constants, order = self._for(conn)
        with _cursor(conn, text) as cursor:
            cursor.execute(text, _in_order({**constants, **values}, order))
            return list(cursor.fetchall())

    def many(self, conn: sa.Connection, values: Sequence[Mapping[str, object]]) -> int:
        """Run it for each set of values, and return how many rows it changed in all."""
        if not values:
            return 0
        text, constants, order = self._for(conn)
        with _cursor(conn, text) as cursor:
            cursor.executemany(text, [_in_order({**constants, **each}, order) for each in values])
            return int(cursor.rowcount)

    def each(self, conn: sa.Connection, values: Sequence[Mapping[str, object]]) -> list[int]:
        """Run it for each set of values, and return how many rows each of them changed."""
        if not values:
            return []
        text, constants, order = self._for(conn)
        given = [_in_order({**constants, **each}, order) for each in values]
        with _cursor(conn, text) as cursor:
            if conn.dialect.name == "sqlite":
                return [cursor.execute(text, each).rowcount for each in given]
            cursor.executemany(text, given, returning=True)  # one journey for all of them
            return [result.rowcount for result in cursor.results()]

    def _for(self, conn: sa.Connection) -> tuple[str, dict[str, Any], Sequence[str] | None]:
        """Return the text for a dialect, its constants, and the order of its values, if any."""
        name = conn.dialect.name
        if name not in self._compiled:
            assert isinstance(self._statement, ClauseElement)
            compiled: Any = self._statement.compile(
                dialect=conn.dialect, column_keys=self._columns
            )
            constants = {key: value for key, value in compiled.params.items() if value is not None}
            self._compiled[name] = str(compiled), constants, compiled.positiontup
        return self._compiled[name]


@contextmanager
def _cursor(conn: sa.Connection, text: str) -> Iterator[Any]:
    """Lend a cursor of the driver; its errors are told as those of any other statement."""
    cursor = conn.connection.cursor()
    base: Any = conn.dialect.dbapi.Error  # type: ignore[union-attr]
    try:
        yield cursor
    except base as error:
        raise sa.exc.DBAPIError.instance(text, None, error, base, dialect=conn.dialect) from error
    finally:
        cursor.close()


def _in_order(values: Mapping[str, object], order: Sequence[str] | None) -> Any:
    return values if order is None else tuple(values[name] for name in order)
