"""Statements that go straight to the driver: those run for every message.

For these, everything around a statement costs more than the database itself. They are written
in SQLAlchemy and compiled once for each dialect. Values go in and come out as the columns hold
them (a moment is an integer, see `columns.stored`): nothing is converted.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.expression import ClauseElement, Executable
from sqlalchemy.types import TypeEngine

#: From named values to the parameters of a statement, in its order.
_ToParameters = Callable[[Mapping[str, object]], Any]

_BATCH_SIZE = 32  # rows in one statement


class RawStatement:
    """One statement, compiled once for each dialect."""

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        """Prepare a statement; `columns` are those that an INSERT sets."""
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, tuple[str, dict[str, Any], _ToParameters]] = {}

    def rows(self, conn: sa.Connection, values: Mapping[str, object]) -> list[tuple[Any, ...]]:
        """Return the rows of the statement for one set of values; [] if it returns none."""
        text, constants, pick = self._compiled_for(conn)
        with _cursor(conn, text) as cursor:
            cursor.execute(text, pick({**constants, **values}))
            return [] if cursor.description is None else list(cursor.fetchall())

    def many(self, conn: sa.Connection, values: Sequence[Mapping[str, object]]) -> int:
        """Run the statement for each set of values; return how many rows it changed in all."""
        if not values:
            return 0
        text, constants, pick = self._compiled_for(conn)
        with _cursor(conn, text) as cursor:
            cursor.executemany(text, [pick({**constants, **each}) for each in values])
            return int(cursor.rowcount)

    def _compiled_for(self, conn: sa.Connection) -> tuple[str, dict[str, Any], _ToParameters]:
        """Return the SQL for a dialect, its constants, and how to order its values."""
        name = conn.dialect.name
        if name not in self._compiled:
            assert isinstance(self._statement, ClauseElement)
            compiled: Any = self._statement.compile(
                dialect=conn.dialect, column_keys=self._columns
            )
            constants = {key: value for key, value in compiled.params.items() if value is not None}
            self._compiled[name] = str(compiled), constants, _to_parameters(compiled.positiontup)
        return self._compiled[name]


class BatchStatement:
    """One statement for many rows of values, which it reads from a table called `given`."""

    def __init__(
        self,
        columns: Mapping[str, type[TypeEngine[Any]]],
        statement: Callable[[sa.CTE], Executable],
    ) -> None:
        """Prepare a statement: `columns` are those of `given`, `statement` builds it."""
        self._columns = columns
        self._statement = statement
        self._by_count: dict[int, tuple[RawStatement, list[str]]] = {}

    def rows(
        self, conn: sa.Connection, given: Sequence[Sequence[object]], **values: object
    ) -> list[tuple[Any, ...]]:
        """Return the rows of the statement for all rows of `given`; `values` apply to each."""
        found: list[tuple[Any, ...]] = []
        for start in range(0, len(given), _BATCH_SIZE):
            some = list(given[start : start + _BATCH_SIZE])
            # Only statements for 1, 2, 4, 8, ... rows are compiled. The last row is repeated to
            # fill one up, which changes nothing.
            some += some[-1:] * ((1 << (len(some) - 1).bit_length()) - len(some))
            direct, names = self._statement_for(len(some))
            theirs = dict(zip(names, chain.from_iterable(some), strict=True))
            found += direct.rows(conn, theirs | values)
        return found

    def _statement_for(self, count: int) -> tuple[RawStatement, list[str]]:
        """Return the statement for that many rows, and the names of their values in order."""
        if count not in self._by_count:
            rows = [
                [sa.bindparam(f"{name}_{row}", type_=kind) for name, kind in self._columns.items()]
                for row in range(count)
            ]
            columns = [sa.column(name, kind) for name, kind in self._columns.items()]
            given = sa.values(*columns).data([tuple(row) for row in rows]).cte("given")
            names = [param.key for param in chain.from_iterable(rows)]
            self._by_count[count] = RawStatement(self._statement(given)), names
        return self._by_count[count]


@contextmanager
def _cursor(conn: sa.Connection, text: str) -> Iterator[Any]:
    """Lend a cursor of the driver; its errors are raised as SQLAlchemy raises them."""
    cursor = conn.connection.cursor()
    base: Any = conn.dialect.dbapi.Error  # type: ignore[union-attr]
    try:
        yield cursor
    except base as error:
        raise sa.exc.DBAPIError.instance(text, None, error, base, dialect=conn.dialect) from error
    finally:
        cursor.close()


def _to_parameters(order: Sequence[str] | None) -> _ToParameters:
    if order is None:  # the driver takes them by name
        return dict
    if len(order) == 1:
        return lambda values: (values[order[0]],)
    return itemgetter(*order) if order else lambda _: ()
