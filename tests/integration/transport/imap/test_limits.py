"""Odd but right answers are understood, and no more is taken than was asked for."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest
from support.deadlines import within
from support.servers.fake_imap import FakeImap, Reply, account, mailbox_on

from maildriver.domain.credential import Credential, Password
from maildriver.errors import MailAccountError, UnreachableError
from maildriver.transport.imap.mailbox import open_mailbox

SECRET = Password('pa"ss\\word')


async def opened(server: FakeImap, credential: Credential = SECRET, **changes: object) -> None:
    async with open_mailbox(account(server, **changes), credential, "INBOX"):
        pass


# -- odd but right, and too much ---------------------------------------------------


def fetched(*responses: bytes) -> dict[str, Reply]:
    return {"UID FETCH": b"".join(responses) + b"TAG OK done\r\n"}


BODY = b"Subject: * milk * eggs\r\n\r\nhello\r\n"


@pytest.mark.parametrize(
    "response",
    [
        b"* 1 FETCH (UID 1 BODY[] {33}\r\n%s)\r\n",
        b"* 1 FETCH (BODY[] {33}\r\n%s UID 1)\r\n",
        b"* 1 fetch (uid 1 body[] {33}\r\n%s flags (\\Seen))\r\n",
        b'* 1 FETCH (FLAGS (\\Seen "(") UID 1 BODY[] {33}\r\n%s)\r\n',
        b"* 1 FETCH (UID 1 BODY[]<0> {33}\r\n%s)\r\n",
        b"* 9 FETCH (UID 9 BODY[] {3}\r\nabc)\r\n* 1 FETCH (UID 1 BODY[] {33}\r\n%s)\r\n",
        b"* 1 FETCH (UID 1 BODY[] {33}\r\n%s)\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n",
        b"* 1 EXPUNGE\r\n* OK {3}\r\n* 1 FETCH (UID 1 BODY[] {33}\r\n%s)\r\n",
    ],
)
async def test_a_message_is_found_however_it_is_told(response: bytes) -> None:
    assert len(BODY) == 33
    async with mailbox_on(fetched(response.replace(b"%s", BODY))) as mailbox:
        assert await mailbox.fetch(1) == BODY


async def test_a_message_that_is_told_to_be_nothing_is_gone() -> None:
    async with mailbox_on(fetched(b"* 1 FETCH (UID 1 BODY[] NIL)\r\n")) as mailbox:
        assert await mailbox.fetch(1) is None


async def test_no_old_message_comes_back() -> None:
    async with mailbox_on() as mailbox:
        assert (mailbox.uidvalidity, mailbox.uidnext) == (77, 4)
        assert await mailbox.uids_from(4) == []


async def test_a_server_that_keeps_uidnext_to_itself_is_asked() -> None:
    examine = b"* OK [UIDVALIDITY 77] ok\r\nTAG OK done\r\n"
    async with mailbox_on({"EXAMINE": examine}) as mailbox:
        assert mailbox.uidnext == 4


async def test_a_mailbox_without_lasting_numbers_is_refused() -> None:
    async with FakeImap({"EXAMINE": b"* OK [UIDNEXT 4] ok\r\nTAG OK done\r\n"}) as server:
        with pytest.raises(MailAccountError, match="no lasting numbers"):
            await opened(server)


async def test_three_thousand_lines_in_one_piece_are_read() -> None:
    lines = b"".join(b"* %d FETCH (FLAGS (\\Seen))\r\n" % number for number in range(3000))
    async with mailbox_on(fetched(lines)) as mailbox:
        assert await mailbox.fetch(1) is None


async def test_two_hundred_thousand_messages_are_listed() -> None:
    uids = list(range(1_000_000, 1_200_000))
    search = b"* SEARCH %s\r\nTAG OK done\r\n" % b" ".join(b"%d" % uid for uid in uids)
    async with mailbox_on({"UID SEARCH": search}) as mailbox:
        with within(5):
            assert await mailbox.uids_from(1_000_000) == uids


async def a_gigabyte() -> AsyncIterator[bytes]:
    yield b"* 1 FETCH (UID 1 BODY[] {1000000000}\r\n"
    for _ in range(10_000):
        yield b"x" * 100_000


async def an_endless_line() -> AsyncIterator[bytes]:
    yield b"* 1 FETCH (UID 1 "
    while True:
        yield b"x" * 100_000


async def endless_literals() -> AsyncIterator[bytes]:
    yield b"* 1 FETCH (UID 1 BODY[] {0}\r\n"
    while True:
        yield b" X {0}\r\n" * 10_000


async def endless_responses() -> AsyncIterator[bytes]:
    while True:
        yield b"* 1 FETCH (UID 1 BODY[] {1000}\r\n%s)\r\n" % (b"x" * 1000) * 100


ENDLESS = [a_gigabyte, an_endless_line, endless_literals, endless_responses]


@pytest.mark.parametrize("stream", ENDLESS)
async def test_more_than_was_asked_for_is_not_taken(
    stream: Callable[[], AsyncIterator[bytes]],
) -> None:
    async with (
        FakeImap({"UID FETCH": stream}) as server,
        open_mailbox(account(server, largest_message=1_000_000), SECRET, "INBOX") as mailbox,
    ):
        with within(5), pytest.raises(UnreachableError, match="sends"):
            await mailbox.fetch(1)

        assert server.sent < 20_000_000


async def drips() -> AsyncIterator[bytes]:
    yield b"* 1 FETCH (UID 1 BODY[] {1000}\r\n"
    while True:
        await asyncio.sleep(0.1)  # always sooner than a silence is noticed
        yield b"x"


async def test_a_server_that_only_drips_is_given_up() -> None:
    async with mailbox_on({"UID FETCH": drips}, timeout=2) as mailbox:
        with within(3.5), pytest.raises(UnreachableError, match="does not answer"):
            await mailbox.fetch(1)


async def flows() -> AsyncIterator[bytes]:
    yield b"* 1 FETCH (UID 1 BODY[] {100000}\r\n"
    for _ in range(10):
        await asyncio.sleep(0.3)  # three seconds in all: longer than a silence may last
        yield b"x" * 10_000
    yield b")\r\nTAG OK done\r\n"


async def test_a_slow_server_is_given_the_time_it_needs() -> None:
    async with mailbox_on({"UID FETCH": flows}, timeout=2) as mailbox:
        assert await mailbox.fetch(1) == b"x" * 100_000
