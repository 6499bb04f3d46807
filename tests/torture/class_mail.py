"""The mails of a class in which each must have one effect, and what these effects are."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime

import sqlalchemy as sa
from support.site import TestSite

from maildriver.database.partial_indexes import NOTES
from maildriver.database.schema import enrolment, inbox, outbox, post, student, suppression
from maildriver.letters.note import MOST_AN_HOUR

_MOST_OF_A_KIND = MOST_AN_HOUR // 4  # of three kinds each asks for a note
_MARK = "This is mail number "


@dataclass
class ClassMail:
    """What students write, each to the packet that they had."""

    site: TestSite
    count: int
    posts: list[str] = field(default_factory=list)
    paused: list[str] = field(default_factory=list)  # they pause, and resume later
    asked: list[str] = field(default_factory=list)  # they ask for help
    bounced: list[str] = field(default_factory=list)

    def raws(self, chance: random.Random) -> list[bytes]:
        """Return the mails in the order in which they come."""
        query = sa.select(outbox.c.token, outbox.c.address).order_by(outbox.c.id)
        students = self.site.rows(query)
        tenth = min(len(students) // 10, _MOST_OF_A_KIND)
        every = [(str(each.token), str(each.address)) for each in students]
        self.paused = [every[n][1] for n in range(tenth)]
        self.asked = [every[n][1] for n in range(tenth, 2 * tenth)]
        self.bounced = [every[n][1] for n in range(2 * tenth, 3 * tenth)]
        first = [self._mail(*every[n], "pause") for n in range(tenth)]
        last = [self._mail(*every[n], "resume") for n in range(tenth)]
        middle = [self._mail(*every[n], "help") for n in range(tenth, 2 * tenth)]
        middle += [self._report(every[n][0]) for n in range(2 * tenth, 3 * tenth)]
        middle += list(self._strangers(tenth))
        writers = every[tenth:]
        for number in range(self.count - len(first) - len(middle) - len(last)):
            text = f"{_MARK}{number}, and it is about what I saw."
            self.posts.append(text)
            middle.append(self._mail(*writers[number % len(writers)], text, number))
        chance.shuffle(middle)
        return [*first, *middle, *last]

    def _mail(self, token: str, sender: str, text: str, number: int = -1) -> bytes:
        name, domain = self.site.address.split("@")
        return (
            f"Received: from client.test by mx.test; {format_datetime(datetime.now(UTC))}\r\n"
            f"From: {sender}\r\nTo: {name}+{token}@{domain}\r\nSubject: Re: 1. The pole\r\n"
            f"Message-ID: <{text.partition(' ')[0]}.{number}.{token}@client.test>\r\n\r\n"
            f"{text}\r\n\r\nOn Monday, Night School wrote:\r\n> The pole stands still.\r\n"
        ).encode()

    def _report(self, token: str) -> bytes:
        name, domain = self.site.address.split("@")
        return (
            f"From: MAILER-DAEMON@mx.test\r\nTo: {name}+b-{token}@{domain}\r\n"
            f"Subject: Undelivered Mail\r\nMessage-ID: <dsn.{token}@mx.test>\r\n"
            'Content-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
            "--x\r\n\r\nIt did not arrive.\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
            "Reporting-MTA: dns; mx.test\r\n\r\nFinal-Recipient: rfc822; x@example.net\r\n"
            "Action: failed\r\nStatus: 5.1.1\r\n\r\n--x--\r\n"
        ).encode()

    def _strangers(self, number: int) -> Iterator[bytes]:
        for each in range(number):
            yield (
                f"From: friend-{each}@example.org\r\nTo: {self.site.address}\r\n"
                f"Subject: Lunch {each}?\r\n\r\nAt noon.\r\n"
            ).encode()

    # -- what must have come of it -----------------------------------------------------

    def lost(self) -> list[str]:
        """Return what a mail should have done and has not."""
        said = self._said()
        notes = self._notes()
        states = dict(self.site.rows(_STATES))
        scores = dict(self.site.rows(sa.select(suppression.c.address, suppression.c.score)))
        return [
            *(text for text in self.posts if not said[text]),
            *(f"paused {each}" for each in self.paused if not notes["paused", each]),
            *(f"resumed {each}" for each in self.paused if not notes["resumed", each]),
            *(f"active {each}" for each in self.paused if states[each] != "active"),
            *(f"help {each}" for each in self.asked if not notes["help", each]),
            *(f"bounce {each}" for each in self.bounced if scores.get(each) != 1.0),
        ]

    def twice(self) -> list[str]:
        """Return what was done more than once."""
        return [
            *(text for text, number in self._said().items() if number > 1),
            *(" ".join(note) for note, number in self._notes().items() if number > 1),
        ]

    def stored_twice(self) -> Sequence[object]:
        """Return messages of which there are two rows."""
        which = (inbox.c.mailbox, inbox.c.uidvalidity, inbox.c.uid)
        return self.site.rows(sa.select(*which).group_by(*which).having(sa.func.count() > 1))

    def _said(self) -> Counter[str]:
        return Counter(row.text.strip() for row in self.site.rows(sa.select(post.c.text)))

    def _notes(self) -> Counter[tuple[str, str]]:
        query = sa.select(outbox.c.key, outbox.c.address).where(NOTES)
        return Counter((key.rpartition(":")[2], to) for key, to in self.site.rows(query))


_STATES = sa.select(student.c.address, enrolment.c.state).join(
    enrolment, enrolment.c.student_id == student.c.id
)
