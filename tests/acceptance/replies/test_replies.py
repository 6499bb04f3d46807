"""What a student's reply does, with real Postfix and Dovecot between them and the site."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from acceptance.conftest import NewStudent
from support.correspondent import Correspondent, packets, smtp_goes_to, states, text_of
from support.servers.mailstack import MailStack
from support.servers.ports import free_ports
from support.site import TestSite

from maildriver.database.schema import enrolment, inbox, outbox, post

_DATE = re.compile(r"^- [A-Z][a-z]+day \d{1,2} [A-Z][a-z]+ \d{4}, 07:00 \(UTC\)$", re.MULTILINE)


@pytest.fixture
def student(mail_site: TestSite, new_student: NewStudent) -> Correspondent:
    """A student who is active and has read the welcome mail."""
    student = new_student("--confirmed")
    mail_site.call("run", "--once")
    assert "Welcome" in str(student.the_new_mail()["Subject"])
    return student


# -- confirming --------------------------------------------------------------------


@pytest.mark.parametrize("text", ["yes", "", "Ja, gerne!"])
def test_a_reply_to_the_confirm_mail_begins_the_course(
    mail_site: TestSite, new_student: NewStudent, text: str
) -> None:
    student = new_student()
    mail_site.call("run", "--once")
    confirm = student.the_new_mail()
    assert str(confirm["Subject"]) == "Please confirm: Night-Sky"
    assert "This is lesson" not in confirm.as_string()
    assert not list(confirm.iter_attachments())
    assert states(mail_site) == [("asked", "")]

    student.reply(confirm, text)
    mail_site.call("run", "--once")

    assert states(mail_site) == [("active", "")]
    welcome = student.the_new_mail()
    assert str(welcome["Subject"]) == "Welcome to Night-Sky"
    dates = _DATE.findall(text_of(welcome))
    assert len(dates) == len(set(dates)) == 3
    assert mail_site.rows(sa.select(post.c.id)) == []


def test_one_who_never_confirms_gets_no_lesson_and_no_second_mail(
    mail_site: TestSite, new_student: NewStudent
) -> None:
    student = new_student()
    for _ in range(3):
        mail_site.call("run", "--once")
        mail_site.make_due(datetime.now(UTC))

    assert len(student.mails()) == 1


def test_commands_cannot_begin_a_course_that_was_never_confirmed(
    mail_site: TestSite, new_student: NewStudent
) -> None:
    student = new_student()
    mail_site.call("run", "--once")
    for word in ("leave", "resume"):  # as anybody can write in the name of another
        student.write(word)
        mail_site.call("run", "--once")

    assert states(mail_site) == [("left", "")]


def test_commands_send_nothing_to_an_address_that_never_confirmed(
    mail_site: TestSite, new_student: NewStudent
) -> None:
    student = new_student()
    mail_site.call("run", "--once")
    student.the_new_mail()
    for word in ("pause", "resume", "next", "help"):
        student.write(word)
    mail_site.call("run", "--once")

    assert states(mail_site) == [("asked", "")]
    assert [str(mail["Subject"]) for mail in student.new_mails()] == []


def test_somebody_elses_confirmation_is_held(
    mail_site: TestSite,
    mailstack: MailStack,
    new_address: Callable[..., str],
    new_student: NewStudent,
) -> None:
    student = new_student()
    mail_site.call("run", "--once")
    other = Correspondent(mailstack, mail_site, new_address("other"))
    confirm = student.the_new_mail()

    other.reply(confirm, "yes")
    mail_site.call("run", "--once")

    assert states(mail_site) == [("asked", "")]
    (held,) = mail_site.json("held")["held"]
    assert held["who"] == other.address
    assert held["why"] == "a confirmation from an address that was not asked"
    assert student.new_mails() == other.mails() == []

    student.reply(confirm, "yes")
    mail_site.call("run", "--once")
    assert states(mail_site) == [("active", "")]


# -- commands ----------------------------------------------------------------------


@pytest.mark.parametrize(("words", "fresh", "state", "subject"), [
    ("pause", False, "paused", "Paused: Night-Sky"),
    ("pause", True, "paused", "Paused: Night-Sky"),
    ("Pause 2 weeks.", False, "paused", "Paused: Night-Sky"),
    ("leave", True, "left", "You have left Night-Sky"),
    ("Abmelden", False, "left", "You have left Night-Sky"),
    ("help", False, "active", "What you can write to Night-Sky"),
    ("Hilfe", True, "active", "What you can write to Night-Sky"),
])  # fmt: skip
def test_a_command_is_done_once_and_answered_once(
    mail_site: TestSite, student: Correspondent, words: str, fresh: bool, state: str, subject: str
) -> None:
    welcome = student.mails()[0]

    def say() -> str:
        letter = student.write(words) if fresh else student.reply(welcome, words)
        mail_site.call("run", "--once")
        return str(letter["Message-ID"])

    mail = say()
    assert states(mail_site) == [(state, "student" if state == "paused" else "")]
    note = student.the_new_mail()
    assert str(note["Subject"]) == subject
    assert str(note["In-Reply-To"]) == str(note["References"]) == mail
    assert str(note["Auto-Submitted"]) == "auto-replied"

    say()
    assert states(mail_site) == [(state, "student" if state == "paused" else "")]
    assert student.new_mails() == []
    assert mail_site.json("held")["held"] == []
    assert mail_site.rows(sa.select(post.c.id)) == []


def test_a_german_student_is_answered_in_german(
    mail_site: TestSite, new_student: NewStudent
) -> None:
    student = new_student("--confirmed", language="de")
    mail_site.call("run", "--once")
    welcome = student.the_new_mail()

    student.reply(welcome, "Hilfe\n\nDanke!")
    student.reply(welcome, "Pause 3 Tage")
    mail_site.call("run", "--once")

    notes = student.new_mails()
    assert [str(mail["Content-Language"]) for mail in notes] == ["de", "de"]
    said = " ".join(" ".join(map(text_of, notes)).split())  # in the order in which they came
    assert "angehalten bis" in said
    assert states(mail_site) == [("paused", "student")]
    (until,) = mail_site.rows(sa.select(enrolment.c.pause_until))[0]
    assert abs(until - datetime.now(UTC) - timedelta(days=3)) < timedelta(minutes=5)


def test_a_pause_ends_with_resume_and_a_length_is_kept(
    mail_site: TestSite, student: Correspondent
) -> None:
    student.write("pause 2 weeks")
    mail_site.call("run", "--once")
    (until,) = mail_site.rows(sa.select(enrolment.c.pause_until))[0]
    assert abs(until - datetime.now(UTC) - timedelta(days=14)) < timedelta(minutes=5)
    paused = student.the_new_mail()

    letter = student.reply(paused, "resume")
    mail_site.call("run", "--once")

    assert states(mail_site) == [("active", "")]
    note = student.the_new_mail()
    assert str(note["In-Reply-To"]) == str(letter["Message-ID"])
    assert len(_DATE.findall(text_of(note))) == 3


def test_a_machines_answer_commands_nothing(mail_site: TestSite, student: Correspondent) -> None:
    (welcome,) = student.mails()
    away = "I am away. Please stop by"
    student.reply(welcome, away, Auto_Submitted="auto-replied")
    student.reply(welcome, "stop", Auto_Submitted="auto-replied (vacation)")
    student.write("Re: stop", away, Auto_Submitted="auto-replied")
    student.write("stop", "", Precedence="bulk")
    mail_site.call("run", "--once")

    assert states(mail_site) == [("active", "")]
    assert student.new_mails() == []
    assert mail_site.rows(sa.select(inbox.c.kind).distinct()) == [("auto-reply",)]
    assert mail_site.rows(sa.select(post.c.id)) == []


def test_the_unsubscribe_link_of_a_mail_program_leaves(
    mail_site: TestSite, student: Correspondent
) -> None:
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    packet = student.the_new_mail()
    link = re.fullmatch(r"<mailto:([^?]+)\?subject=(\w+)>", str(packet["List-Unsubscribe"]))
    assert link is not None

    student.write(link[2], "", to=link[1])
    mail_site.call("run", "--once")
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")

    assert states(mail_site) == [("left", "")]
    assert str(student.the_new_mail()["Subject"]) == "You have left Night-Sky"


def test_a_pause_takes_back_the_packet_that_waits_and_resuming_brings_it_once(
    mail_site: TestSite, mailstack: MailStack, student: Correspondent
) -> None:
    smtp_goes_to(mail_site, free_ports(1)[0])
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once", expect=4)
    planned = sa.select(outbox.c.state).where(outbox.c.kind == "packet")
    assert mail_site.rows(planned) == [("ready",)]

    student.reply(student.mails()[0], "pause")
    smtp_goes_to(mail_site, mailstack.ports.smtp)
    mail_site.call("run", "--once")
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    assert packets(student) == []
    assert mail_site.rows(planned) == []

    student.write("resume")
    mail_site.call("run", "--once")
    assert packets(student) == [], "its slot is still to come"
    mail_site.make_due(datetime.now(UTC))
    for _ in range(2):
        mail_site.call("run", "--once")

    assert packets(student) == ["1. Lesson 1"]
