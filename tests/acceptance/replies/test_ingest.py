"""From the mailbox to a post while the site waits for mail."""

import time
from functools import partial
from statistics import median

import pytest
import sqlalchemy as sa
from acceptance.conftest import NewStudent
from support.deadlines import slowness, wait_until
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import mailbox, outbox, post


def said(site: TestSite) -> int:
    return int(site.rows(sa.select(sa.func.count()).select_from(post))[0][0])


def has_said(site: TestSite, number: int) -> bool:
    return said(site) >= number


@pytest.mark.alone
def test_while_idling_a_reply_is_a_post_within_two_seconds_of_its_arrival(
    mail_site: TestSite, mailstack: MailStack, new_student: NewStudent
) -> None:
    """Dovecot itself says nothing for half a second."""
    student = new_student("--confirmed")
    with mail_site.running():
        welcome = sa.select(outbox.c.token).where(outbox.c.state == "sent")
        wait_until(lambda: mail_site.rows(welcome), 120, "the welcome mail never went")
        wait_until(lambda: mail_site.rows(sa.select(mailbox.c.name)), 120, "nobody looks for mail")
        token = mail_site.rows(welcome)[0][0]
        times = []
        for number in range(1, 6):
            time.sleep(1)  # it idles again
            to = mail_site.address.replace("@", f"+{token}@")
            raw = (
                f"From: {student.address}\r\nTo: {to}\r\n"
                f"Subject: Re: Welcome\r\nMessage-ID: <{number}@client.test>\r\n\r\n"
                f"I saw star number {number}.\r\n"
            )
            mailstack.deliver(mail_site.address, raw.encode(), mail_from=student.address)
            arrived = time.monotonic()
            wait_until(partial(has_said, mail_site, number), 60, "it is no post")
            times.append(time.monotonic() - arrived)

    assert median(times) < 2 * slowness(), times
