"""Ten students talk, over real Postfix and Dovecot, from the first reply to an answered digest."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage

import sqlalchemy as sa
from support.clock import Clock
from support.real_class import live_until, mails_of, reply_to, roster
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import outbox, post


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def digests_of(mailstack: MailStack, address: str, count: int) -> list[EmailMessage]:
    mails = mails_of(mailstack, address, count)
    return [mail for mail in mails if str(mail["Subject"]).startswith("Discussion")]


def test_ten_students_talk_and_answer_their_digests(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    addresses = [new_address(f"student{number}") for number in range(10)]
    mail_site.write("class.csv", roster(addresses))
    mail_site.call(
        "enrol", "night-sky", "--roster", f"{mail_site.folder}/class.csv", "--confirmed"
    )
    clock = Clock(datetime.now(UTC))
    asyncio.run(live_until(mail_site, clock, clock() + timedelta(days=1, hours=3)))
    for number, address in enumerate(addresses):
        packet = mails_of(mailstack, address, 2)[1]
        reply = reply_to(packet, address, f"I saw star number {number}x.")
        mailstack.deliver(str(packet["Reply-To"]), reply, mail_from=address)
    asyncio.run(live_until(mail_site, clock, clock() + timedelta(days=1, hours=12)))

    for number, address in enumerate(addresses):
        digests = digests_of(mailstack, address, 5)
        shown = "".join(map(text_of, digests))
        for other in range(10):
            times = shown.count(f"| I saw star number {other}x.")
            assert times == (other != number), f"{address} was shown {other} {times} times"

    first = digests_of(mailstack, addresses[0], 5)[-1]
    mailstack.deliver(
        str(first["Reply-To"]),
        reply_to(first, addresses[0], "A word to all of you."),
        mail_from=addresses[0],
    )
    asyncio.run(live_until(mail_site, clock, clock() + timedelta(days=1, hours=12)))

    for address in addresses[1:]:
        shown = "".join(map(text_of, digests_of(mailstack, address, 6)))
        assert shown.count("| A word to all of you.") == 1, address
    assert len(mail_site.rows(sa.select(post.c.id))) == 11
    assert mail_site.rows(sa.select(outbox.c.state).distinct()) == [("sent",)]
