"""What the database knows of a mail's sender and of the message it answers."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from maildriver.domain.enrolment import Enrolment
from maildriver.domain.token import SiteAddress
from maildriver.mail.command.join import requested_course
from maildriver.mail.kind.ours import FoundToken
from maildriver.mail.message import Mail
from maildriver.store import aliases, courses, enrolments, outbox


@dataclass(frozen=True, slots=True)
class Context:
    """All that intake needs to know before it decides."""

    in_reply_to: outbox.Row | None  # our message that it answers or reports
    found_in: str  # where its token was found
    about: str  # what of it is answered, if the address says so: a number, or "private"
    named: tuple[outbox.Row, ...]  # all our messages whose tokens it names
    owner: Enrolment | None  # whose message that was
    writes_from: tuple[str, ...]  # the addresses of that owner, in lower case
    sender: tuple[Enrolment, ...]  # the enrolments of the From address, or of whose alias it is
    joins: str  # the course that it asks to join, where there is such a course

    def people(self, mail: Mail) -> frozenset[str]:
        """Return the addresses of all whom a mail may be about."""
        about = {each.address.lower() for each in self.named}
        about.update(self.writes_from, (each.student.address.lower() for each in self.sender))
        return frozenset(about | {(mail.sender or "").lower()} - {""})

    @property
    def enrolment(self) -> Enrolment | None:
        """Whose business this is: the token's owner, else a sender in one course only."""
        if self.owner is not None:
            return self.owner
        return self.sender[0] if len(self.sender) == 1 else None


def context_of(
    conn: sa.Connection, mail: Mail, tokens: Sequence[FoundToken], own: SiteAddress
) -> Context:
    """Return what is known of a mail."""
    return contexts_of(conn, [(mail, tokens)], own)[0]


def contexts_of(
    conn: sa.Connection, mails: Sequence[tuple[Mail, Sequence[FoundToken]]], own: SiteAddress
) -> list[Context]:
    """Return what is known of each mail, which has these tokens."""
    tokens = {each.token for _, found in mails for each in found}
    rows = outbox.by_token(conn, tokens) if tokens else {}
    ours = [[each for each in found if each.token in rows] for _, found in mails]
    answers = [rows[found[0].token] if found else None for found in ours]
    wanted = {
        row.enrolment_id for row in answers if row is not None and row.enrolment_id is not None
    }
    owners = enrolments.get_all(conn, wanted)
    others = aliases.of_students(conn, {each.student.id for each in owners.values()})
    senders = _enrolments_of(conn, {mail.sender.lower() for mail, _ in mails if mail.sender})
    known = []
    for (mail, _), found, row in zip(mails, ours, answers, strict=True):
        owner = owners.get(row.enrolment_id) if row is not None and row.enrolment_id else None
        writes_from: tuple[str, ...] = ()
        if owner is not None:
            writes_from = (owner.student.address.lower(), *others[owner.student.id])
        wished = requested_course(mail, own)
        known.append(
            Context(
                in_reply_to=row,
                found_in=found[0].found_in if found else "",
                about=found[0].about if found else "",
                named=tuple(rows[each.token] for each in found),
                owner=owner,
                writes_from=writes_from,
                sender=tuple(senders.get((mail.sender or "").lower(), ())),
                joins=wished if wished and courses.fingerprint(conn, wished) else "",
            )
        )
    return known


def _enrolments_of(conn: sa.Connection, addresses: set[str]) -> dict[str, list[Enrolment]]:
    """Return the enrolments of whoever writes from each address."""
    found = enrolments.of_addresses(conn, addresses)
    unknown = [address for address, theirs in found.items() if not theirs]
    enrolled = aliases.enrolled_addresses(conn, unknown)
    of_aliases = enrolments.of_addresses(conn, set(enrolled.values()))
    return found | {alias: of_aliases[address] for alias, address in enrolled.items()}
