"""Parts of tables for migrations.

Nothing here comes from `database.columns` or the schema: a migration makes the same tables for
ever, whatever becomes of those.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.types import TypeEngine

TEXT = sa.Text()
NUMBER = sa.Integer()
BIG = sa.BigInteger()
BYTES = sa.LargeBinary()
DATE = sa.Date()
MOMENT = sa.BigInteger()  # microseconds since 1970
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
KEY = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def required(name: str, kind: TypeEngine[Any]) -> sa.Column[Any]:
    """Return a column that is never null and has no default."""
    return sa.Column(name, kind, nullable=False)


def optional(name: str, kind: TypeEngine[Any]) -> sa.Column[Any]:
    """Return a column that may be null."""
    return sa.Column(name, kind, nullable=True)


def text(name: str, default: str = "") -> sa.Column[str]:
    """Return a column of text that is never null."""
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def count(name: str) -> sa.Column[int]:
    """Return a column that counts from 0."""
    return sa.Column(name, sa.Integer(), nullable=False, server_default="0")


def flag(name: str) -> sa.Column[bool]:
    """Return a column that is false unless it is set."""
    return sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())


def create(
    table: str,
    *columns: sa.Column[Any],
    key: Sequence[str] = ("id",),
    unique: Collection[Sequence[str]] = (),
    refers: Mapping[str, str] | None = None,
    belongs: Mapping[str, str] | None = None,
) -> None:
    """Create a table with its primary key, unique constraints and foreign keys.

    `refers` maps columns to the columns that they refer to. A row is deleted with those that it
    `belongs` to.
    """
    op.create_table(
        table,
        *columns,
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        *(
            sa.UniqueConstraint(*each, name=op.f(f"uq_{table}_{'_'.join(each)}"))
            for each in unique
        ),
        *(_foreign_key(table, *each) for each in (refers or {}).items()),
        *(_foreign_key(table, *each, ondelete="CASCADE") for each in (belongs or {}).items()),
    )


def index(table: str, *columns: str) -> None:
    """Create an index of all rows."""
    op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, columns)


def index_of_some(name: str, table: str, column: str, where: str) -> None:
    """Create an index of those rows that a condition is true of."""
    some = sa.text(where)
    op.create_index(op.f(name), table, [column], sqlite_where=some, postgresql_where=some)


def _foreign_key(
    table: str, column: str, target: str, ondelete: str | None = None
) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}")
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete=ondelete)
