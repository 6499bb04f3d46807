"""A class that lives from day to day, and whose process dies once a day, at a named point."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from support.class_talk import Talk
from support.servers.mailstack import MailStack
from support.simulated_class import Member, SimulatedClass, kind_of, simulated_class

from maildriver.app.site import open_site
from maildriver.database.schema import outbox
from maildriver.enrolment.enrol import EnrolRequest
from maildriver.operator.enrol import enrol_all

DAY = timedelta(days=1)
#: What needs the folder of courses, which is away at other times: to look through it takes long.
_OF_FOLDERS = ("publisher.", "notice.", "newsletter.")
_OF_REPLIES = ("poller.", "intake.", "digester.")
_CHART = b"%PDF-1.4\n" + bytes(range(256)) * 400  # so that a mail has more than one slice


@dataclass(frozen=True, slots=True)
class Class:
    """What a death may cost: events after which nobody knows, and mails that go twice."""

    unsure: range
    repeats: range


NONE, ONE, AT_MOST_ONE = range(1), range(1, 2), range(2)
NOTHING = Class(NONE, NONE)
#: F1 to F7. A point that is not here is one before the fence, or far from the wire.
CLASSES = {
    "ledger.fences_committed": Class(ONE, NONE),  # fenced, and its dot was never written
    "smtp.fenced": Class(ONE, NONE),
    "smtp.dotted": Class(ONE, AT_MOST_ONE),  # the server may have it, or not
    "smtp.answered": Class(ONE, ONE),  # it has it, and we have not written that down
    "sender.answered": Class(ONE, ONE),
    "ledger.answers_booked": Class(ONE, ONE),
    "ledger.answers_committed": Class(AT_MOST_ONE, NONE),  # with it goes the fence of the next
}


def _sum(ranges: Sequence[range]) -> range:
    return range(sum(each.start for each in ranges), sum(each.stop - 1 for each in ranges) + 1)


class Diary(Talk):
    """Two students answer the last packet they got."""

    def act(self) -> None:
        for member in list(self.term.members.values())[:2]:
            packet = [mail for mail in member.mails if kind_of(mail) == "packet"][-1]
            self.term.reply(member, packet, f"My sky tonight: {self._marker(member)}.")


class Lives:
    """The days of a class, with a death on each of them."""

    def __init__(self, term: SimulatedClass) -> None:
        self.term = term
        self.talk = Diary(term, 1_000_000)
        self.deaths, self.days = 0, 0

    def begin(self) -> None:
        """Let the welcome go; the next morning is before the first lesson."""
        self.term.live_for(hours=6)
        self.term.site.put_courses_away()

    def day(self, *points: str, times: int = 1) -> None:
        """Live a day in which one process after the other dies, each when it gets to its point.

        With `times` it is passed before, and what a death may cost is the most it ever may.
        """
        evening = self.term.now + DAY
        before = self._unsure(), self._repeats()
        self._prepare(points[0])
        self.term.now += timedelta(minutes=5)  # for a file that must have been still
        for point in points:
            died = self.term.die_at(f"{point}:{times}", evening)
            assert died or times > 1, f"{point} was not reached\n{self.term.site.log()[-3000:]}"
            self.deaths += died
        self.term.live_until(evening)
        self.days += 1
        unsure, repeats = self._unsure() - before[0], self._repeats() - before[1]
        may_be = [CLASSES.get(point, NOTHING) for point in points]
        if times > 1:  # the answer to the message before may not be written down yet
            may_be = [Class(AT_MOST_ONE, AT_MOST_ONE)]
        found = (points, times, unsure, repeats)
        assert unsure in _sum([each.unsure for each in may_be]), found
        assert repeats in _sum([each.repeats for each in may_be]), found
        assert repeats <= unsure, found

    def end(self) -> None:
        """Let a quiet day pass, so that all that was said has been shown to all who stay."""
        self.talk.act()
        for member in self.term.members.values():
            if member.name.startswith("Late"):
                self.term.reply(member, member.mails[-1], "leave")
        self.term.live_for(days=1)
        self.days += 1

    def _prepare(self, point: str) -> None:
        """Let there be what brings a process to that point."""
        site = self.term.site
        self.term.site.put_courses_away(away=not point.startswith(_OF_FOLDERS))
        if point.startswith(_OF_REPLIES):
            self.talk.act()
        match point.partition(".")[0]:
            case "publisher":
                chart = site.folder / "courses/night-sky/lessons/010-lesson-1/chart.pdf"
                chart.write_bytes(_CHART + str(self.term.now).encode())
            case "newsletter":
                day = f"{self.term.now:%Y-%m-%d}"
                site.write(
                    f"courses/night-sky/news/{day}-meteors.md",
                    f'+++\ntitle = "Meteors on {day}"\n+++\nLook up.\n',
                )
            case "scheduler" if point == "scheduler.greeted":
                number = len(self.term.members)
                late = Member(f"student{number}@class.test", f"Late {number}")
                self.term.members[late.address] = late
                wish = EnrolRequest(late.address, name=late.name, zone="UTC", confirmed=True)
                with open_site(site.folder) as opened:
                    enrol_all(opened, "night-sky", [wish], self.term.now)

    def _unsure(self) -> int:
        query = sa.select(sa.func.coalesce(sa.func.sum(outbox.c.unsure_count), 0))
        return int(self.term.site.rows(query)[0][0])

    def _repeats(self) -> int:
        taken = [line["message_id"] for line in self.term.sink.taken]
        return len(taken) - len(set(taken))


@contextmanager
def lives(
    tmp_path: Path, stack: MailStack, address: Callable[..., str], days: int, database: str = ""
) -> Iterator[Lives]:
    """A class of three and an instructor, on a course that is longer than `days`."""
    with simulated_class(
        tmp_path, stack, address("course"), students=3, lessons=days + 2, same_hour=True,
        database=database, attachment=_CHART,
    ) as term:  # fmt: skip
        settings = term.site.folder / "maildriver.toml"
        # Over one connection, so that it is known which message a death was about.
        settings.write_text(settings.read_text().replace("[smtp]", "[smtp]\nconnections = 1"))
        # Of a course that cannot be used the operator is told: once a day, by a notice.
        term.site.write("courses/broken/course.toml", "title = ")
        term.options = ("--each-anew",)
        yield Lives(term)


def check_repeats(term: SimulatedClass) -> None:
    """Every repeat has the bytes of the first."""
    hashes = Counter((line["message_id"], line["sha256"]) for line in term.sink.taken)
    assert len(hashes) == len({message_id for message_id, _ in hashes})


def check_lessons(term: SimulatedClass, days: int) -> None:
    """Every student has had a lesson on each day since they came: in order, none twice."""
    for member in term.members.values():
        subjects = [str(mail["Subject"]) for mail in member.mails if kind_of(mail) == "packet"]
        numbers = [int(subject.partition(".")[0]) for subject in subjects]
        if member.name.startswith("Name"):
            assert numbers == list(range(1, days + 1)), member.address
        elif member.name.startswith("Late"):
            assert numbers, member.address
            assert numbers == list(range(1, len(numbers) + 1)), member.address
