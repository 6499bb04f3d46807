"""From a smarthost to an open, encrypted, logged-in connection, or a plain reason why not.

aiosmtplib does this part. Every encryption setting is passed explicitly: its defaults
send a password in clear text where somebody strips STARTTLS from the greeting.
"""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import aiosmtplib

from maildriver.domain.credential import AccessToken, Credential, Password
from maildriver.errors import LoginError, TlsError, UnreachableError

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class Smarthost:
    """The server that takes our mail, and how patiently we talk to it."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str = ""
    timeout: float = 60.0  # seconds for one reply; anything before the dot is unambiguous
    dot_timeout: float = 600.0  # RFC 5321 4.5.3.2.6: giving up sooner makes duplicates
    trust: ssl.SSLContext | None = None  # None: what this machine trusts

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError(f"{self.host}: mail is not sent there without encryption")

    @property
    def peer(self) -> str:
        """The server as messages name it."""
        return f"{self.host}:{self.port}"


async def log_in(smarthost: Smarthost, credential: Credential | None) -> aiosmtplib.SMTP:
    """Return a client that is ready for MAIL; raise LoginError, TlsError or UnreachableError."""
    client = aiosmtplib.SMTP(
        hostname=smarthost.host,
        port=smarthost.port,
        timeout=smarthost.timeout,
        use_tls=smarthost.security == "tls",
        start_tls=False,  # asked for below, where its absence is an error
        tls_context=smarthost.trust or ssl.create_default_context(),
    )
    try:
        with _as_lane_error(smarthost):
            await client.connect()
            if smarthost.security == "starttls":
                await _start_tls(smarthost, client)
            await client.ehlo()
            if credential is not None:
                await _authenticate(smarthost, client, credential)
    except BaseException:
        client.close()
        raise
    return client


async def _start_tls(smarthost: Smarthost, client: aiosmtplib.SMTP) -> None:
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise TlsError(f"{smarthost.peer} offers no STARTTLS")
    try:
        await client.starttls()
    except aiosmtplib.SMTPResponseException as error:
        raise TlsError(f"{smarthost.peer} refuses STARTTLS: {error}") from error


async def _authenticate(
    smarthost: Smarthost, client: aiosmtplib.SMTP, credential: Credential
) -> None:
    if not client.supports_extension("auth"):
        raise LoginError(f"{smarthost.peer} offers no login; take `user` out of [smtp]")
    match credential:
        case Password(secret):
            await client.login(smarthost.user, secret)
        case AccessToken(secret):
            await client.auth_xoauth2(smarthost.user, secret)


@contextmanager
def _as_lane_error(smarthost: Smarthost) -> Iterator[None]:
    peer = smarthost.peer
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TlsError(f"{peer} does not prove its name: {error.verify_message}") from error
    except ssl.SSLError as error:
        raise TlsError(f"{peer} does not speak TLS here: {error.reason}") from error
    except aiosmtplib.SMTPResponseException as error:
        if error.code in {530, 534, 535, 538} or (
            isinstance(error, aiosmtplib.SMTPAuthenticationError) and error.code >= 500
        ):
            text = f"{error.code} {error.message}"
            raise LoginError(f"{peer} refuses {smarthost.user}: {text}") from error
        raise UnreachableError(f"{peer} says {error.code} {error.message}") from error
    except aiosmtplib.SMTPException as error:
        raise _cause(peer, error) from error
    except TimeoutError:
        raise UnreachableError(f"{peer} does not answer") from None
    except OSError as error:
        raise UnreachableError(f"{peer} cannot be reached: {error.strerror or error}") from error


def _cause(peer: str, error: Exception) -> TlsError | UnreachableError:
    """Return what stands behind an error of the library, which wraps the ones of TLS."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return TlsError(f"{peer} does not prove its name: {cause.verify_message}")
        if isinstance(cause, ssl.SSLError):
            return TlsError(f"{peer} does not speak TLS here: {cause.reason}")
        cause = cause.__cause__ or cause.__context__
    return UnreachableError(f"{peer} cannot be reached: {error}")
