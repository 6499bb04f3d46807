"""Joining by mail: one confirm mail, and nothing more until it is answered.

Anybody can write somebody else's address into a From header. So what such a mail can cause is
bounded for the owner of the address and for the course, and the confirm mail says nothing that
the stranger has written.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from maildriver.domain.address import base_address_of, parse_address
from maildriver.domain.course import Course
from maildriver.enrolment.enrol import EnrolRequest, enrol
from maildriver.enrolment.welcome import MOST_CONFIRMS
from maildriver.errors import AddressError
from maildriver.store import enrolments, outbox

#: What `join` returns for one who is in the course.
ENROLLED = "is enrolled already"

_A_DAY = timedelta(days=1)
#: Strangers who may be asked to confirm in an hour, for one course.
MOST_PER_HOUR = 20


def join(conn: sa.Connection, course: Course, sender: str, now: datetime) -> str:
    """Ask an address to confirm, if that may be; return what was done, or why not."""
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
    """Tell whether the owner of an address, however it is spelt, has been asked enough."""
    asked = outbox.confirms_to(conn, base_address_of(address))
    return len(asked) >= MOST_CONFIRMS or any(now - at < _A_DAY for at in asked)
