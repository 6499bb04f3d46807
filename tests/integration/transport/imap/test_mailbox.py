"""Fetching mail from a real Dovecot."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

import pytest
from support.deadlines import is_over_within
from support.servers.mailstack import MailStack

from maildriver.domain.credential import Password
from maildriver.errors import LoginError, MailAccountError, TlsError
from maildriver.transport.imap.mailbox import ImapAccount, open_mailbox

NewAddress = Callable[..., str]
Security = Literal["tls", "starttls", "none"]

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


# -- opening -----------------------------------------------------------------------


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
async def test_a_mailbox_is_opened_whatever_the_encryption(
    mailstack: MailStack, new_address: NewAddress, security: Security
) -> None:
    port = mailstack.ports.imaps if security == "tls" else mailstack.ports.imap
    account = ImapAccount(
        "localhost", port, security, new_address(), timeout=30, trust=mailstack.trust()
    )
    filled(mailstack, account, message(1))

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert await mailbox.uids_from(1) == [1]
        assert await mailbox.fetch(1) == message(1)


@pytest.mark.parametrize("security", ["tls", "starttls"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
async def test_an_unknown_certificate_is_refused(
    mailstack: MailStack, security: Security, host: str
) -> None:
    port = mailstack.ports.imaps if security == "tls" else mailstack.ports.imap
    account = ImapAccount(host, port, security, "course@maildriver.test", timeout=30)

    with pytest.raises(TlsError, match="certificate not trusted"):
        async with open_mailbox(account, SECRET, "INBOX"):
            pass


async def test_a_server_without_tls_is_told_apart(mailstack: MailStack) -> None:
    account = ImapAccount("127.0.0.1", mailstack.ports.imap, "tls", "course@maildriver.test")

    with pytest.raises(TlsError, match="does not speak TLS"):
        async with open_mailbox(account, SECRET, "INBOX"):
            pass


async def test_a_wrong_password_is_refused(account: ImapAccount) -> None:
    with pytest.raises(LoginError, match=account.user):
        async with open_mailbox(account, Password("wrong"), "INBOX"):
            pass


async def test_a_missing_mailbox_is_named(account: ImapAccount) -> None:
    with pytest.raises(MailAccountError, match="'No such'"):
        async with open_mailbox(account, SECRET, "No such"):
            pass


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("My Folder", "My Folder"),
        ("Élève & co", "&AMk-l&AOg-ve &- co"),
        ("日本語", "&ZeVnLIqe-"),
        ('say "hello" \\o', 'say \\"hello\\" \\\\o'),
        ("smile 🙂", "smile &2D3eQg-"),
    ],
)
async def test_names_may_hold_spaces_quotes_and_every_script(
    mailstack: MailStack, account: ImapAccount, name: str, encoded: str
) -> None:
    with mailstack.session(account.user) as imap:
        assert imap.create(f'"{encoded}"')[0] == "OK"
        imap.append(f'"{encoded}"', "", "", message(7))

    async with open_mailbox(account, SECRET, name) as mailbox:
        assert await mailbox.fetch(1) == message(7)


def test_a_password_goes_nowhere_without_encryption_but_to_this_machine() -> None:
    with pytest.raises(ValueError, match="without encryption"):
        ImapAccount("imap.example.org", 143, "none", "course@example.org")


# -- finding -----------------------------------------------------------------------


async def test_only_new_messages_are_listed(mailstack: MailStack, account: ImapAccount) -> None:
    filled(mailstack, account, *map(message, range(5)))

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert mailbox.uidnext == 6
        assert await mailbox.uids_from(4) == [4, 5]
        # The last message must not come back for ever.
        assert await mailbox.uids_from(mailbox.uidnext) == []
        assert await mailbox.uids_from(1_000_000) == []


async def test_an_empty_mailbox_has_a_beginning(account: ImapAccount) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert mailbox.uidnext == 1
        assert await mailbox.uids_from(1) == []
        assert await mailbox.headers([]) == []
        assert await mailbox.fetch_many([]) == []


async def test_new_mail_is_found_on_an_open_connection(
    mailstack: MailStack, account: ImapAccount
) -> None:
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        for number in (1, 2, 3):
            mailstack.deliver(account.user, message(number))
            assert await mailbox.uids_from(number) == [number]


async def test_a_header_comes_with_size_and_date(
    mailstack: MailStack, account: ImapAccount
) -> None:
    when = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
    raw = b"Subject: * milk * eggs (and more\r\nX-Odd: {3}\r\n\r\nbody\r\n"
    mailstack.append(account.user, raw, when=when)

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        (header,) = await mailbox.headers([1])

    assert header.uid == 1
    assert header.size == len(raw)
    assert header.received == when
    assert header.header == raw.removesuffix(b"body\r\n")


async def test_three_thousand_headers_come_in_order(
    mailstack: MailStack, account: ImapAccount
) -> None:
    filled(mailstack, account, *map(message, range(3000)))

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        uids = await mailbox.uids_from(1)
        headers = await mailbox.headers(uids)

    assert [header.uid for header in headers] == uids == list(range(1, 3001))


async def test_a_large_mailbox_opens_at_its_end_at_once(
    mailstack: MailStack, account: ImapAccount
) -> None:
    filled(mailstack, account, *[message(0)] * 20_000)
    async with open_mailbox(account, SECRET, "INBOX"):
        pass  # Dovecot gives each message its number once

    async def look_at_the_end() -> None:
        async with open_mailbox(account, SECRET, "INBOX") as mailbox:
            assert await mailbox.uids_from(mailbox.uidnext) == []

    assert await is_over_within(2, look_at_the_end)
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert len(await mailbox.uids_from(1)) == 20_000


# -- fetching ----------------------------------------------------------------------

ODD_BODIES = [
    b"* 1 EXISTS\r\n* BYE\r\nA1 OK\r\n",
    b"ends in a brace {3}\r\nabc)\r\n",
    b'"\\" ((( \r\n',
    b"\x00\xff\xfe".replace(b"\x00", b"") + b" bytes\r\n",
    b"",
    b"no line end at all",
]


async def test_bytes_come_as_they_are(mailstack: MailStack, account: ImapAccount) -> None:
    messages = [message(number, body) for number, body in enumerate(ODD_BODIES)]
    for raw in messages:
        mailstack.append(account.user, raw)

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        uids = await mailbox.uids_from(1)
        assert [raw for _, raw in await mailbox.fetch_many(uids)] == messages
        assert [await mailbox.fetch(uid) for uid in uids] == messages


async def test_no_flag_changes(mailstack: MailStack, account: ImapAccount) -> None:
    filled(mailstack, account, message(1), message(2))

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        await mailbox.headers([1, 2])
        await mailbox.fetch(1)
        await mailbox.fetch_many([1, 2])

    with mailstack.session(account.user) as imap:
        (status,) = imap.status("INBOX", "(RECENT UNSEEN)")[1]
        assert status == b"INBOX (RECENT 2 UNSEEN 2)"


async def test_what_is_gone_is_absent(mailstack: MailStack, account: ImapAccount) -> None:
    filled(mailstack, account, *map(message, range(4)))

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        uids = await mailbox.uids_from(1)
        with mailstack.session(account.user) as imap:
            imap.select("INBOX")
            imap.uid("STORE", "2:3", "+FLAGS", r"(\Deleted)")
            imap.expunge()

        assert [header.uid for header in await mailbox.headers(uids)] == [1, 4]
        assert await mailbox.fetch(2) is None
        assert [uid for uid, _ in await mailbox.fetch_many(uids)] == [1, 4]


async def test_a_part_of_a_large_message_is_fetched(
    mailstack: MailStack, account: ImapAccount
) -> None:
    large = message(
        1, b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab\r\n" * 400_000
    )
    filled(mailstack, account, large)

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        (header,) = await mailbox.headers([1])
        assert header.size == len(large) > 24_000_000
        assert await mailbox.fetch(1, 256_000) == large[:256_000]
        assert await mailbox.fetch(1) == large


async def test_a_new_numbering_shows_in_uidvalidity(
    mailstack: MailStack, account: ImapAccount
) -> None:
    filled(mailstack, account, message(1))
    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        before = mailbox.uidvalidity

    mailstack.maildir(account.user).renumber()

    async with open_mailbox(account, SECRET, "INBOX") as mailbox:
        assert mailbox.uidvalidity != before
        assert await mailbox.fetch(1) == message(1)
