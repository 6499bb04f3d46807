"""SMTP connections: encryption and login.

aiosmtplib does this part. Every encryption setting is passed explicitly: the defaults of
aiosmtplib send a password in clear text if somebody strips STARTTLS from the greeting.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from maildriver.domain.credential import AccessToken, Credential, Password
from maildriver.errors import LoginError, MailAccountError, TlsError, UnreachableError
from maildriver.transport.smtp.replies import printable

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Smarthost:
    """The SMTP server to which we submit mail, with its time limits."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str = ""
    timeout: float = 60.0  # seconds for one reply; any failure before the dot is unambiguous
    dot_timeout: float = 600.0  # RFC 5321 4.5.3.2.6: giving up sooner makes duplicates
    connect_timeout: float = 30.0
    trust: ssl.SSLContext | None = None  # None: this machine's certificates
    ehlo_name: str = ""  # our name in EHLO; empty: the connection's own IP address

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError(f"{self.host}: mail is not sent there without encryption")

    @property
    def peer(self) -> str:
        """The server's name in messages to people."""
        return f"{self.host}:{self.port}"


async def log_in(
    smarthost: Smarthost, credential: Credential | None
) -> tuple[asyncio.Transport, Mapping[str, str]]:
    """Return a connection that is ready for MAIL, and the extensions in the reply to EHLO.

    Raises LoginError, TlsError or UnreachableError.
    """
    client = aiosmtplib.SMTP(
        hostname=smarthost.host,
        port=smarthost.port,
        local_hostname="localhost",  # unused; without it the library looks up a name
        timeout=smarthost.timeout,
        use_tls=smarthost.security == "tls",
        start_tls=False,  # requested below, where its absence is an error
        tls_context=_trust(smarthost),
    )
    try:
        with _as_account_error(smarthost):
            await client.connect(timeout=smarthost.connect_timeout)
            await _hello(smarthost, client)
            if smarthost.security == "starttls":
                await _start_tls(smarthost, client)
                await _hello(smarthost, client)
            if credential is not None:
                await _authenticate(smarthost, client, credential)
    except BaseException:
        client.close()
        raise
    if client.transport is None or client.transport.is_closing():
        raise UnreachableError(f"{smarthost.peer} hung up after the login")
    assert isinstance(client.transport, asyncio.Transport)
    return client.transport, client.esmtp_extensions


def _trust(smarthost: Smarthost) -> ssl.SSLContext | None:
    """Return the TLS context, None without TLS: loading certificates takes 20 ms."""
    if smarthost.security == "none":
        return None
    return smarthost.trust or ssl.create_default_context()


async def _hello(smarthost: Smarthost, client: aiosmtplib.SMTP) -> None:
    name = smarthost.ehlo_name or _literal(client.get_transport_info("sockname")[0])
    try:
        await client.ehlo(hostname=name)
    except aiosmtplib.SMTPHeloError as error:
        if error.code not in {500, 502, 504}:
            raise
        await client.helo(hostname=name)  # RFC 5321 3.2: a server without extensions


def _literal(host: str) -> str:
    """Return an IP address as an address literal (RFC 5321 4.1.3)."""
    return f"[IPv6:{host.partition('%')[0]}]" if ":" in host else f"[{host}]"


async def _start_tls(smarthost: Smarthost, client: aiosmtplib.SMTP) -> None:
    if not client.supports_extension("starttls"):
        raise TlsError(f"{smarthost.peer} offers no STARTTLS")
    try:
        await client.starttls()
    except aiosmtplib.SMTPResponseException as error:
        if error.code < 500:  # a transient refusal, or not SMTP
            raise
        text = f"{error.code} {printable(error.message)}"
        raise TlsError(f"{smarthost.peer} refuses STARTTLS: {text}") from error


async def _authenticate(
    smarthost: Smarthost, client: aiosmtplib.SMTP, credential: Credential
) -> None:
    """Log in by one mechanism.

    The library would try every mechanism, and three wrong passwords in a row lock some accounts.
    """
    offered = client.server_auth_methods
    if not offered:
        raise LoginError(f"{smarthost.peer} offers no login; take `user` out of [smtp]")
    match credential:
        case AccessToken(secret) if "xoauth2" in offered:
            await client.auth_xoauth2(smarthost.user, secret)
        case Password(secret) if "plain" in offered:
            await client.auth_plain(smarthost.user, secret)
        case Password(secret) if "login" in offered:
            await client.auth_login(smarthost.user, secret)
        case Password(secret) if "cram-md5" in offered:
            await client.auth_crammd5(smarthost.user, secret)
        case _:
            kind = "an access token" if isinstance(credential, AccessToken) else "a password"
            raise LoginError(
                f"{smarthost.peer} does not take {kind}, but {', '.join(map(printable, offered))}"
            )


@contextmanager
def _as_account_error(smarthost: Smarthost) -> Iterator[None]:
    try:
        yield
    except aiosmtplib.SMTPResponseException as error:
        raise _refusal(smarthost, error) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise _cause(smarthost.peer, error) from error


def _refusal(smarthost: Smarthost, error: aiosmtplib.SMTPResponseException) -> MailAccountError:
    """Return the error for a refusing reply; the library gives malformed ones a negative code."""
    text = printable(error.message)
    if error.code < 0:
        return UnreachableError(f"{smarthost.peer} does not speak SMTP: {text}")
    about_login = isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500
    if about_login or error.code in {530, 534, 535, 538}:
        return LoginError(f"{smarthost.peer} refuses {smarthost.user}: {error.code} {text}")
    return UnreachableError(f"{smarthost.peer} says {error.code} {text}")


def _cause(peer: str, error: BaseException) -> TlsError | UnreachableError:
    """Return the cause of an error: the library wraps errors of TLS and of the system."""
    why = ""
    match error:
        case ssl.SSLCertVerificationError():
            return TlsError(f"{peer} certificate not trusted ({error.verify_message})")
        case ssl.SSLError():
            return TlsError(f"{peer} does not speak TLS here: {error.reason}")
        case TimeoutError():
            why = "does not answer"
        case socket.gaierror():
            why = f"cannot be reached: {error.strerror}"
        case OSError(errno=int(number)):
            why = f"cannot be reached: {os.strerror(number)}"
    deeper = error.__cause__ or error.__context__
    if not why and deeper is not None:
        return _cause(peer, deeper)
    if not why:
        gone = isinstance(error, aiosmtplib.SMTPServerDisconnected)
        why = "hung up" if gone else f"cannot be reached: {printable(str(error))}"
    return UnreachableError(f"{peer} {why}")
