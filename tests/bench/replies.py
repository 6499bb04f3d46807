"""A class whose replies wait in a mailbox: each answers the packet that it quotes."""

import email
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path

import sqlalchemy as sa
from bench.site import first_packet, planned
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import mailbox, outbox


def replied(folder: Path, stack: MailStack, address: str, students: int) -> TestSite:
    """Return a site of so many students, whose replies wait in the inbox of `address`."""
    site, _ = planned(folder, 5, students)
    site.write_settings(address, smtp=1, imap=stack.ports.imap)
    packet = email.message_from_bytes(first_packet(folder), policy=default)
    gone = datetime.now(UTC) - timedelta(hours=1)
    site.change(sa.update(outbox).values(state="sent", parts=None, settled_at=gone))
    stack.fill(address, answers(site, packet))
    return site


def answers(site: TestSite, packet: EmailMessage) -> Iterator[bytes]:
    """Return what the students write, as their mail programs send it."""
    body = packet.get_body(("plain",))
    assert body is not None
    quoted = "\n".join(f"> {line}" for line in str(body.get_content()).splitlines())
    first = str(packet["Message-ID"]).strip("<>").partition("@")[0]
    name, domain = site.address.split("@")
    query = sa.select(outbox.c.id, outbox.c.token, outbox.c.address).order_by(outbox.c.id)
    for number, token, student in site.rows(query):
        reply = EmailMessage(policy=SMTP)
        reply["From"] = f"Zoë {number} <{student}>"
        reply["To"] = f"Night School <{name}+{token}@{domain}>"
        reply["Subject"] = f"Re: {packet['Subject']}"
        reply["Date"] = packet["Date"]
        reply["Message-ID"] = f"<{number}.reply@client.test>"
        reply["In-Reply-To"] = reply["References"] = f"<{token}@{domain}>"
        theirs = quoted.replace(first, token)  # each quotes the packet that they had
        text = f"I counted {number} stars, and one that moved. Was that a satellite?"
        reply.set_content(f"{text}\n\nOn Monday, {packet['From']} wrote:\n{theirs}\n")
        reply.add_alternative(f"<p>{text}</p><blockquote>{theirs}</blockquote>", subtype="html")
        yield bytes(reply)


def begin_at_the_first(site: TestSite, address: str, uidvalidity: int) -> None:
    """Let the poller take what was there before it: else it begins with the next mail."""
    values = {
        "name": "INBOX", "uidvalidity": uidvalidity, "next_uid": 1,
        "since": datetime.now(UTC) - timedelta(days=1),
    }  # fmt: skip
    with site.database() as database:
        database.write(lambda conn: conn.execute(sa.insert(mailbox).values(**values)))
