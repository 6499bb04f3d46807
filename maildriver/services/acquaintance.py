"""What the database knows of a mail's sender and of the message it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from maildriver.domain.enrolment import Enrolment
from maildriver.domain.join import joined_course
from maildriver.domain.mail import Mail
from maildriver.domain.sift import FoundToken
from maildriver.domain.token import SiteAddress
from maildriver.store import aliases, courses, enrolments, outbox


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """All that intake needs to know before it decides."""

    answers: outbox.Row | None  # our message that it answers or reports
    place: str  # where its token was found
    about: str  # what of it is answered, if the address says so: a number, or "private"
    named: tuple[outbox.Row, ...]  # all our messages whose tokens it names
    owner: Enrolment | None  # whose message that was
    writes_from: tuple[str, ...]  # the addresses of that owner, in lower case
    sender: tuple[Enrolment, ...]  # the enrolments of the From address, or of whose alias it is
    joins: str  # the course that it asks to join, where there is such a course

    @property
    def enrolment(self) -> Enrolment | None:
        """Whose business this is: the token's owner, else a sender in one course only."""
        if self.owner is not None:
            return self.owner
        return self.sender[0] if len(self.sender) == 1 else None


def acquaintance(
    conn: sa.Connection, mail: Mail, tokens: Sequence[FoundToken], own: SiteAddress
) -> Acquaintance:
    """Return what is known of a mail."""
    wished = joined_course(mail, own)
    rows = outbox.by_token(conn, [each.token for each in tokens]) if tokens else {}
    ours = [each for each in tokens if each.token in rows]
    answers = rows[ours[0].token] if ours else None
    owner = None
    if answers is not None and answers.enrolment is not None:
        owner = enrolments.get(conn, answers.enrolment)
    writes_from: tuple[str, ...] = ()
    if owner is not None:
        writes_from = (owner.student.address.lower(), *aliases.of(conn, owner.student.id))
    return Acquaintance(
        answers=answers,
        place=ours[0].place if ours else "",
        about=ours[0].about if ours else "",
        named=tuple(rows[each.token] for each in ours),
        owner=owner,
        writes_from=writes_from,
        sender=_enrolments_of(conn, mail.sender) if mail.sender else (),
        joins=wished if wished and courses.fingerprint(conn, wished) else "",
    )


def _enrolments_of(conn: sa.Connection, sender: str) -> tuple[Enrolment, ...]:
    found = enrolments.of(conn, sender)
    if not found and (enrolled := aliases.enrolled_address(conn, sender)) is not None:
        found = enrolments.of(conn, enrolled)
    return tuple(found)
