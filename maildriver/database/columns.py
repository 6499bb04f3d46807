"""Column types that SQLite and PostgreSQL spell differently, and common columns.

A moment is stored as whole microseconds since 1970 in UTC: it sorts and compares as a number,
and both databases return exactly what was stored.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: The earliest moment: whatever is due at it is overdue.
LONG_AGO = _EPOCH


class Moment(sa.TypeDecorator[datetime]):
    """An aware datetime, in UTC when it comes back."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        del dialect
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        del dialect
        return None if value is None else _EPOCH + value * _MICROSECOND


def stored(moment: datetime) -> int:
    """Return a moment as its column holds it: microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


#: Text that both databases sort by its bytes, so that all keys of one prefix are a range.
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

#: The id of a row. SQLite assigns ids only where the column type is INTEGER.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str, default: str = "") -> sa.Column[str]:
    """Return a text column that is never null."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default, default=default)


def flag(name: str) -> sa.Column[bool]:
    """Return a boolean column that is false by default."""
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false(), default=False)


def count(name: str) -> sa.Column[int]:
    """Return an integer column that starts at 0."""
    return sa.Column(name, sa.Integer, nullable=False, server_default="0", default=0)


def enrolment_id(*, nullable: bool = False) -> sa.Column[int]:
    """Return the column that refers to an enrolment; the row is deleted with it."""
    key = sa.ForeignKey("enrolment.id", ondelete="CASCADE")
    return sa.Column("enrolment_id", Id, key, nullable=nullable)


def index_of_some(name: str, column: str, where: str) -> sa.Index:
    """Return a partial index: of the rows for which the condition `where` is true."""
    condition = sa.text(where)
    return sa.Index(name, column, sqlite_where=condition, postgresql_where=condition)
