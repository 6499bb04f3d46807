"""Column types that SQLite and PostgreSQL would spell differently.

A moment is stored as whole microseconds since 1970 in UTC: it sorts, it compares, and
it comes back exactly as it went in, from both databases.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

#: The earliest moment: something due at it has been late since for ever.
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
    """Return what a column holds for a moment: microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


#: A text whose order is that of its bytes on both databases, so that a prefix is a range.
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")

#: A row's own number. SQLite counts by itself only in a column called INTEGER.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def text(name: str, default: str = "") -> sa.Column[str]:
    """Return a column of text that is never null."""
    return sa.Column(name, sa.Text, nullable=False, server_default=default, default=default)


def flag(name: str) -> sa.Column[bool]:
    """Return a column that says whether something is so; false unless it is said."""
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.false(), default=False)


def count(name: str) -> sa.Column[int]:
    """Return a column that counts from 0."""
    return sa.Column(name, sa.Integer, nullable=False, server_default="0", default=0)


def enrolment_id(*, nullable: bool = False) -> sa.Column[int]:
    """Return the column that refers to an enrolment; the row is deleted with it."""
    key = sa.ForeignKey("enrolment.id", ondelete="CASCADE")
    return sa.Column("enrolment_id", Id, key, nullable=nullable)


def index_of_some(name: str, column: str, where: str) -> sa.Index:
    """Return an index of those rows only that a condition is true of."""
    condition = sa.text(where)
    return sa.Index(name, column, sqlite_where=condition, postgresql_where=condition)
