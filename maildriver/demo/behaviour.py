"""The behaviour of a student: pure decisions, drawn from a seed.

A student knows nothing but the mails in their mailbox. Each new mail may lead to later acts:
a reply, a command, an auto-reply. The acts of the student's story come in addition.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from email.message import EmailMessage
from typing import Literal

from maildriver.demo import clients, letters
from maildriver.demo.cast import Person, Story
from maildriver.demo.voices import Voices

ActKind = Literal[
    "post", "command", "join", "confirm", "auto-reply", "report", "full", "emptied", "closed"
]

_AWAKE, _ASLEEP = time(7), time(22, 30)
_DIGEST_ANSWER_CHANCE = 0.3  # the chance that a student who always talks answers a digest
_LONGEST_DELAY = timedelta(hours=9)


@dataclass(frozen=True, slots=True)
class Act:
    """An act of a person at a moment; most acts send a mail."""

    at: datetime
    person: Person
    kind: ActKind
    mail: EmailMessage | None = None
    text: str = ""
    lesson: int | None = None


@dataclass(slots=True)
class Behaviour:
    """One person, and the acts that follow from their mail."""

    person: Person
    course: str  # its slug
    lessons: Sequence[tuple[str, str]]  # slug and title, in the order of the course
    site_address: str  # the address of the site
    voices: Voices
    chance: random.Random
    start: datetime
    _written: int = 0
    _received: int = 0  # packets
    _story_done: bool = False
    _away_until: datetime | None = None

    def initial_acts(self) -> list[Act]:
        """Return the acts that need no mail to happen."""
        if self.person.story is Story.JOINS:
            at = self._awake(self.start + timedelta(days=self.chance.randint(1, 3), hours=8))
            draft = self._draft("", at)
            mail = clients.new_mail(draft, self.site_address, f"join {self.course}")
            return [Act(at, self.person, "join", mail, f"join {self.course}")]
        if self.person.story is Story.FULL:
            since = self.start + timedelta(days=3)
            until = since + timedelta(days=2, hours=7)
            return [
                Act(since, self.person, "full", text="the mailbox is full"),
                Act(until, self.person, "emptied", text="the mailbox has room again"),
            ]
        if self.person.story is Story.GONE:
            at = self.start + timedelta(days=4)
            return [Act(at, self.person, "closed", text="the mailbox is closed")]
        return []

    def bounced(self, mail: EmailMessage, envelope_sender: str, now: datetime) -> Act:
        """Return the delivery report for a mail that was accepted and could not be delivered."""
        report = clients.delivery_report(mail, envelope_sender, self.person.address, now)
        return Act(now + timedelta(minutes=1), self.person, "report", report, "a mail came back")

    def received(self, mail: EmailMessage, now: datetime) -> list[Act]:
        """Return the acts that follow from one mail."""
        if self._away_until is not None and now < self._away_until:
            draft = self._draft("I am away and read no mail until I am back.", now)
            machine = clients.auto_reply(draft, mail)
            return [
                Act(now + timedelta(seconds=30), self.person, "auto-reply", machine, "is away")
            ]
        if str(mail["Subject"]).startswith("Please confirm"):
            return self._confirm(mail, now)
        number = letters.lesson_of(mail)
        if number is not None:
            self._received += 1
            return [*self._reply_to_lesson(mail, number, now), *self._story_acts(mail, now)]
        return self._answer_digest(mail, now) if letters.posts_in(mail) else []

    # -- each kind of mail ---------------------------------------------------------------

    def _confirm(self, mail: EmailMessage, now: datetime) -> list[Act]:
        if self.person.story is Story.SILENT:
            return []
        return [self._reply("confirm", mail, "Yes, please.", self._soon(now))]

    def _reply_to_lesson(self, mail: EmailMessage, number: int, now: datetime) -> list[Act]:
        slug, _title = self.lessons[number - 1]
        if self.chance.random() >= self.person.talks:
            return []
        text = self.voices.post(slug, self.person)
        if self.person.story is Story.PRIVATE and not self._story_done:
            self._story_done = True
            text = f"private\n\n{text}"
        return [self._reply("post", mail, text, self._later(now), lesson=number)]

    def _answer_digest(self, mail: EmailMessage, now: datetime) -> list[Act]:
        """Return an answer to one post of a digest, inline or to the address of the post."""
        teaches = self.person.role == "instructor"
        if self.chance.random() >= self.person.talks * (1 if teaches else _DIGEST_ANSWER_CHANCE):
            return []
        shown = self.chance.choice(letters.posts_in(mail))
        titles = enumerate((title for _, title in self.lessons), 1)
        lesson = next((place for place, title in titles if shown.title.endswith(title)), 0)
        if not lesson:
            return []
        text, at = self.voices.answer(self.lessons[lesson - 1][0], self.person), self._later(now)
        if self.person.client == "Thunderbird":
            return [self._reply("post", mail, text, at, lesson=lesson, under=shown.number)]
        subject = f"Re: {mail['Subject']}"
        fresh = clients.new_mail(self._draft(text, at), shown.answer_address, subject)
        return [Act(at, self.person, "post", fresh, text, lesson)]

    def _story_acts(self, mail: EmailMessage, now: datetime) -> list[Act]:
        """Return the commands of the person's story, after the second packet."""
        if self._story_done or self._received < 2:
            return []
        self._story_done = True
        soon = self._soon(now)

        def command(text: str, at: datetime = soon) -> Act:
            return self._reply("command", mail, text, at)

        match self.person.story:
            case Story.PAUSES:
                return [command("pause 4 days")]
            case Story.RETURNS:
                back = self._awake(now + timedelta(days=3))
                return [command("pause 2 weeks"), command("resume", back)]
            case Story.HOLIDAY:
                self._away_until = now + timedelta(days=5)
                return []
            case Story.HURRIES:
                return [command("next")]
            case Story.REGRETS:
                return [command("leave"), command("undo", soon + timedelta(minutes=3))]
            case Story.LEAVES:
                return [command("leave")]
            case Story.ASKS:
                return [command("status")]
            case _:
                self._story_done = self.person.story is not Story.PRIVATE
                return []

    # -- mails and their times ---------------------------------------------------------------

    def _reply(
        self,
        kind: ActKind,
        mail: EmailMessage,
        text: str,
        at: datetime,
        *,
        lesson: int | None = None,
        under: int | None = None,
    ) -> Act:
        written = clients.reply(self.person.client, self._draft(text, at), mail, under)
        if kind == "post" and self.person.story is Story.DRAWS:
            drawing = clients.drawing(self._written)
            name = f"drawing-{self._written}.png"
            written.add_attachment(drawing, maintype="image", subtype="png", filename=name)
        return Act(at, self.person, kind, written, text, lesson)

    def _draft(self, text: str, at: datetime) -> clients.MailDraft:
        self._written += 1
        local = at.astimezone(self.person.zone)
        return clients.MailDraft(self.person.name, self.person.address, text, local, self._written)

    def _soon(self, now: datetime) -> datetime:
        return self._awake(now + timedelta(minutes=self.chance.randint(3, 90)))

    def _later(self, now: datetime) -> datetime:
        minutes = int(_LONGEST_DELAY.total_seconds() / 60 * self.chance.random() ** 2)
        return self._awake(now + timedelta(minutes=5 + minutes))

    def _awake(self, moment: datetime) -> datetime:
        """Return this moment, or a time in the next morning if this moment is at night."""
        local = moment.astimezone(self.person.zone)
        if _AWAKE <= local.time() <= _ASLEEP:
            return moment
        days = 1 if local.time() > _ASLEEP else 0
        morning = local.replace(hour=7, minute=self.chance.randint(0, 59))
        return morning + timedelta(days=days)
