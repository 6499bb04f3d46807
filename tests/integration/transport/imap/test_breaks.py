"""A real Dovecot is killed, cut off or stalled while it serves us."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Literal

import pytest
from support.deadlines import within
from support.servers.mailstack import MailStack
from support.servers.proxy import Proxy

from maildriver.domain.credential import Password
from maildriver.errors import UnreachableError
from maildriver.transport.imap.mailbox import ImapAccount, open_mailbox

NewAddress = Callable[..., str]

SECRET = Password(MailStack.password)
RAW = b"Subject: hello\r\n\r\n" + b"0123456789abcdef0123456789abcdef\r\n" * 3000


@pytest.fixture
def user(mailstack: MailStack, new_address: NewAddress) -> str:
    address = new_address("course")
    mailstack.fill(address, [RAW])
    return address


@pytest.fixture
async def proxy(mailstack: MailStack) -> AsyncIterator[Proxy]:
    async with Proxy(mailstack.ports.imap) as proxy:
        yield proxy


@pytest.fixture
def account(proxy: Proxy, user: str) -> ImapAccount:
    return ImapAccount("127.0.0.1", proxy.port, "none", user, timeout=30)


@pytest.mark.parametrize("security", ["tls", "none"])
async def test_a_server_killed_in_idle_is_noticed_at_once(
    mailstack: MailStack, user: str, security: Literal["tls", "none"]
) -> None:
    port = mailstack.ports.imaps if security == "tls" else mailstack.ports.imap
    account = ImapAccount("localhost", port, security, user, 30, mailstack.trust())
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        waiting = asyncio.create_task(mailbox.wait(60))
        await asyncio.sleep(0.3)  # it idles
        assert await asyncio.to_thread(mailstack.kill_imap, user) == 1

        with within(2), pytest.raises(UnreachableError, match="closed the connection"):
            await waiting


async def test_a_server_killed_between_commands_is_noticed_by_the_next(
    mailstack: MailStack, account: ImapAccount
) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        mailstack.kill_imap(account.user)

        with within(2), pytest.raises(UnreachableError):
            await mailbox.fetch(1)


async def test_a_server_that_says_goodbye_in_idle_is_heard(
    mailstack: MailStack, account: ImapAccount
) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        waiting = asyncio.create_task(mailbox.wait(60))
        await asyncio.sleep(0.3)  # it idles
        await asyncio.to_thread(mailstack.kick, account.user)

        with within(2), pytest.raises(UnreachableError, match="closes the connection"):
            await waiting


async def test_a_server_that_is_gone_is_told_and_found_again(
    mailstack: MailStack, user: str
) -> None:
    account = ImapAccount("127.0.0.1", mailstack.ports.imap, "none", user, timeout=30)
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        mailstack.stop_dovecot()
        try:
            with within(1), pytest.raises(UnreachableError):
                await mailbox.wait(60)
            with within(1), pytest.raises(UnreachableError, match="cannot be reached"):
                async with open_mailbox(account, SECRET, "INBOX"):
                    pass
        finally:
            mailstack.start_dovecot()

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert await mailbox.fetch(1) == RAW


# The literal of the message begins about here and is 100 KB long.
@pytest.mark.parametrize("count", [0, 1, 20, 40, 1_000, 50_000, 102_000])
async def test_a_connection_cut_within_a_message_gives_no_message(
    proxy: Proxy, account: ImapAccount, count: int
) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        proxy.cut_after(count)
        with within(2), pytest.raises(UnreachableError, match="closed the connection"):
            await mailbox.fetch(1)

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert await mailbox.fetch(1) == RAW


@pytest.mark.parametrize("count", range(0, 800, 60))
async def test_a_connection_cut_while_we_log_in_is_told(
    proxy: Proxy, account: ImapAccount, count: int
) -> None:
    proxy.cut_after(count)
    with within(3), pytest.raises(UnreachableError):
        async with open_mailbox(account, SECRET, "INBOX") as mailbox:
            await mailbox.fetch(1)


async def test_a_reset_connection_is_told(proxy: Proxy, account: ImapAccount) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        waiting = asyncio.create_task(mailbox.wait(60))
        await asyncio.sleep(0.2)  # it idles
        proxy.reset()

        with within(1), pytest.raises(UnreachableError):
            await waiting


async def test_a_stalled_login_is_given_up(proxy: Proxy, account: ImapAccount) -> None:
    proxy.stall()
    with within(3), pytest.raises(UnreachableError, match="does not answer"):
        async with open_mailbox(replace(account, timeout=1), SECRET, "INBOX"):
            pass


async def test_a_stalled_fetch_is_given_up(proxy: Proxy, account: ImapAccount) -> None:
    async with open_mailbox(replace(account, timeout=2), SECRET, "INBOX") as mailbox:
        proxy.stall()
        with within(4), pytest.raises(UnreachableError, match="does not answer"):
            await mailbox.fetch(1)


async def test_a_connection_that_stalls_in_idle_is_noticed_at_the_end(
    proxy: Proxy, account: ImapAccount
) -> None:
    async with open_mailbox(replace(account, timeout=2), SECRET, "INBOX") as mailbox:
        waiting = asyncio.create_task(mailbox.wait(1))
        await asyncio.sleep(0.3)  # it idles
        proxy.stall()

        with within(4), pytest.raises(UnreachableError, match="does not answer"):
            await waiting


async def test_a_slow_line_is_no_dead_line(proxy: Proxy, account: ImapAccount) -> None:
    proxy.throttle(25_000)
    async with open_mailbox(replace(account, timeout=2), SECRET, "INBOX") as mailbox:
        assert await mailbox.fetch(1) == RAW  # four seconds, where two of silence are too much
