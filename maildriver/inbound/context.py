"""The context of a mail: its sender, and the message it answers."""

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
    """All that intake must look up before it decides about a mail."""

    in_reply_to: outbox.Row | None  # the message of ours that the mail answers or reports on
    found_in: str  # where the token of that message was found
    about: str  # the number of the post answered, or "private"; from the address
    named: tuple[outbox.Row, ...]  # all our messages whose tokens the mail names
    owner: Enrolment | None  # the recipient of `in_reply_to`
    writes_from: tuple[str, ...]  # the addresses of `owner`, in lower case
    sender: tuple[Enrolment, ...]  # the enrolments of the From address, or of an alias
    joins: str  # the course that the mail asks to join; empty if there is none

    def people(self, mail: Mail) -> frozenset[str]:
        """Return the addresses of all people whom a mail may concern."""
        about = {each.address.lower() for each in self.named}
        about.update(self.writes_from, (each.student.address.lower() for each in self.sender))
        return frozenset(about | {(mail.sender or "").lower()} - {""})

    @property
    def enrolment(self) -> Enrolment | None:
        """The enrolment of a mail: the recipient's, or that of a sender in one course only."""
        if self.owner is not None:
            return self.owner
        return self.sender[0] if len(self.sender) == 1 else None


def context_of(
    conn: sa.Connection, mail: Mail, tokens: Sequence[FoundToken], own: SiteAddress
) -> Context:
    """Return the context of a mail with these tokens."""
    return contexts_of(conn, [(mail, tokens)], own)[0]


def contexts_of(
    conn: sa.Connection, mails: Sequence[tuple[Mail, Sequence[FoundToken]]], own: SiteAddress
) -> list[Context]:
    """Return the context of each mail; each comes with its tokens."""
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
    """Return the enrolments of the student who writes from each address, aliases included."""
    found = enrolments.of_addresses(conn, addresses)
    unknown = [address for address, theirs in found.items() if not theirs]
    enrolled = aliases.enrolled_addresses(conn, unknown)
    of_aliases = enrolments.of_addresses(conn, set(enrolled.values()))
    return found | {alias: of_aliases[address] for alias, address in enrolled.items()}
