"""No password and no token goes to a server that proves nothing: six ways in, five attacks.

What is looked at is every byte that left us, in front of the server.
"""

import base64
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import pytest
from support.require import require
from support.servers.fake_imap import FakeImap
from support.servers.fake_imap import Reply as ImapReply
from support.servers.proxy import Proxy
from support.servers.sink import CUT, Script, Sink
from support.servers.tls import make_certificate, serving, trusting

from maildriver.domain.credential import AccessToken, Credential, Password
from maildriver.errors import MailAccountError
from maildriver.transport.imap.mailbox import ImapAccount, open_mailbox
from maildriver.transport.smtp.connection import Smarthost, connect

Security = Literal["tls", "starttls"]
SECRET = "hunter2-of-the-course"
PASSWORD, TOKEN = Password(SECRET), AccessToken(SECRET)
WAYS: list[tuple[str, Security, Credential]] = [
    ("smtp", "tls", PASSWORD),
    ("smtp", "starttls", PASSWORD),
    ("smtp", "starttls", TOKEN),
    ("imap", "starttls", PASSWORD),
    ("imap", "starttls", TOKEN),
    ("imap", "tls", PASSWORD),
]
ATTACKS = ["signed by nobody", "of another name", "no encryption", "cut off", "speaks before"]
_CAPABLE = b"* CAPABILITY IMAP4rev1 %bAUTH=PLAIN AUTH=XOAUTH2\r\nTAG OK done\r\n"


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    require("openssl")
    folder = tmp_path_factory.mktemp("tls")
    return {
        "ours": make_certificate(folder / "ours"),
        "signed by nobody": make_certificate(folder / "nobody"),
        "of another name": make_certificate(folder / "other", names="DNS:other.example"),
    }


def _smtp(attack: str, security: Security, context: ssl.SSLContext) -> Sink:
    script: Script = {}
    if attack == "cut off":
        script = {"greeting": None} if security == "tls" else {"starttls": "220 go on" + CUT}
    if attack == "speaks before":
        script = {"starttls": "220 go on\r\n250-sink\r\n250 AUTH PLAIN XOAUTH2"}
    in_clear = attack == "no encryption" or (security == "tls" and attack in ATTACKS[2:])
    return Sink(
        script,
        tls=None if in_clear or security != "tls" else context,
        starttls=None if in_clear or security == "tls" else context,
        # After TLS it offers no login: what it said before must not count as an offer.
        password=None if attack == "speaks before" else SECRET,
    )


def _imap(attack: str, security: Security, context: ssl.SSLContext) -> FakeImap:
    offered = b"" if attack == "no encryption" or security == "tls" else b"STARTTLS "
    replies: dict[str, ImapReply] = {"CAPABILITY": _CAPABLE % offered}
    if attack == "cut off":
        replies["STARTTLS"] = b"TAG OK begin\r\n\0cut"
    if attack == "speaks before":
        replies["STARTTLS"] = b"TAG OK begin\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n"
    return FakeImap(replies, tls=context)


@asynccontextmanager
async def attacked(
    way: str, attack: str, security: Security, context: ssl.SSLContext
) -> AsyncIterator[Proxy]:
    """Provide a server that attacks, behind one that sees every byte."""
    server = (_smtp if way == "smtp" else _imap)(attack, security, context)
    async with server, Proxy(server.port) as proxy:
        yield proxy
        said = server.commands if isinstance(server, Sink) else server.lines
        assert not [line for line in said if "AUTH" in str(line) or "LOGIN" in str(line)]


async def come_in(
    way: str, port: int, security: Security, credential: Credential, trust: ssl.SSLContext
) -> None:
    host, user = "127.0.0.1", "course"
    if way == "smtp":
        smarthost = Smarthost(host, port, security, user, timeout=2, trust=trust)
        await connect(smarthost, credential)
        return
    account = ImapAccount(host, port, security, user, timeout=2, trust=trust)
    async with open_mailbox(account, credential, "INBOX"):
        pass


@pytest.mark.parametrize("attack", ATTACKS)
@pytest.mark.parametrize(("way", "security", "credential"), WAYS)
async def test_nothing_that_proves_who_we_are_is_said_to_who_proves_nothing(
    certificates: dict[str, Path],
    way: str,
    security: Security,
    credential: Credential,
    attack: str,
) -> None:
    shown = certificates.get(attack, certificates["ours"])
    # The one of another name is trusted, so that its name is what is wrong.
    trust = trusting(shown if attack == "of another name" else certificates["ours"])
    async with attacked(way, attack, security, serving(shown)) as proxy:
        with pytest.raises(MailAccountError):
            await come_in(way, proxy.port, security, credential, trust)

    assert proxy.from_client, "we did come by"
    assert SECRET.encode() not in proxy.from_client
    for start in range(3):  # wherever it stands in a text that is written in base64
        middle = base64.b64encode(b"x" * start + SECRET.encode())[4:-4]
        assert middle not in proxy.from_client
