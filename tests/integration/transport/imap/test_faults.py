"""Whatever a server does, a call ends soon and with a reason."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from support.deadlines import is_over_within, wait_until, within
from support.servers.fake_imap import CUT, FakeImap, Reply, account, mailbox_on
from support.servers.ports import free_ports

from maildriver.domain.credential import Credential, Password
from maildriver.errors import MailAccountError, UnreachableError
from maildriver.transport.imap.mailbox import ImapAccount, Mailbox, open_mailbox

SECRET = Password('pa"ss\\word')


async def opened(server: FakeImap, credential: Credential = SECRET, **changes: object) -> None:
    async with open_mailbox(account(server, **changes), credential, "INBOX"):
        pass


# -- silence, nonsense and hanging up ----------------------------------------------


async def test_a_port_where_nobody_listens_is_told_at_once() -> None:
    (port,) = free_ports(1)
    lonely = ImapAccount("127.0.0.1", port, "none", "course", timeout=60)
    with within(1), pytest.raises(UnreachableError, match="cannot be reached"):
        async with open_mailbox(lonely, SECRET, "INBOX"):
            pass


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
async def test_a_server_that_says_nothing_is_given_up(security: str) -> None:
    async with FakeImap(greeting=None) as server:
        with within(2), pytest.raises(UnreachableError, match="does not answer"):
            await opened(server, security=security, timeout=0.5)


@pytest.mark.parametrize(
    "greeting", [b"* BYE overloaded\r\n", b"220 smtp.example.org ESMTP\r\n", b"\r\n", CUT]
)
async def test_a_greeting_that_is_none_is_told_at_once(greeting: bytes) -> None:
    async with FakeImap(greeting=greeting) as server:

        async def refused() -> None:
            with pytest.raises(UnreachableError):
                await opened(server)

        assert await is_over_within(0.4, refused)


async def fetch(mailbox: Mailbox) -> object:
    return await mailbox.fetch(1)


async def find(mailbox: Mailbox) -> object:
    return await mailbox.uids_from(1)


async def wait(mailbox: Mailbox) -> object:
    return await mailbox.wait(0.3)


CALLS: list[tuple[str, Callable[[Mailbox], Awaitable[object]]]] = [
    ("CAPABILITY", wait),
    ("AUTHENTICATE", wait),
    ("EXAMINE", wait),
    ("NOOP", find),
    ("UID SEARCH", find),
    ("UID FETCH", fetch),
    ("IDLE", wait),
]

NONSENSE: dict[str, Reply] = {
    "silence": None,
    "hanging up": CUT,
    "hanging up in a line": b"* 1 FET" + CUT,
    "an unknown tag": b"ZZ99 OK done\r\n",
    "another protocol": b"HTTP/1.1 400 Bad Request\r\n\r\n",
    "goodbye": b"* BYE shutting down\r\n",
    "a literal without end": b"* 1 FETCH (UID 1 BODY[] {10}\r\n12345",
    "a bare tag": b"TAG\r\n",
}


@pytest.mark.parametrize("reply", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.parametrize(("command", "call"), CALLS, ids=[name for name, _ in CALLS])
async def test_every_command_ends_whatever_the_answer(
    command: str, call: Callable[[Mailbox], Awaitable[object]], reply: Reply
) -> None:
    async with FakeImap({command: reply}) as server:
        with within(2.5), pytest.raises((MailAccountError,)):
            async with open_mailbox(account(server, timeout=0.5), SECRET, "INBOX") as mailbox:
                await call(mailbox)


async def test_after_an_error_nothing_more_is_said() -> None:
    async with (
        FakeImap({"UID FETCH": None}) as server,
        open_mailbox(account(server, timeout=2), SECRET, "INBOX") as mailbox,
    ):
        with pytest.raises(UnreachableError, match="does not answer"):
            await mailbox.fetch(1)
        said = len(server.lines)

        async def refused(call: Callable[[], Awaitable[object]]) -> None:
            with pytest.raises(UnreachableError):
                await call()

        assert await is_over_within(0.2, lambda: refused(lambda: mailbox.uids_from(1)))
        assert await is_over_within(0.2, lambda: refused(lambda: mailbox.wait(60)))
        assert len(server.lines) == said


async def test_a_cancelled_call_closes_the_connection() -> None:
    async with (
        FakeImap({"UID FETCH": None}) as server,
        open_mailbox(account(server), SECRET, "INBOX") as mailbox,
    ):
        fetching = asyncio.create_task(mailbox.fetch(1))
        await asyncio.to_thread(wait_until, lambda: b"UID FETCH" in server.said(), 60, "no FETCH")
        fetching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await fetching
        with pytest.raises(UnreachableError, match="given up"):
            await mailbox.uids_from(1)


async def test_a_server_that_never_says_goodbye_is_left() -> None:
    async with FakeImap({"LOGOUT": None}) as server:
        with within(3):
            await opened(server)


@pytest.mark.parametrize("answer", [b"TAG NO not here\r\n", b"TAG BAD what?\r\n"])
async def test_where_idle_is_refused_the_mailbox_is_asked(answer: bytes) -> None:
    replies: dict[str, Reply] = {"IDLE": answer, "NOOP": b"* 4 EXISTS\r\nTAG OK done\r\n"}
    async with mailbox_on(replies) as mailbox:
        assert await mailbox.wait(0.2)


async def test_a_server_that_dies_silently_in_idle_is_noticed_at_the_end() -> None:
    async with mailbox_on({"IDLE": [b"+ idling\r\n", b""]}, timeout=2) as mailbox:
        with within(3.5), pytest.raises(UnreachableError, match="does not answer"):
            await mailbox.wait(0.3)


async def test_a_sign_of_life_is_no_news() -> None:
    idle: Reply = [b"+ idling\r\n* OK still here\r\n* 2 EXPUNGE\r\n", b"TAG OK done\r\n"]
    async with mailbox_on({"IDLE": idle}) as mailbox:
        assert not await mailbox.wait(0.2)
