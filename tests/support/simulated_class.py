"""A class as it lives: students who read their mail, reply, pause, leave, bounce and go away.

Their site runs in a process of its own (at_time.py), which can be killed at any moment. What it
sends is taken by a sink that outlives it, and what they write goes into a real mailbox.
"""

import asyncio
import email
import email.utils
import imaplib
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from time import sleep

from support.servers.mailstack import MailStack
from support.servers.sink import Sink
from support.site import TestSite
from support.site_process import SiteProcess

from maildriver.app.site import open_site
from maildriver.domain.cadence import parse_days
from maildriver.enrolment.enrol import EnrolRequest
from maildriver.operator.enrol import enrol_all


@dataclass
class Member:
    """A student or instructor, and the mails that have reached them, in order."""

    address: str
    name: str
    mails: list[EmailMessage] = field(default_factory=list)
    read: int = 0  # of these

    def new_mails(self) -> list[EmailMessage]:
        new = self.mails[self.read :]
        self.read = len(self.mails)
        return new


@contextmanager
def sink_in_thread() -> Iterator[Sink]:
    """A sink that takes everything, in a thread, for as long as the block lasts."""
    sink, loop = Sink(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(sink.listen(0), loop).result(60)
    try:
        yield sink
    finally:
        asyncio.run_coroutine_threadsafe(sink.__aexit__(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)
        loop.close()


#: A Monday long ago: Dovecot takes no mail from the future.
START = datetime(2025, 1, 6, 0, 0, tzinfo=UTC)
ZONES = ("Pacific/Auckland", "Asia/Kolkata", "Europe/Berlin", "America/Sao_Paulo", "UTC")
DAYS = ("daily", "mon,wed,fri", "weekdays", "tue,thu,sat", "weekends,wed")
PROFESSOR = "prof@x.test"


@contextmanager
def simulated_class(
    tmp_path: Path,
    stack: MailStack,
    address: str,
    *,
    students: int,
    lessons: int = 6,
    discussion: str = "class",
    same_hour: bool = False,
    database: str = "",
    attachment: bytes | None = None,
) -> Iterator["SimulatedClass"]:
    """A class with an instructor; with `same_hour` all get their mail daily at 7:00 UTC."""
    with sink_in_thread() as sink:
        site = TestSite(tmp_path / "site")
        site.write_settings(address, smtp=sink.port, imap=stack.ports.imap, database=database)
        site.write_course(lessons=lessons, attachment=attachment)
        course = site.folder / "courses/night-sky/course.toml"
        settings = f'instructors = ["Prof X <{PROFESSOR}>"]\ndiscussion = "{discussion}"'
        course.write_text(course.read_text().replace('discussion = "class"', settings))
        term = SimulatedClass(site, stack, sink, START, seed=1)
        for number in range(students):
            member = Member(f"student{number}@class.test", f"Name {number}")
            term.members[member.address] = member
        term.enrol(same_hour=same_hour)
        term.members[PROFESSOR] = Member(PROFESSOR, "Prof X")
        try:
            yield term
        finally:
            term.close()


class SimulatedClass:
    """The running of one class, step by step of its own time."""

    def __init__(
        self, site: TestSite, stack: MailStack, sink: Sink, start: datetime, seed: int
    ) -> None:
        self.site, self.stack, self.sink = site, stack, sink
        self.now = start
        self.random = random.Random(seed)
        self.members: dict[str, Member] = {}
        self.kills = 0
        self.options: tuple[str, ...] = ()  # of at_time.py
        self.seen: set[str] = set()  # Message-IDs: a repeat is the same mail to a mailbox
        self.repeats = 0
        self._taken = 0
        self._process: SiteProcess | None = None
        self._imap: imaplib.IMAP4 | None = None
        self._written = 0

    # -- the site --------------------------------------------------------------------

    def enrol(self, *, same_hour: bool) -> None:
        """Enrol all members, at the start of the term."""
        wishes = [
            EnrolRequest(
                member.address,
                name=member.name,
                zone="UTC" if same_hour else ZONES[number % 5],
                days=None if same_hour else parse_days(DAYS[number % 5]),
                at=None if same_hour else time(5 + number % 15, number % 60),
                confirmed=True,
            )
            for number, member in enumerate(self.members.values())
        ]
        with open_site(self.site.folder) as opened:
            enrol_all(opened, "night-sky", wishes, START)

    def live_until(self, end: datetime, *, kill: bool = False) -> None:
        """Let time pass; with `kill` the process dies in the middle, and a new one goes on."""
        if kill:
            process = self._alive()
            process.tell(self.now, end)
            sleep(self.random.uniform(0.0, 0.35))  # at any moment
            process.kill()
            self._process = None
            self.kills += 1
        process = self._alive()
        process.tell(self.now, end)
        assert process.answer() == "done", self.site.log()[-3000:]
        self.now = end
        self._hand_out()

    def die_at(self, point: str, end: datetime) -> bool:
        """Let time pass until the process gets to a point (see maildriver.failpoints) and dies.

        The next one begins five minutes later. False if it never got there.
        """
        process = self._alive()
        process.tell(self.now, end, point)
        answer = process.answer()
        assert answer in {"done", f"ended with {-signal.SIGKILL}"}, self.site.log()[-3000:]
        died = answer != "done"
        # All have the same hour, so that is when it died, if not before.
        hour = self.now.replace(hour=7, minute=0)
        self.now = max(self.now, hour) + timedelta(minutes=5) if died else end
        return died

    def live_for(self, **time_: float) -> None:
        """Let some time pass: `days=1`, `hours=7`."""
        self.live_until(self.now + timedelta(**time_))

    def close(self) -> None:
        if self._process is not None:
            self._process.end()
        if self._imap is not None:
            self._imap.logout()

    def _alive(self) -> SiteProcess:
        if self._process is None:
            self._process = SiteProcess(self.site, *self.options)
        return self._process

    def _hand_out(self) -> None:
        """Put what has been sent into the mailboxes, a repeat only once."""
        taken = list(zip(self.sink.taken, self.sink.accepted, strict=True))[self._taken :]
        self._taken += len(taken)
        for line, raw in taken:
            if line["message_id"] in self.seen:
                self.repeats += 1
                continue
            self.seen.add(line["message_id"])
            member = self.members.get(line["rcpt"])
            if member is not None:
                member.mails.append(email.message_from_bytes(raw, policy=default))

    # -- what its members write ----------------------------------------------------------

    def deposit(self, raw: bytes) -> None:
        """Let a mail arrive in the mailbox of the site."""
        if self._imap is None:
            self._imap = imaplib.IMAP4(self.stack.host, self.stack.ports.imap)
            self._imap.login(self.site.address, self.stack.password)
        date = imaplib.Time2Internaldate(self.now)
        assert self._imap.append("INBOX", "", date, raw)[0] == "OK"

    def write(
        self, member: Member, to: str, subject: str, text: str, **headers: str
    ) -> EmailMessage:
        """Let a member write a mail of their own."""
        self._written += 1
        mail = EmailMessage()
        mail["From"] = email.utils.formataddr((member.name, member.address))
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = email.utils.format_datetime(self.now)
        mail["Message-ID"] = f"<{self._written}.{member.address}>"
        for name, value in headers.items():
            mail[name.replace("_", "-")] = value
        mail.set_content(text)
        self.deposit(mail.as_bytes(policy=SMTP))
        return mail

    def reply(
        self, member: Member, to: EmailMessage, text: str, *, under: int | None = None
    ) -> EmailMessage:
        """Let a member answer a mail, with its text quoted below, or around their words."""
        lines = ["> " + line for line in body_of(to).splitlines()]
        introduction = f"On {to['Date']}, {to['From'].addresses[0].display_name} wrote:"
        if under is None:
            body = [text, "", introduction, *lines]
        else:
            first = next(n for n, line in enumerate(lines) if line.startswith(f"> [#{under} "))
            end = next(n for n in range(first + 2, len(lines)) if not lines[n].startswith("> | "))
            body = [introduction, *lines[: end + 1], "", text, "", *lines[end + 1 :]]
        return self.write(
            member,
            str(to["Reply-To"]),
            f"Re: {to['Subject']}",
            "\n".join(body),
            In_Reply_To=str(to["Message-ID"]),
            References=str(to["Message-ID"]),
        )

    def bounce(self, mail: EmailMessage) -> None:
        """Let a mail come back, as the server of its reader would report it."""
        self._written += 1
        report = EmailMessage()
        report["From"] = "MAILER-DAEMON@class.test"
        report["To"] = str(mail["Reply-To"]).replace("+", "+b-", 1)
        report["Subject"] = "Undelivered Mail Returned to Sender"
        report["Auto-Submitted"] = "auto-replied"
        report["Message-ID"] = f"<{self._written}.dsn@class.test>"
        report["Content-Type"] = 'multipart/report; report-type=delivery-status; boundary="b"'
        report.set_payload(
            "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
            "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; class.test"
            f"\r\n\r\nFinal-Recipient: rfc822; {mail['To']}\r\nAction: failed\r\n"
            "Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 unknown\r\n\r\n--b--\r\n"
        )
        self.deposit(report.as_bytes(policy=SMTP))


def body_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail."""
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def kind_of(mail: EmailMessage) -> str:
    """Return what a mail of ours is, as its reader sees it."""
    subject = str(mail["Subject"])
    if subject.startswith("Discussion"):
        return "digest"
    return "packet" if subject[:1].isdigit() else "letter"
