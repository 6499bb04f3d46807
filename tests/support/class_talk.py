"""What a simulated class writes, and what must be true of its mail afterwards."""

import re
from datetime import timedelta
from email.message import EmailMessage

import sqlalchemy as sa
from support.simulated_class import Member, SimulatedClass, body_of, kind_of

from maildriver.database.schema import enrolment, had, inbox, outbox, post, student

STEP = timedelta(hours=6)


class Talk:
    """What the class does with its mail: seeded, so that a failure comes again."""

    def __init__(self, term: SimulatedClass, posts: int) -> None:
        self.term, self.wanted = term, posts
        self.said: dict[str, str] = {}  # marker -> author's address
        self.under: dict[str, int] = {}  # marker -> number of the post that it answers
        self.left: set[str] = set()

    def act(self) -> None:
        for member in list(self.term.members.values()):
            if member.address in self.left:
                member.new_mails()
                continue
            for mail in member.new_mails():
                self._answer(member, mail)

    def _marker(self, member: Member) -> str:
        marker = f"mark{len(self.said):04}x"
        self.said[marker] = member.address
        return marker

    def _answer(self, member: Member, mail: EmailMessage) -> None:
        chance = self.term.random.random()
        kind = kind_of(mail)
        if kind == "letter" or len(self.said) >= self.wanted:
            return
        if chance < 0.01 and member.name != "Prof X":
            self.left.add(member.address)
            self.term.reply(member, mail, "leave")
        elif chance < 0.03:
            self.term.bounce(mail)
        elif chance < 0.05:
            self.term.reply(member, mail, "pause 3 days")
        elif chance < 0.10:
            self.term.write(
                member, str(mail["Reply-To"]), f"Out of office: {mail['Subject']}",
                "I am away. Please stop by, mark9999x", Auto_Submitted="auto-replied",
                In_Reply_To=str(mail["Message-ID"]),
            )  # fmt: skip
        elif kind == "digest" and chance < 0.6:
            numbers = re.findall(r"^\[#(\d+) ", body_of(mail), re.MULTILINE)
            under = int(self.term.random.choice(numbers))
            marker = self._marker(member)
            self.under[marker] = under
            self.term.reply(member, mail, f"I agree, {marker}.", under=under)
        elif kind == "packet":
            self.term.reply(member, mail, f"My sky tonight: {self._marker(member)}.")


def live(term: SimulatedClass, talk: Talk, days: int, kill_every: int = 0) -> None:
    for step in range(days * 4):
        term.live_until(term.now + STEP, kill=bool(kill_every) and step % kill_every == 1)
        talk.act()


def check(term: SimulatedClass, talk: Talk) -> None:
    """Every post in exactly one digest of each entitled student, none before its lesson."""
    rows = term.site.rows(sa.select(post))
    markers = {re.findall(r"mark\d{4}x", row.text)[0]: row for row in rows}
    assert len(rows) == len(markers) == len(talk.said), "each reply is one post"
    assert {row.state for row in rows} == {"accepted"}
    numbers = {row.id: row.number for row in rows}
    answered = {marker: numbers.get(row.parent_id) for marker, row in markers.items()}
    assert {marker: talk.under.get(marker) for marker in markers} == answered
    people = {
        row.address: row
        for row in term.site.rows(
            sa.select(enrolment.c.id, enrolment.c.state, enrolment.c.role, student.c.address).join(
                student, student.c.id == enrolment.c.student_id
            )
        )
    }
    had_rows = set(term.site.rows(sa.select(had.c.enrolment_id, had.c.lesson)))
    for address, member in term.members.items():
        person = people[address]
        shown: dict[str, int] = {}
        lessons: set[str] = set()
        for mail in member.mails:
            text = body_of(mail)
            if kind_of(mail) == "packet":
                lessons.add(f"lesson-{str(mail['Subject']).partition('.')[0]}")
            elif kind_of(mail) == "digest":
                for marker in re.findall(r"mark\d{4}x", text):
                    shown[marker] = shown.get(marker, 0) + 1
                    if person.role == "student":
                        assert markers[marker].lesson in lessons, "before they had the lesson"
        assert set(shown.values()) <= {1}, "none twice"
        entitled = {
            marker
            for marker, row in markers.items()
            if row.enrolment_id != person.id
            and (person.role == "instructor" or (person.id, row.lesson) in had_rows)
        }
        assert set(shown) <= entitled
        if person.state in {"active", "finished"}:
            assert set(shown) == entitled, address


def check_privacy(term: SimulatedClass) -> None:
    """No address but the reader's, no token but the mail's own, in any outgoing byte."""
    for line, raw in zip(term.sink.taken, term.sink.accepted, strict=True):
        addresses = set(re.findall(rb"(?:student\d+@class|prof@x)\.test", raw))
        assert addresses <= {line["rcpt"].encode()}, line
        own = line["message_id"][1:25].encode()
        unfolded = raw.replace(b"=\r\n", b"")
        tokens = set(re.findall(rb"(?:\+(?:b-)?|Ref |<)([a-z2-7]{24})(?=[@\r\n-])", unfolded))
        assert own in tokens
        answered = re.findall(rb"(?:In-Reply-To|References): <([a-z2-7]{24})@", raw)
        assert tokens <= {own, *answered}, line


def check_end(term: SimulatedClass) -> None:
    assert term.site.rows(sa.select(inbox.c.state).where(inbox.c.state == "new")) == []
    states = {row[0] for row in term.site.rows(sa.select(outbox.c.state).distinct())}
    assert states == {"sent"}
