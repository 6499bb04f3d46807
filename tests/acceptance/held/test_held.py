"""What is held, counted or put off: strangers' replies, bounces, late packets, broken edits."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from acceptance.conftest import NewPerson
from support.correspondent import Correspondent, packets, smtp_goes_to, states, text_of
from support.deadlines import wait_until, within
from support.raw_mails import report
from support.running_site import stop
from support.servers.mailstack import MailStack
from support.servers.mailstack_files import GONE
from support.servers.ports import free_ports
from support.site import TestSite

from maildriver.database.schema import blob, enrolment, inbox, outbox, post, suppression


def packet_of(student: Correspondent) -> EmailMessage:
    return next(mail for mail in student.mails() if str(mail["Subject"]).startswith("1. "))


# -- strangers ---------------------------------------------------------------------


def test_a_strangers_mail_is_not_kept(
    mail_site: TestSite, student: Correspondent, new_person: NewPerson
) -> None:
    stranger = new_person()
    stranger.write("Lunch on Sunday?", "A secret of mine.")
    stranger.write("Re: Lunch on Sunday?", "Another secret.", In_Reply_To="<x@elsewhere.test>")
    mail_site.call("run", "--once")

    rows = mail_site.rows(
        sa.select(inbox.c.state, inbox.c.kind, inbox.c.raw_sha256, inbox.c.sender)
    )
    assert rows == [("dropped", "stranger", None, "")] * 2
    stored = b"".join(row.bytes for row in mail_site.rows(sa.select(blob.c.bytes)))
    assert b"secret" not in stored
    assert student.new_mails() == stranger.mails() == []


@pytest.mark.parametrize("decision", ["release", "drop"])
def test_a_reply_from_an_address_that_is_not_enrolled_waits_for_the_operator(
    mail_site: TestSite, student: Correspondent, new_person: NewPerson, decision: str
) -> None:
    other = new_person("other")
    other.reply(packet_of(student), "I write from my work address.")
    mail_site.call("run", "--once")
    (item,) = mail_site.json("held")["held"]
    assert item["who"] == other.address
    assert item["why"] == "its sender is not proven to be the student"
    assert "I write from my work address." in mail_site.call("held", "show", item["id"]).stdout

    mail_site.call("held", decision, item["id"])
    mail_site.call("run", "--once")

    assert mail_site.json("held")["held"] == []
    last = {"release": ("done", "accepted"), "drop": ("dropped", "dropped")}[decision]
    (row,) = mail_site.rows(sa.select(post.c.text, post.c.state, post.c.lesson))
    assert row == ("I write from my work address.", last[1], "lesson-1")
    assert mail_site.rows(sa.select(inbox.c.state)) == [(last[0],)]
    assert (
        f"{item['id']} is not held" in mail_site.call("held", "drop", item["id"], expect=1).stderr
    )


@pytest.mark.parametrize(("how", "text"), [([], "yes"), (["--confirmed"], "resume")])
def test_releasing_what_is_no_post_does_not_tell_it_to_the_class(
    mail_site: TestSite, new_person: NewPerson, how: list[str], text: str
) -> None:
    student = new_person("student")
    mail_site.call("enrol", "night-sky", student.address, *how)
    mail_site.call("run", "--once")
    new_person("other").reply(student.the_new_mail(), text)
    mail_site.call("run", "--once")
    (item,) = mail_site.json("held")["held"]

    mail_site.call("held", "release", item["id"])

    assert mail_site.rows(sa.select(post.c.text)) == []


# -- bounces -----------------------------------------------------------------------


def a_day_passes(site: TestSite) -> None:
    """Let the last bounce be of yesterday, and the next packet due."""
    with site.database() as database:
        database.write(
            lambda conn: conn.execute(
                sa.update(suppression).values(scored_at=datetime.now(UTC) - timedelta(days=1.1))
            )
        )
    site.make_due(datetime.now(UTC))


def has_reports(mailstack: MailStack, site: TestSite, count: int) -> bool:
    """Tell whether Postfix has returned so many mails to a site."""
    found = [raw for raw in mailstack.mailbox(site.address) if b"multipart/report" in raw]
    return len(found) == count


def test_three_days_of_returned_mail_pause_the_enrolment(
    mail_site: TestSite, mailstack: MailStack
) -> None:
    mail_site.call("enrol", "night-sky", GONE, "--confirmed")
    for day in (1, 2, 3):
        assert states(mail_site) == [("active", "")]
        mail_site.call("run", "--once")
        wait_until(partial(has_reports, mailstack, mail_site, day), 60, "no report came")
        mail_site.call("run", "--once")
        score = mail_site.rows(sa.select(suppression.c.address, suppression.c.score))
        assert score == [(GONE, float(day))]
        a_day_passes(mail_site)

    assert states(mail_site) == [("paused", "bounce")]
    assert mail_site.rows(sa.select(inbox.c.kind, inbox.c.state)) == [("bounce", "done")] * 3
    mail_site.call("run", "--once")
    kinds = mail_site.rows(sa.select(outbox.c.kind).order_by(outbox.c.id))
    assert kinds == [("welcome",), ("packet",), ("packet",)], "nothing more goes to it"


def test_many_reports_of_one_day_count_once_and_a_forged_one_never(
    mail_site: TestSite, mailstack: MailStack, student: Correspondent
) -> None:
    returned_to = str(packet_of(student)["Return-Path"]).strip("<>")
    assert "+b-" in returned_to
    forged = report(student.address, to=mail_site.address)
    mailstack.append(mail_site.address, forged)
    mail_site.call("run", "--once")
    assert mail_site.rows(sa.select(suppression)) == []

    for number in range(4):
        raw = report(student.address, to=returned_to, message_id=f"<{number}@mx.example.net>")
        mailstack.append(mail_site.address, raw)
    mail_site.call("run", "--once")

    assert mail_site.rows(sa.select(suppression.c.address, suppression.c.score)) == [
        (student.address, 1.0)
    ]
    assert states(mail_site) == [("active", "")]


def test_a_packet_that_missed_its_slot_goes_at_the_students_next_own_hour(
    mail_site: TestSite, mailstack: MailStack, new_person: NewPerson
) -> None:
    student = new_person("student")
    hour = (datetime.now(UTC) + timedelta(hours=6)).replace(minute=30, second=0, microsecond=0)
    mail_site.call("enrol", "night-sky", student.address, "--confirmed", "--at", f"{hour:%H:%M}")
    mail_site.call("run", "--once")
    smtp_goes_to(mail_site, free_ports(1)[0])
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once", expect=4)

    move_packet(mail_site, not_before=timedelta(hours=-3), good_until=timedelta(hours=-1))
    smtp_goes_to(mail_site, mailstack.ports.smtp)
    mail_site.call("run", "--once")

    assert packets(student) == []
    query = sa.select(outbox.c.state, outbox.c.not_before).where(outbox.c.kind == "packet")
    assert mail_site.rows(query) == [("ready", hour)]
    move_packet(mail_site, not_before=timedelta(minutes=-1), good_until=timedelta(hours=1))
    for _ in range(2):
        mail_site.call("run", "--once")
    assert packets(student) == ["1. Lesson 1"]
    assert [row.state for row in mail_site.rows(query)] == ["sent"]
    (due,) = mail_site.rows(sa.select(enrolment.c.due_at))[0]
    assert due == hour, "the next one at its slot"


def move_packet(site: TestSite, *, not_before: timedelta, good_until: timedelta) -> None:
    """Let the packet that waits have that slot, seen from now."""
    now = datetime.now(UTC)
    with site.database() as database:
        database.write(
            lambda conn: conn.execute(
                sa.update(outbox)
                .where(outbox.c.kind == "packet")
                .values(not_before=now + not_before, good_until=now + good_until)
            )
        )


# -- edits while it runs -----------------------------------------------------------


def test_an_edit_is_in_force_within_seconds_and_a_broken_one_is_not(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    operator = Correspondent(mailstack, mail_site, new_address("ops"))
    settings = mail_site.folder / "maildriver.toml"
    settings.write_text(settings.read_text().replace("ops@maildriver.test", operator.address))
    first = Correspondent(mailstack, mail_site, new_address("student"))
    second = Correspondent(mailstack, mail_site, new_address("student"))
    mail_site.call("enrol", "night-sky", first.address, "--confirmed")
    lesson = mail_site.folder / "courses/night-sky/lessons/010-lesson-1/lesson.md"

    with mail_site.running() as process:
        wait_until(first.mails, 60, "there is no welcome")
        edit(lesson, "This is lesson 1", "This is the new lesson 1")
        with within(12):
            wait_until(
                lambda: "in force: 0 new lessons, 1 changed" in mail_site.log(), 60, "never"
            )
        mail_site.make_due(datetime.now(UTC))
        wait_until(lambda: packets(first), 60, "no packet")

        edit(lesson, "This is the new", "{{ nonsense }} This is the broken")
        wait_until(
            lambda: mail_site.log().count("unknown variable nonsense") == 1, 60, "never refused"
        )
        edit(lesson, "broken", "worse")
        wait_until(
            lambda: mail_site.log().count("unknown variable nonsense") == 2, 60, "never refused"
        )
        mail_site.call("enrol", "night-sky", second.address, "--confirmed")
        mail_site.make_due(datetime.now(UTC))
        wait_until(lambda: packets(second), 60, "no packet")
        wait_until(operator.mails, 60, "the operator was not told")
        stop(process)

    assert "This is the new lesson 1, and" in text_of(packet_of(first))
    assert (
        text_of(packet_of(second)).split("Ref ")[0] == text_of(packet_of(first)).split("Ref ")[0]
    )
    (notice,) = operator.mails()
    assert str(notice["Subject"]) == "maildriver: course night-sky"
    assert "010-lesson-1/lesson.md:4: unknown variable nonsense" in re.sub(
        r"\s+", " ", text_of(notice)
    )


def edit(path: Path, before: str, after: str) -> None:
    path.write_text(path.read_text().replace(before, after))


# -- loops -------------------------------------------------------------------------


@pytest.mark.parametrize(("how", "most"), [([], 3), (["--confirmed"], 1)])
def test_two_sites_enrolled_in_each_others_course_do_not_talk_for_ever(
    tmp_path: Path,
    mailstack: MailStack,
    new_address: Callable[..., str],
    how: list[str],
    most: int,
) -> None:
    sites = [TestSite(tmp_path / name) for name in ("one", "two")]
    for site in sites:
        site.write_settings(
            new_address("course"), smtp=mailstack.ports.smtp, imap=mailstack.ports.imap
        )
        site.write_course()
        site.call("run", "--once")
    for site, other in zip(sites, reversed(sites), strict=True):
        site.call("enrol", "night-sky", other.address, *how)

    for _ in range(2):
        for site in sites:
            wait_until(lambda: not mailstack.queued(), 60, "Postfix still holds mail")
            site.call("run", "--once")

    # As a relay would pass it on that gives a Message-ID of its own.
    for site in sites:
        for raw in mailstack.mailbox(site.address):
            passed_on = re.sub(rb"(?m)^(Message-ID: <\w+@).*>", rb"\1relay.test>", raw)
            mailstack.append(site.address, passed_on)
        site.call("run", "--once")

    kind = "welcome" if how else "confirm"
    for site in sites:
        kinds = [row.kind for row in site.rows(sa.select(outbox.c.kind))]
        assert set(kinds) == {kind}
        assert 1 <= len(kinds) <= most
        came = site.rows(sa.select(inbox.c.kind, inbox.c.state).distinct().order_by(inbox.c.kind))
        assert came == [("auto-reply", "done"), ("loop", "dropped")]
        assert site.rows(sa.select(post.c.id)) == []
        assert states(site) == [("active" if how else "asked", "")]
