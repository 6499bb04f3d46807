"""Aliases: whose an address is, on both databases."""

import sqlalchemy as sa
from support.clock import Clock

from maildriver.database.engine import Database
from maildriver.store import aliases, students

ADA, BO = "ada@example.org", "bo@example.org"


def put(database: Database, *addresses: str) -> None:
    new = [students.NewStudent(each, "", "en", "UTC") for each in addresses]
    database.write(lambda conn: students.put_all(conn, new))


def test_an_alias_is_of_one_student_and_an_enrolled_address_of_none(
    database: Database, clock: Clock
) -> None:
    put(database, ADA, BO)
    ids = database.read(lambda conn: students.of_addresses(conn, [ADA, BO]))
    ada, bo = ids[ADA].id, ids[BO].id

    def remember(conn: sa.Connection) -> list[bool]:
        wanted = [("Work@Example.com", ada), ("work@example.com", bo), (BO, ada)]
        return [aliases.put(conn, address, owner, clock()) for address, owner in wanted]

    assert database.write(remember) == [True, False, False], "it is Ada's; and Bo's own"
    assert database.read(lambda conn: aliases.of_student(conn, ada)) == ["work@example.com"]
    found = database.read(lambda conn: aliases.enrolled_address(conn, "WORK@example.com"))
    assert found == ADA

    put(database, "work@example.com")
    assert database.read(lambda conn: aliases.of_student(conn, ada)) == [], (
        "an enrolled address wins"
    )
    found = database.read(lambda conn: aliases.enrolled_address(conn, "work@example.com"))
    assert found is None
    assert not database.write(lambda conn: aliases.remove(conn, "work@example.com", bo))
    assert database.write(lambda conn: aliases.remove(conn, "work@example.com", ada))
