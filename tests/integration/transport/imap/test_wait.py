"""Waiting for new mail in a real Dovecot."""

import asyncio
import imaplib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from support.deadlines import slowness
from support.servers.mailstack import MailStack

from maildriver.domain.credential import Password
from maildriver.transport.imap.mailbox import ImapAccount, open_mailbox

NewAddress = Callable[..., str]

SECRET = Password(MailStack.password)


def message(number: int, body: bytes = b"hello\r\n") -> bytes:
    return b"From: ada@maildriver.test\r\nSubject: %d\r\n\r\n" % number + body


@pytest.fixture
def account(mailstack: MailStack, new_address: NewAddress) -> ImapAccount:
    return ImapAccount(
        "127.0.0.1", mailstack.ports.imap, "none", new_address("course"), timeout=30
    )


def filled(stack: MailStack, account: ImapAccount, *messages: bytes) -> None:
    stack.fill(account.user, messages)


async def test_a_delivery_is_noticed_within_two_seconds(
    mailstack: MailStack, account: ImapAccount
) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        times = []
        for number in range(1, 4):  # at the best of three times: the machine may be busy
            waiting = asyncio.create_task(mailbox.wait(60))
            await asyncio.sleep(0.3)  # it idles
            assert not waiting.done()
            await asyncio.to_thread(mailstack.deliver, account.user, message(number))

            started = time.monotonic()
            assert await waiting
            times.append(time.monotonic() - started)
            assert await mailbox.uids_from(1) == list(range(1, number + 1))
        assert min(times) < 2 * slowness(), times
        # What was seen is no news a second time.
        assert not await mailbox.wait(0.2)


async def test_mail_that_came_before_the_wait_is_noticed(
    mailstack: MailStack, account: ImapAccount
) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert await mailbox.uids_from(1) == []
        mailstack.deliver(account.user, message(1))

        assert await mailbox.wait(60)


async def test_a_busy_mailbox_wakes_a_wait_once(
    mailstack: MailStack, account: ImapAccount
) -> None:
    filled(mailstack, account, *[message(0)] * 1500)

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        await mailbox.uids_from(1)
        waiting = asyncio.create_task(mailbox.wait(1.5))
        await asyncio.sleep(0.2)  # it idles
        await asyncio.to_thread(expunge_all, mailstack, account.user)

        assert not await waiting  # 1,500 lines told us that messages went, none that one came
        assert await mailbox.uids_from(1) == []


def expunge_all(stack: MailStack, user: str) -> None:
    with stack.session(user) as imap:
        imap.select("INBOX")
        imap.store("1:*", "+FLAGS", r"(\Deleted)")
        imap.expunge()


async def test_a_wait_may_be_longer_than_a_silence(
    mailstack: MailStack, account: ImapAccount
) -> None:
    impatient = replace(account, timeout=5)
    async with (
        open_mailbox(impatient, SECRET, "INBOX") as first,
        open_mailbox(impatient, SECRET, "INBOX") as second,
    ):
        waiting = asyncio.create_task(second.wait(60))
        assert not await first.wait(6)

        await asyncio.to_thread(mailstack.deliver, account.user, message(1))
        assert await waiting
        assert await second.uids_from(1) == [1]


async def test_without_idle_the_mailbox_is_asked(
    mailstack: MailStack, account: ImapAccount
) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        mailbox._protocol.capabilities.discard("IDLE")
        assert not await mailbox.wait(0.2)

        mailstack.deliver(account.user, message(1))
        assert await mailbox.wait(0.2)


async def test_the_mailbox_of_another_client_is_not_disturbed(
    mailstack: MailStack, account: ImapAccount
) -> None:
    with mailstack.session(account.user) as imap:
        imap.select("INBOX")
        async with open_mailbox(account, SECRET, "INBOX") as mailbox:
            imap.append("INBOX", r"(\Flagged)", imaplib.Time2Internaldate(0), message(1))

            assert await mailbox.fetch_many(await mailbox.uids_from(1)) == [(1, message(1))]
