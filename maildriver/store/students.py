"""Students, by their address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from maildriver.database.schema import student
from maildriver.domain.address import base_address_of
from maildriver.domain.enrolment import Student
from maildriver.domain.ids import StudentId

#: The columns of a student, to be selected alone or with those of an enrolment.
COLUMNS = (
    student.c.id.label("student_id"),
    student.c.address_as_given,
    student.c.name,
    student.c.language,
    student.c.zone,
)


@dataclass(frozen=True, slots=True)
class NewStudent:
    """A student who is not stored yet."""

    address: str
    name: str
    language: str
    zone: str


def get(conn: sa.Connection, address: str) -> Student | None:
    """Return the student with that address, however it is capitalised."""
    row = conn.execute(sa.select(*COLUMNS).where(student.c.address == address.lower()))
    found = row.one_or_none()
    return None if found is None else from_row(found)


def of_addresses(conn: sa.Connection, addresses: Sequence[str]) -> dict[str, Student]:
    """Return the students of those lower-case addresses, by address."""
    rows = conn.execute(sa.select(*COLUMNS).where(student.c.address.in_(addresses)))
    return {found.address.lower(): found for found in map(from_row, rows)}


def put_all(conn: sa.Connection, new: Sequence[NewStudent]) -> None:
    """Store new students, whose addresses nobody has yet."""
    if new:
        conn.execute(
            sa.insert(student),
            [
                {
                    "address": each.address.lower(),
                    "address_as_given": each.address,
                    "base_address": base_address_of(each.address),
                    "name": each.name,
                    "language": each.language,
                    "zone": each.zone,
                }
                for each in new
            ],
        )


def change(conn: sa.Connection, student_id: StudentId, **values: str) -> None:
    """Change `name`, `language`, `zone` or `address` of a student."""
    if "address" in values:
        values["address_as_given"] = values["address"]
        values["base_address"] = base_address_of(values["address"])
        values["address"] = values["address"].lower()
    conn.execute(sa.update(student).where(student.c.id == student_id).values(**values))


def from_row(row: Any) -> Student:
    """Return the student in a row with `COLUMNS`."""
    return Student(row.student_id, row.address_as_given, row.name, row.language, row.zone)
