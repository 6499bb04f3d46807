"""A class of 200 in 12 zones gets three lessons and replies, over real Postfix and Dovecot."""

import asyncio
import email
import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from clock import Clock
from patience import wait_until
from servers.mailstack import MailStack
from servers.site import TestSite

from maildriver.app.loop import run_until_idle
from maildriver.app.services import open_services
from maildriver.app.site import open_site
from maildriver.database.schema import enrolment, inbox, outbox, post

ZONES = (
    *("Pacific/Auckland", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Africa/Nairobi"),
    *("Europe/Berlin", "Europe/Lisbon", "Atlantic/Azores", "America/Sao_Paulo"),
    *("America/New_York", "America/Los_Angeles", "Pacific/Apia"),
)
STUDENTS = 200
LESSONS = 3


def roster(addresses: list[str]) -> str:
    lines = ["address,name,timezone,days,at"]
    for number, address in enumerate(addresses):
        hour = 5 + number % 15
        lines.append(
            f"{address},Student {number},{ZONES[number % 12]},daily,{hour:02}:{number % 60:02}"
        )
    return "\r\n".join(lines)


async def live_until(site: TestSite, clock: Clock, end: datetime) -> None:
    """Let the services work, hour by hour of the clock, as `run` would."""
    with open_site(site.folder) as opened:
        async with open_services(opened, clock, stopping=asyncio.Event(), idle=0) as (services, _):
            while clock() < end:
                await run_until_idle(services.steps())
                clock.advance(timedelta(minutes=60))


def mails_of(mailstack: MailStack, address: str, count: int) -> list[EmailMessage]:
    """Return the mails of a student by their date, when as many as expected have come."""
    box = mailstack.maildir(address)
    wait_until(lambda: len(box.messages()) >= count, 60, f"{address} has too few mails")
    mails = [email.message_from_bytes(raw, policy=default) for raw in box.messages()]
    # Days of the clock are moments here, in which Postfix may deliver one before the other.
    return sorted(mails, key=lambda mail: mail["Date"].datetime)


def reply_to(mail: EmailMessage, student: str, text: str) -> bytes:
    """Answer a mail the way a mail program does, with what it answers quoted below."""
    body = mail.get_body(("plain",))
    assert body is not None
    quoted = "\r\n".join("> " + line for line in body.get_content().splitlines())
    reply = EmailMessage()
    reply["From"] = f"A Student <{student}>"
    reply["To"] = str(mail["Reply-To"])
    reply["Subject"] = f"Re: {mail['Subject']}"
    reply["Message-ID"] = f"<{student.replace('@', '.')}.{hash(text):x}@client.example>"
    reply["In-Reply-To"] = str(mail["Message-ID"])
    reply["Date"] = "Mon, 02 Mar 2026 12:00:00 +0000"
    reply.set_content(f"{text}\r\n\r\nOn Monday, Night Sky wrote:\r\n{quoted}\r\n")
    return reply.as_bytes(policy=reply.policy.clone(linesep="\r\n"))


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
