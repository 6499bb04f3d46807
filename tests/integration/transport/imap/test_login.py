"""How we log in, and what we do not say to a server that has not proved its name."""

import base64
from pathlib import Path

import pytest
from support.require import require
from support.servers.fake_imap import CUT, FakeImap, Reply, account
from support.servers.tls import make_certificate, serving, trusting

from maildriver.domain.credential import AccessToken, Credential, Password
from maildriver.errors import LoginError, TlsError, UnreachableError
from maildriver.transport.imap.mailbox import open_mailbox

SECRET = Password('pa"ss\\word')


async def opened(server: FakeImap, credential: Credential = SECRET, **changes: object) -> None:
    async with open_mailbox(account(server, **changes), credential, "INBOX"):
        pass


# -- logging in --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ([b"+ \r\n", b"TAG NO [AUTHENTICATIONFAILED] wrong\r\n"], LoginError),
        (b"TAG NO not like this\r\n", LoginError),
        (b"TAG BAD what?\r\n", LoginError),
        ([b"+ \r\n", b"TAG NO [UNAVAILABLE] database is down\r\n"], UnreachableError),
        ([b"+ \r\n", b"* BYE too many connections\r\n" + CUT], UnreachableError),
    ],
)
async def test_a_refused_login_is_told_from_a_server_in_trouble(
    reply: Reply, error: type[Exception]
) -> None:
    async with FakeImap({"AUTHENTICATE": reply}) as server:
        with pytest.raises(error):
            await opened(server)


async def test_a_password_is_sent_as_plain() -> None:
    async with FakeImap() as server:
        await opened(server, Password("päss"))

    assert base64.b64encode("\0course\0päss".encode()) in server.lines


async def test_a_server_without_plain_gets_a_quoted_login() -> None:
    replies: dict[str, Reply] = {
        "CAPABILITY": b"* CAPABILITY IMAP4rev1\r\nTAG OK done\r\n",
        "LOGIN": b"TAG OK welcome\r\n",
    }
    async with FakeImap(replies) as server:
        await opened(server)

    assert b'LOGIN "course" "pa\\"ss\\\\word"' in server.said()


async def test_a_server_that_takes_no_login_here_gets_none() -> None:
    capabilities = b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\nTAG OK done\r\n"
    async with FakeImap({"CAPABILITY": capabilities}) as server:
        with pytest.raises(LoginError):
            await opened(server)

    assert b"LOGIN" not in server.said()


async def test_an_access_token_is_sent_as_xoauth2() -> None:
    async with FakeImap() as server:
        await opened(server, AccessToken("ya29.token"))

    expected = b"user=course\1auth=Bearer ya29.token\1\1"
    assert base64.b64encode(expected) in server.lines


async def test_a_refused_access_token_is_told_though_the_server_asks_back() -> None:
    challenge = base64.b64encode(b'{"status":"400"}')
    replies: dict[str, Reply] = {
        "AUTHENTICATE": [b"+ \r\n", b"+ %s\r\n" % challenge, b"TAG NO expired\r\n"]
    }
    async with FakeImap(replies) as server:
        with pytest.raises(LoginError, match="expired"):
            await opened(server, AccessToken("ya29.token"))

    assert server.lines[-1] == b""


async def test_a_password_is_in_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    async with FakeImap({"AUTHENTICATE": b"TAG NO wrong\r\n"}) as server:
        with pytest.raises(LoginError) as refused:
            await opened(server, Password("hunter2"))

    shown = caplog.text + str(refused.value) + repr(Password("hunter2"))
    assert "hunter2" not in shown
    assert base64.b64encode(b"\0course\0hunter2").decode() not in shown


# -- encryption --------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("openssl")
    return make_certificate(tmp_path_factory.mktemp("tls"))


WITH_STARTTLS = b"* CAPABILITY IMAP4rev1 STARTTLS AUTH=PLAIN IDLE\r\nTAG OK done\r\n"


async def test_starttls_is_done_before_the_login(certificate: Path) -> None:
    context = serving(certificate)
    async with FakeImap({"CAPABILITY": WITH_STARTTLS}, tls=context) as server:
        await opened(server, security="starttls", host="localhost", trust=trusting(certificate))

    commands = [line.split()[1] for line in server.lines if len(line.split()) > 1]
    assert commands[:4] == [b"CAPABILITY", b"STARTTLS", b"CAPABILITY", b"AUTHENTICATE"]


@pytest.mark.parametrize(
    ("greeting", "replies"),
    [
        pytest.param(b"* OK hello\r\n", {}, id="not offered"),
        pytest.param(
            b"* OK hello\r\n",
            {"CAPABILITY": WITH_STARTTLS, "STARTTLS": b"TAG NO not now\r\n"},
            id="refused",
        ),
        pytest.param(b"* PREAUTH welcome\r\n", {}, id="logged in already"),
        pytest.param(
            b"* OK hello\r\n",
            {
                "CAPABILITY": WITH_STARTTLS,
                "STARTTLS": b"TAG OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n",
            },
            id="injected text",
        ),
        pytest.param(
            b"* OK hello\r\n",
            {"CAPABILITY": WITH_STARTTLS, "STARTTLS": b"TAG OK begin\r\n* OK half a li"},
            id="injected half line",
        ),
        pytest.param(
            b"* OK hello\r\n", {"CAPABILITY": WITH_STARTTLS}, id="not followed by a handshake"
        ),
    ],
)
async def test_nothing_is_said_where_encryption_is_kept_from_us(
    greeting: bytes, replies: dict[str, Reply]
) -> None:
    async with FakeImap(replies, greeting=greeting) as server:
        with pytest.raises((TlsError, UnreachableError)):
            await opened(server, security="starttls")

    assert b"AUTHENTICATE" not in server.said()
    assert b"LOGIN" not in server.said()


@pytest.mark.parametrize("names", ["DNS:imap.example.org", "DNS:localhost"])
async def test_a_certificate_must_be_trusted_and_name_the_host(
    tmp_path: Path, certificate: Path, names: str
) -> None:
    require("openssl")
    other = make_certificate(tmp_path, names=names)
    # Trusted but with another name; with the right name but not trusted.
    trust = trusting(other if "example" in names else certificate)
    async with FakeImap({"CAPABILITY": WITH_STARTTLS}, tls=serving(other)) as server:
        with pytest.raises(TlsError, match="certificate not trusted"):
            await opened(server, security="starttls", host="localhost", trust=trust)

    assert b"AUTHENTICATE" not in server.said()
