"""A room that somebody adds: a command, a kind of mail, a key of course.toml, a line of status."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from support import applause
from support.clock import Clock
from support.real_class import mails_of, reply_to
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.app.features import FEATURES
from maildriver.app.loop import run_until_idle
from maildriver.app.services import open_services
from maildriver.app.site import open_site
from maildriver.feature import Feature
from maildriver.operator.status import status

ROOMS: Sequence[Feature] = (*FEATURES, applause.FEATURE)


def work(site: TestSite, clock: Clock) -> tuple[str, ...]:
    """Let the services work until they have nothing to do; return what the rooms say in status."""

    async def until_idle() -> None:
        async with open_services(
            opened, clock, stopping=asyncio.Event(), idle=0, features=ROOMS
        ) as (services, _):
            await run_until_idle(services.steps())

    with open_site(site.folder) as opened:
        asyncio.run(until_idle())
        return opened.database.read(lambda conn: status(conn, clock(), features=ROOMS)).lines


@pytest.mark.parametrize(("key", "applauded"), [("on", 1), ("off", 0)])
def test_a_small_room_is_one_feature_and_its_templates(
    mail_site: TestSite,
    mailstack: MailStack,
    new_address: Callable[..., str],
    key: str,
    applauded: int,
) -> None:
    student, instructor = new_address("student"), new_address("instructor")
    mail_site.write_course(more=f'applause = "{key}"\ninstructors = ["{instructor}"]')
    for name, text in applause.TEMPLATES.items():
        mail_site.write(f"templates/en/{name}", text)
    clock = Clock(datetime.now(UTC))
    work(mail_site, clock)
    mail_site.call("enrol", "night-sky", student, "--confirmed")
    clock.moment = datetime.now(UTC)
    work(mail_site, clock)
    (welcome,) = mails_of(mailstack, student, 1)

    mailstack.append(mail_site.address, reply_to(welcome, student, "clap"))
    lines = work(mail_site, clock)

    assert lines == (f"applause: {applauded}",)
    note = mails_of(mailstack, student, 2)[-1]
    assert ("Thank you" in note["Subject"]) == bool(applauded)
    theirs = [mail["Subject"] for mail in mails_of(mailstack, instructor, 1 + applauded)]
    assert theirs.count("Applause") == applauded


def test_a_key_of_a_room_has_its_faults_as_any_other(mail_site: TestSite) -> None:
    from maildriver.courses.check import check_course
    from maildriver.courses.limits import Limits

    mail_site.write_course(more='applause = "loud"')
    keys = applause.FEATURE.course_keys

    checked = check_course(mail_site.folder / "courses/night-sky", Limits(), keys)

    assert checked.course is None
    (fault,) = checked.faults
    assert fault.where.startswith("night-sky/course.toml:")
    assert "applause" in fault.problem
    unknown = check_course(mail_site.folder / "courses/night-sky", Limits())
    assert "unknown key" in unknown.faults[0].problem
