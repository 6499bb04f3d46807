"""A class of 200 in 12 zones gets three lessons and replies, over real Postfix and Dovecot."""

import asyncio
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from support.clock import Clock
from support.real_class import ZONES, live_until, mails_of, reply_to, roster
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import enrolment, inbox, outbox, post

STUDENTS = 200
LESSONS = 3


def test_everyone_gets_exactly_what_is_due_and_every_reply_is_one_post(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    addresses = [new_address(f"student{number}") for number in range(STUDENTS)]
    mail_site.write("class.csv", roster(addresses))
    mail_site.call(
        "enrol", "night-sky", "--roster", f"{mail_site.folder}/class.csv", "--confirmed"
    )
    clock = Clock(datetime.now(UTC))

    asyncio.run(live_until(mail_site, clock, clock() + timedelta(days=LESSONS, hours=12)))

    mails = {address: mails_of(mailstack, address, 1 + LESSONS) for address in addresses}
    charts = [b"%PDF-1.4 chart " + bytes([number]) for number in range(1, LESSONS + 1)]
    for address in addresses:
        packets = mails[address][1:]
        assert [str(mail["Subject"])[:2] for mail in packets] == ["1.", "2.", "3."], address
        files = [part.get_content() for mail in packets for part in mail.iter_attachments()]
        assert files == charts, address
        _nobody_elses_address(mails[address], address, addresses)
    _everyone_at_their_own_hour(mail_site)

    assert mail_site.json("status")["next_sends"] == []

    replies = {address: f"I saw star {number}" for number, address in enumerate(addresses)}
    own = str(mails[addresses[0]][0]["From"].addresses[0].addr_spec)
    for number, address in enumerate(addresses):
        packet = mails[address][1 + number % LESSONS]
        to = own.replace("@", f"+{_token(packet)}@")
        mailstack.deliver(to, reply_to(packet, address, replies[address]), mail_from=address)
    asyncio.run(live_until(mail_site, clock, clock() + timedelta(hours=1)))

    posts = mail_site.rows(sa.select(post.c.text, post.c.lesson))
    assert Counter(row.text for row in posts) == Counter(replies.values())
    assert {row.lesson for row in posts} == {"lesson-1", "lesson-2", "lesson-3"}
    assert mail_site.rows(sa.select(inbox.c.state).distinct()) == [("done",)]


def _token(mail: EmailMessage) -> str:
    match = re.search(r"\+([a-z2-7]{24})@", str(mail["Reply-To"]))
    assert match is not None
    return match[1]


def _nobody_elses_address(mails: list[EmailMessage], own: str, all_of_them: list[str]) -> None:
    text = b"".join(mail.as_bytes() for mail in mails).decode("ascii", "replace")
    found = set(re.findall(r"student\d+-\d+@maildriver\.test", text))
    assert found == {own}
    assert own in all_of_them


def _everyone_at_their_own_hour(site: TestSite) -> None:
    """Every packet went within the hour of its slot: the test moves its clock by hours."""
    rows = site.rows(
        sa.select(outbox.c.settled_at, outbox.c.address, enrolment.c.at)
        .join(enrolment, outbox.c.enrolment_id == enrolment.c.id)
        .where(outbox.c.kind == "packet")
    )
    assert len(rows) == STUDENTS * LESSONS
    for row in rows:
        number = int(re.findall(r"^student(\d+)-", row.address)[0])
        local = row.settled_at.astimezone(ZoneInfo(ZONES[number % 12]))
        hour, minute = map(int, row.at.split(":"))
        slot = local.replace(hour=hour, minute=minute, second=0, microsecond=0)
        assert timedelta(0) <= local - slot <= timedelta(hours=1), row.address
