"""What an operator meets: wrong passwords, broken courses, full disks, odd mail."""

import random
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median

import pytest
import sqlalchemy as sa
from support.deadlines import slowness, wait_until, within
from support.require import require
from support.running_site import all_delivered, enrol, has_begun, sent, started_at, stop
from support.servers.mailstack import MailStack
from support.servers.smtp_sink import smtp_sink
from support.site import TestSite
from support.small_disk import fill_disk, small_disk

from maildriver.database.schema import inbox, outbox, post


def test_a_wrong_password_pauses_both_accounts_after_at_most_two_logins_and_says_so(
    tmp_path: Path,
    mailstack: MailStack,
    new_address: Callable[..., str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = TestSite(tmp_path / "site")
    address = new_address("course")
    site.write_settings(
        address,
        smtp=mailstack.ports.submission,
        imap=mailstack.ports.imap,
        user=address,
        password="wrong",
    )
    settings = site.folder / "maildriver.toml"
    text = settings.read_text().replace(
        f'host = "127.0.0.1"\nport = {mailstack.ports.submission}\nsecurity = "none"',
        f'host = "localhost"\nport = {mailstack.ports.submission}\nsecurity = "starttls"',
    )
    settings.write_text(text)
    site.write_course()
    site.call("enrol", "night-sky", new_address("student"), "--confirmed")
    monkeypatch.setenv("SSL_CERT_FILE", str(mailstack.certificate))
    log = mailstack.folder / "postfix.log"
    before = len(log.read_text())

    ended = site.call("run", "--once", expect=4)
    first = started_at(site)
    with site.running() as process:
        wait_until(partial(has_begun, site, first), 60, "it does not start")
        time.sleep(3)  # long enough for a hundred more logins, if it made them
        stop(process)

    assert 1 <= log.read_text()[before:].count("authentication failed:") <= 2
    assert "imap is paused until" in ended.stderr
    assert "smtp is paused until" in ended.stderr
    accounts = {each["name"]: each for each in site.json("status")["lanes"]}
    assert "refuses" in accounts["smtp"]["why"]
    assert "refuses" in accounts["imap"]["why"]
    assert site.rows(sa.select(outbox.c.state, outbox.c.attempts)) == [("ready", 0)]


def test_a_broken_course_stops_nothing_but_itself(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    student = new_address("student")
    mail_site.call("enrol", "night-sky", student, "--confirmed")
    mail_site.write("courses/broken/course.toml", "title = ")
    lesson = mail_site.folder / "courses/night-sky/lessons/010-lesson-1/lesson.md"
    good = lesson.read_text()
    lesson.write_text(good + "\n{{ nonsense }}\n")
    mail_site.make_due(datetime.now(UTC))

    checked = mail_site.call("check", expect=3)
    mail_site.call("run", "--once")

    assert "night-sky/lessons/010-lesson-1/lesson.md:8: error: unknown variable nonsense" in (
        checked.stdout
    )
    assert "broken/course.toml:1: error:" in checked.stdout
    assert len(all_delivered(mailstack, [student])) == 2, "the version that passed went out"
    told = mail_site.rows(sa.select(outbox.c.kind).where(outbox.c.kind == "notice"))
    assert len(told) == 2, "one for each course that cannot be used"


@pytest.mark.alone
def test_commands_answer_within_a_second_beside_a_busy_run(
    tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    """Against a server that takes all we can send, and leaves us the machine for it.

    Twice as long as at rest, on a machine where that is more; and longer by as much as any work
    takes longer while the site is busy, for they wait for a processor too.
    """
    site = TestSite(tmp_path / "site")
    times: dict[str, list[float]] = {"enrol": [], "status": [], "held": []}
    beside: list[float] = []
    with smtp_sink() as port:
        site.write_settings(new_address("course"), smtp=port, imap=mailstack.ports.imap)
        site.write_course()
        enrol(site, [f"student{number}@class.test" for number in range(6000)])
        quiet = min(took(site, "status") for _ in range(3))  # what this machine needs at least
        at_rest = min(slowness() for _ in range(3))
        with site.running() as process:
            wait_until(lambda: sent(site) > 5, 60, "nothing is sent")
            while sent(site) < 11_000 and len(times["held"]) < 9:
                late = f"late{len(times['held'])}@class.test"
                times["enrol"].append(took(site, "enrol", "night-sky", late, "--confirmed"))
                times["status"].append(took(site, "status"))
                times["held"].append(took(site, "held"))
                beside.append(slowness())
            assert len(times["held"]) >= 3, "it was busy all the time"
            stop(process)

    medians = {name: median(each) for name, each in times.items()}
    longer = max(1.0, median(beside) / at_rest)
    assert max(medians.values()) < longer * max(1.0, 2 * quiet), (quiet, longer, medians)


def took(site: TestSite, *words: str) -> float:
    """Return how long a command takes, from the first byte of Python to its end."""
    started = time.monotonic()
    subprocess.run(site.command(*words), check=True, capture_output=True)
    return time.monotonic() - started


def an_odd_mail(course: str, sender: str, subject: str, body: bytes, **headers: str) -> bytes:
    fields = {"From": sender, "To": course, "Subject": subject, **headers}
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + body


@pytest.mark.alone
def test_odd_mail_is_handled_or_held_and_the_next_is_done_within_five_seconds(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    student = new_address("student")
    mail_site.call("enrol", "night-sky", student, "--confirmed")
    mail_site.make_due(datetime.now(UTC))
    with mail_site.running() as process:
        wait_until(lambda: sent(mail_site) == 2, 60, "the packet never went")
        token = mail_site.rows(sa.select(outbox.c.token).where(outbox.c.kind == "packet"))[0][0]
        own = mail_site.address
        reply_to = own.replace("@", f"+{token}@")
        huge = an_odd_mail(
            reply_to, student, "Re: huge", b"x" * 76 + b"\r\n" + b"y\r\n" * 33_000_000
        )
        poison = an_odd_mail(reply_to, student, "Re: poison", b"", **{"X-Many": "a " * 40_000})
        nested = _nested(an_odd_mail(reply_to, student, "Re: nested", b""), 300)
        for raw in (huge, poison, nested):
            mailstack.append(own, raw)
        mailstack.deliver(
            reply_to,
            an_odd_mail(reply_to, student, "Re: 1. Lesson 1", b"No Message-ID\r\n"),
            mail_from=student,
        )
        posted = sa.select(post.c.text).where(post.c.state == "accepted")
        with within(5):
            wait_until(lambda: mail_site.rows(posted), 60, "it is no post")
        wait_until(lambda: _settled(mail_site) == 4, 60, "some mail has no last state")
        stop(process)

    assert mail_site.rows(posted) == [("No Message-ID",)]
    states = mail_site.rows(sa.select(inbox.c.state).order_by(inbox.c.uid))
    assert [row.state for row in states] == ["held", "held", "held", "done"]
    stored = mail_site.rows(sa.select(sa.func.max(inbox.c.size)))[0][0]
    assert stored > 99_000_000
    assert mail_site.call("held", "show", "in-1").stdout.startswith("in-1: ")


def _nested(head: bytes, depth: int) -> bytes:
    opening = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n)
        for n in range(depth)
    )
    return head.removesuffix(b"\r\n") + opening + b"\r\nend\r\n"


def _settled(site: TestSite) -> int:
    query = sa.select(sa.func.count()).where(inbox.c.state != "new")
    return int(site.rows(query.select_from(inbox))[0][0])


def test_a_teachers_20000_old_mails_stay_as_they_are(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    own = mail_site.address
    student = new_address("student")
    mail_site.call("enrol", "night-sky", student, "--confirmed")
    old = an_odd_mail(own, student, "Re: an old question", b"Hello\r\n")
    mailstack.fill(own, (old for _ in range(20_000)))
    with mailstack.session(own) as imap:
        imap.select("INBOX", readonly=True)
        before = imap.search(None, "UNSEEN")

    mail_site.call("run", "--once")
    mailstack.deliver(
        own,
        an_odd_mail(own, "friend@example.org", "Lunch?", b"Hi\r\n"),
        mail_from="friend@example.org",
    )
    mail_site.call("run", "--once")

    with mailstack.session(own) as imap:
        imap.select("INBOX", readonly=True)
        after = imap.search(None, "UNSEEN")
    assert len(before[1][0].split()) == 20_000
    assert after[1][0].split()[:20_000] == before[1][0].split()
    assert mail_site.rows(sa.select(inbox.c.kind, inbox.c.raw_sha256)) == [("stranger", None)]


def test_a_full_disk_loses_nothing(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    require("root")
    addresses = [new_address("student") for _ in range(120)]
    moments = random.Random(20261123)
    with small_disk(mail_site.folder / "var"):
        enrol(mail_site, addresses)
        ballast = mail_site.folder / "var" / "ballast"
        with mail_site.running() as process:
            wait_until(lambda: sent(mail_site) > 0, 60, "nothing is sent")
            for _ in range(5):
                time.sleep(0.3 + moments.random())  # at any moment
                fill_disk(ballast)
                time.sleep(1.5)  # it meets the full disk, and waits, and tries again
                ballast.unlink()
            wait_until(lambda: sent(mail_site) == 240, 180, "some messages never went")
            assert process.poll() is None, "a full disk is no reason to end"
            stop(process)
        arrived = all_delivered(mailstack, addresses)

    assert len(arrived) == sum(arrived.values()) == 240
