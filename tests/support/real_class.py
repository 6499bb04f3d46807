"""A class over real Postfix and Dovecot, hour by hour."""

import asyncio
import email
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import default

from support.clock import Clock
from support.deadlines import wait_until
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.app.loop import run_until_idle
from maildriver.app.services import open_services
from maildriver.app.site import open_site

ZONES = (
    *("Pacific/Auckland", "Asia/Tokyo", "Asia/Kolkata", "Asia/Kathmandu", "Africa/Nairobi"),
    *("Europe/Berlin", "Europe/Lisbon", "Atlantic/Azores", "America/Sao_Paulo"),
    *("America/New_York", "America/Los_Angeles", "Pacific/Apia"),
)


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
