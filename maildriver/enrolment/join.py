"""Joining a course by mail: one confirm mail, nothing else until confirmed.

Anybody can write somebody else's address into a From header. So the number of confirm mails is
limited for each recipient and each course, and a confirm mail repeats no text of the stranger's.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.domain.address import base_address_of, parse_address
from maildriver.domain.course import Course
from maildriver.enrolment.enrol import EnrolRequest, enrol
from maildriver.enrolment.welcome import MOST_CONFIRMS
from maildriver.errors import AddressError
from maildriver.store import enrolments, outbox

#: The result of `join` for an enrolled student.
ENROLLED = "is enrolled already"

_A_DAY = timedelta(days=1)
#: New people who may be asked to confirm within an hour, in one course.
MOST_PER_HOUR = 20


def join(conn: sa.Connection, course: Course, sender: str, now: datetime) -> str:
    """Ask an address to confirm, if the limits allow it; return what was done, or why nothing."""
    try:
        address = parse_address(sender)
    except AddressError:
        return "no address that can be written to"
    found = enrolments.of_course(conn, course.slug, [address.lower()])
    if found and found[0].state not in {"asked", "left"}:
        return ENROLLED
    if course.join == "closed":
        return "the course is closed"
    if _asked_too_often(conn, address, now):
        return "was asked to confirm before"
    if found:
        enrolments.change(conn, found[0].id, state="asked", greet_at=now)
        return "asked to confirm"
    if enrolments.count_asked(conn, course.slug, now - timedelta(hours=1)) >= MOST_PER_HOUR:
        return "too many want to join within an hour"
    enrol(conn, course, [EnrolRequest(address)], now)
    return "asked to confirm"


def _asked_too_often(conn: sa.Connection, address: str, now: datetime) -> bool:
    """Return whether a person was asked to confirm often enough, under any subaddress."""
    asked = outbox.confirms_to(conn, base_address_of(address))
    return len(asked) >= MOST_CONFIRMS or any(now - at < _A_DAY for at in asked)
