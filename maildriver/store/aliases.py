"""Where students write from, besides the address they are enrolled with.

An enrolled address always wins: whoever is enrolled with it is nobody else's alias.
"""

from datetime import datetime

import sqlalchemy as sa

from maildriver.store.database import insert_new
from maildriver.store.schema import alias, student

_OTHER = student.alias("other")
_NOBODYS_OWN = ~sa.exists().where(_OTHER.c.address == alias.c.address)


def put(conn: sa.Connection, address: str, owner: int, now: datetime) -> bool:
    """Remember that a student writes from an address; False if it is somebody's already."""
    lower = address.lower()
    taken = conn.execute(sa.select(student.c.id).where(student.c.address == lower)).first()
    if taken is not None:
        return False
    return insert_new(conn, alias, address=lower, student=owner, at=now) is not None


def of(conn: sa.Connection, owner: int) -> list[str]:
    """Return where else a student writes from, in lower case."""
    query = sa.select(alias.c.address).where(alias.c.student == owner, _NOBODYS_OWN)
    return list(conn.execute(query.order_by(alias.c.address)).scalars())


def enrolled_address(conn: sa.Connection, address: str) -> str | None:
    """Return the enrolled address of whoever writes from that alias, or None if nobody does."""
    query = sa.select(student.c.address).join(alias, alias.c.student == student.c.id)
    found = conn.execute(query.where(alias.c.address == address.lower(), _NOBODYS_OWN))
    return found.scalar()


def remove(conn: sa.Connection, address: str, owner: int) -> bool:
    """Forget an alias of a student; False if it is none of theirs."""
    result = conn.execute(
        sa.delete(alias).where(alias.c.address == address.lower(), alias.c.student == owner)
    )
    return result.rowcount == 1
