"""Aliases: addresses that students write from, besides the enrolled one.

An enrolled address always wins: it is never an alias of another student.
"""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from maildriver.database.engine import insert_new
from maildriver.database.schema import alias, student
from maildriver.domain.ids import StudentId

_OTHER = student.alias("other")
_NOT_ENROLLED = ~sa.exists().where(_OTHER.c.address == alias.c.address)


def put(conn: sa.Connection, address: str, student_id: StudentId, now: datetime) -> bool:
    """Store an alias of a student; return False if the address is in use already."""
    lower = address.lower()
    taken = conn.execute(sa.select(student.c.id).where(student.c.address == lower)).first()
    if taken is not None:
        return False
    return insert_new(conn, alias, address=lower, student_id=student_id, at=now) is not None


def of_student(conn: sa.Connection, student_id: StudentId) -> list[str]:
    """Return the aliases of a student, in lower case."""
    return of_students(conn, [student_id])[student_id]


def of_students(
    conn: sa.Connection, student_ids: Collection[StudentId]
) -> dict[StudentId, list[str]]:
    """Return the aliases of students, in lower case, by the id of the student."""
    found: dict[StudentId, list[str]] = {owner: [] for owner in student_ids}
    query = sa.select(alias.c.student_id, alias.c.address).where(
        alias.c.student_id.in_(found), _NOT_ENROLLED
    )
    for row in conn.execute(query.order_by(alias.c.address)) if found else ():
        found[row.student_id].append(row.address)
    return found


def enrolled_address(conn: sa.Connection, address: str) -> str | None:
    """Return the enrolled address of the student with that alias, or None if nobody has it."""
    return enrolled_addresses(conn, [address.lower()]).get(address.lower())


def enrolled_addresses(conn: sa.Connection, addresses: Collection[str]) -> dict[str, str]:
    """Return the enrolled address of each alias among these lower-case addresses."""
    if not addresses:
        return {}
    query = sa.select(alias.c.address, student.c.address.label("enrolled")).join(
        student, alias.c.student_id == student.c.id
    )
    rows = conn.execute(query.where(alias.c.address.in_(addresses), _NOT_ENROLLED))
    return {row.address: row.enrolled for row in rows}


def remove(conn: sa.Connection, address: str, student_id: StudentId) -> bool:
    """Delete an alias of a student; return whether the student had it."""
    result = conn.execute(
        sa.delete(alias).where(
            alias.c.address == address.lower(), alias.c.student_id == student_id
        )
    )
    return result.rowcount == 1
