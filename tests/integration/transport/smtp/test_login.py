"""How we come to an open connection, and what a server that proves nothing gets to see."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from support.deadlines import within
from support.require import require
from support.servers.ports import free_ports
from support.servers.sink import CUT, ENDLESS, SILENCE, Answer, Sink
from support.servers.smarthost import smarthost_of
from support.servers.tls import make_certificate, serving, trusting

from maildriver.domain.credential import AccessToken, Credential, Password
from maildriver.domain.delivery import Accepted, Broken, Outcome
from maildriver.errors import LoginError, TlsError, UnreachableError
from maildriver.transport.smtp.connection import Envelope, Smarthost, connect

SECRET = Password("pässword")
MAIL = b"Subject: stars\r\n\r\n" + b"Look up.\r\n" * 20_000


async def may_go() -> bool:
    return True


async def delivered(sink: Sink, credential: Credential | None = None, **changes: Any) -> Outcome:
    connection = await connect(smarthost_of(sink, user="course", **changes), credential)
    outcome = await connection.deliver(Envelope("a@example.org", "b@example.org"), [MAIL], may_go)
    await connection.close()
    return outcome


async def refused(
    sink: Sink, error: type[Exception], credential: Credential | None = SECRET, **changes: Any
) -> str:
    """Return what is said about a connection that does not come about."""
    with within(5), pytest.raises(error) as raised:
        await connect(smarthost_of(sink, user="course", **changes), credential)
    return str(raised.value)


def no_login(sink: Sink) -> bool:
    return sink.logins == 0 and not any(each.startswith("AUTH") for each in sink.commands)


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    require("openssl")
    return make_certificate(tmp_path)


# -- encryption --------------------------------------------------------------------


async def test_a_message_goes_over_tls(certificate: Path) -> None:
    async with Sink(tls=serving(certificate), password=SECRET.secret) as sink:
        outcome = await delivered(sink, SECRET, security="tls", trust=trusting(certificate))

    assert isinstance(outcome, Accepted)
    assert sink.accepted == [MAIL]
    assert sink.logins == 1


async def test_a_message_goes_over_starttls(certificate: Path) -> None:
    async with Sink(starttls=serving(certificate), password=SECRET.secret) as sink:
        outcome = await delivered(sink, SECRET, security="starttls", trust=trusting(certificate))

    assert isinstance(outcome, Accepted)
    assert sink.accepted == [MAIL]
    verbs = [each.split(" ")[0] for each in sink.commands]
    assert verbs[:4] == ["EHLO", "STARTTLS", "EHLO", "AUTH"]


async def test_a_certificate_that_nobody_signed_gets_no_password(certificate: Path) -> None:
    async with Sink(tls=serving(certificate), password=SECRET.secret) as sink:
        text = await refused(sink, TlsError, security="tls")

    assert "certificate not trusted (self-signed certificate" in text
    assert no_login(sink)


async def test_a_certificate_that_nobody_signed_gets_no_password_after_starttls(
    certificate: Path,
) -> None:
    async with Sink(starttls=serving(certificate), password=SECRET.secret) as sink:
        text = await refused(sink, TlsError, security="starttls")

    assert "certificate not trusted (self-signed certificate" in text
    assert no_login(sink)


@pytest.mark.parametrize("security", ["tls", "starttls"])
async def test_a_certificate_for_another_name_gets_no_password(
    tmp_path: Path, security: str
) -> None:
    require("openssl")
    certificate = make_certificate(tmp_path, names="DNS:other.example")
    tls = serving(certificate) if security == "tls" else None
    async with Sink(password=SECRET.secret, tls=tls, starttls=serving(certificate)) as sink:
        trust = trusting(certificate)
        text = await refused(sink, TlsError, security=security, trust=trust)

    assert "certificate not trusted (IP address mismatch" in text
    assert no_login(sink)


async def test_a_stripped_starttls_gets_no_password() -> None:
    async with Sink(password=SECRET.secret) as sink:
        text = await refused(sink, TlsError, security="starttls")

    assert text.endswith("offers no STARTTLS")
    assert no_login(sink)


async def test_a_refused_starttls_gets_no_password(certificate: Path) -> None:
    script = {"starttls": "554 5.7.0 not today"}
    async with Sink(script, starttls=serving(certificate), password=SECRET.secret) as sink:
        text = await refused(sink, TlsError, security="starttls")

    assert text.endswith("refuses STARTTLS: 554 5.7.0 not today")
    assert no_login(sink)


@pytest.mark.parametrize("reply", ["454 4.7.0 later", "what?", None, SILENCE])
async def test_trouble_with_starttls_passes(certificate: Path, reply: Answer) -> None:
    script = {"starttls": reply}
    async with Sink(script, starttls=serving(certificate), password=SECRET.secret) as sink:
        await refused(sink, UnreachableError, security="starttls")

    assert no_login(sink)


async def test_what_is_said_before_tls_does_not_count_after_it(certificate: Path) -> None:
    injected = {"starttls": "220 go on\r\n250-sink\r\n250 AUTH PLAIN"}
    async with Sink(injected, starttls=serving(certificate)) as sink:
        trust = trusting(certificate)
        secure = smarthost_of(sink, user="course", security="starttls", trust=trust)
        with within(5), pytest.raises((TlsError, UnreachableError, LoginError)):
            await connect(secure, SECRET)

    assert no_login(sink)


async def test_a_server_without_tls_on_a_tls_port_gets_no_password() -> None:
    async with Sink(password=SECRET.secret) as sink:
        text = await refused(sink, TlsError, security="tls")

    assert "does not speak TLS here" in text
    assert sink.commands == []


def test_mail_leaves_this_machine_encrypted_only() -> None:
    with pytest.raises(ValueError, match="not sent there without encryption"):
        Smarthost("mail.example.org", 25, "none")


# -- logging in --------------------------------------------------------------------


async def test_a_wrong_password_is_tried_once() -> None:
    async with Sink(password="another") as sink:
        text = await refused(sink, LoginError)

    assert text == f"127.0.0.1:{sink.port} refuses course: 535 5.7.8 wrong password"
    assert sink.logins == 1


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        ("530 5.7.0 encryption required", LoginError),
        ("534 5.7.9 use an app password", LoginError),
        ("535 5.7.8 wrong", LoginError),
        ("454 4.7.0 the directory is down", UnreachableError),
        ("421 4.7.0 too many connections", UnreachableError),
        ("what?", UnreachableError),
        (None, UnreachableError),
        (SILENCE, UnreachableError),
    ],
)
async def test_a_refused_login_is_told_from_a_server_in_trouble(
    reply: Answer, error: type[Exception]
) -> None:
    async with Sink({"auth": reply}, password=SECRET.secret) as sink:
        text = await refused(sink, error)

    assert SECRET.secret not in text
    assert sink.logins == 1


async def test_a_server_that_offers_no_login_gets_no_password() -> None:
    async with Sink() as sink:
        text = await refused(sink, LoginError)

    assert "offers no login" in text
    assert no_login(sink)


async def test_a_token_is_not_sent_as_a_password() -> None:
    async with Sink(password="token") as sink:
        text = await refused(sink, LoginError, AccessToken("token"))

    assert text.endswith("does not take an access token, but plain")
    assert no_login(sink)


async def test_a_message_goes_with_an_access_token() -> None:
    async with Sink(token="ya29.token") as sink:
        outcome = await delivered(sink, AccessToken("ya29.token"))

    assert isinstance(outcome, Accepted)
    assert sink.logins == 1


async def test_a_token_that_has_run_out_is_told() -> None:
    async with Sink(token="ya29.new") as sink:
        text = await refused(sink, LoginError, AccessToken("ya29.old"))

    assert "535" in text
    assert sink.logins == 1


async def test_a_server_that_hangs_up_after_the_login_is_not_used() -> None:
    async with Sink({"auth": "235 welcome" + CUT}, password=SECRET.secret) as sink:
        with contextlib.suppress(UnreachableError):  # it is seen at once, or at MAIL
            assert isinstance(await delivered(sink, SECRET), Broken)

    assert sink.accepted == []


# -- servers that are not there ----------------------------------------------------


async def test_a_port_where_nobody_listens_is_unreachable() -> None:
    port = free_ports(1)[0]
    with pytest.raises(UnreachableError, match=f"127.0.0.1:{port} cannot be reached: .*refused"):
        await connect(Smarthost("127.0.0.1", port, "none"), None)


@pytest.mark.parametrize("stage", ["greeting", "ehlo"])
@pytest.mark.parametrize(
    "reply", ["421 4.3.2 closing", "554 5.3.2 go away", "what?", None, SILENCE, ENDLESS]
)
async def test_a_server_that_does_not_welcome_us_is_unreachable(stage: str, reply: Answer) -> None:
    async with Sink({stage: reply}, password=SECRET.secret) as sink:
        text = await refused(sink, UnreachableError)

    assert text.startswith(f"127.0.0.1:{sink.port} ")
    assert len(text) < 600
    assert text.isprintable()
    assert no_login(sink)


async def test_a_server_that_knows_only_helo_takes_mail() -> None:
    async with Sink({"ehlo": ["502 5.5.2 what?", "250 sink"]}) as sink:
        outcome = await delivered(sink)

    assert isinstance(outcome, Accepted)
    assert [each.split(" ")[0] for each in sink.commands[:2]] == ["EHLO", "HELO"]


@pytest.mark.parametrize(("hello", "said"), [("", "[127.0.0.1]"), ("mx.example", "mx.example")])
async def test_we_say_who_we_are(hello: str, said: str) -> None:
    async with Sink() as sink:
        await delivered(sink, ehlo_name=hello)

    assert sink.commands[0] == f"EHLO {said}"
