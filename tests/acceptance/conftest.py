"""Sites that the acceptance tests run as an operator does."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect, sync_playwright
from support.correspondent import Correspondent
from support.require import program, require
from support.servers.mailstack import MailStack
from support.simulated_class import Member, SimulatedClass
from support.site import TestSite

from maildriver.database import schema

NewStudent = Callable[..., Correspondent]
NewPerson = Callable[..., Correspondent]


@pytest.fixture
def site(tmp_path: Path) -> TestSite:
    """A site whose mail accounts nobody serves, for what needs none."""
    site = TestSite(tmp_path / "site")
    site.write_settings("course@example.org", smtp=1, imap=1)
    site.write_course()
    return site


@pytest.fixture
def mail_site(tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]) -> TestSite:
    """A site with a course, whose mail goes through real Postfix and Dovecot."""
    site = TestSite(tmp_path / "site")
    site.write_settings(
        new_address("course"), smtp=mailstack.ports.smtp, imap=mailstack.ports.imap
    )
    site.write_course(attachment=b"%PDF-1.4 chart ")
    return site


@pytest.fixture
def new_student(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> NewStudent:
    """Enrols somebody with a new mailbox; `language` goes through a roster."""

    def enrol(*words: str, language: str = "en") -> Correspondent:
        student = Correspondent(mailstack, mail_site, new_address("student"))
        roster = mail_site.write("class.csv", f"address,language\n{student.address},{language}\n")
        mail_site.call("enrol", "night-sky", "--roster", str(roster), *words)
        return student

    return enrol


@pytest.fixture
def new_person(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> NewPerson:
    """Makes somebody with a mailbox whom the site does not know."""
    return lambda name="stranger": Correspondent(mailstack, mail_site, new_address(name))


@pytest.fixture
def student(mail_site: TestSite, new_person: NewPerson) -> Correspondent:
    """A student who has the welcome mail and the first packet."""
    student = new_person("student")
    mail_site.call("enrol", "night-sky", student.address, "--confirmed")
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    assert len(student.new_mails()) == 2
    return student


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    require("chromium")
    with sync_playwright() as playwright:
        expect.set_options(timeout=60_000)
        launched = playwright.chromium.launch(
            executable_path=program("chromium"), args=["--no-sandbox"], timeout=120_000
        )
        yield launched
        launched.close()


def subjects(member: Member) -> list[str]:
    """Return the subjects of what has come since one last looked."""
    return [str(mail["Subject"]) for mail in member.new_mails()]


def state_of(term: SimulatedClass, member: Member) -> str:
    """Return how the one enrolment of a member is."""
    rows = term.site.rows(
        sa.select(schema.enrolment.c.state)
        .join(schema.student, schema.student.c.id == schema.enrolment.c.student_id)
        .where(schema.student.c.address == member.address)
    )
    return str(rows[0].state)
