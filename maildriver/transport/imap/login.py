"""IMAP connections: encryption and login."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from maildriver.domain.credential import AccessToken, Credential, Password
from maildriver.errors import LoginError, TlsError, UnreachableError
from maildriver.transport.imap.protocol import Protocol, RefusedError
from maildriver.transport.imap.syntax import printable, quoted

T = TypeVar("T")

_LOOPBACK = ("127.0.0.1", "::1", "localhost")

# Codes with which a server says "not now" to a login (RFC 5530).
_TEMPORARY_CODES = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")


@dataclass(frozen=True, slots=True)
class ImapAccount:
    """The IMAP account from which mail is fetched, with its time and size limits."""

    host: str
    port: int
    security: Literal["tls", "starttls", "none"]
    user: str
    timeout: float = 60.0  # seconds of silence that end a connection
    trust: ssl.SSLContext | None = None  # None: this machine's certificates
    largest_message: int = 32_000_000  # bytes; a longer message is never fetched whole

    def __post_init__(self) -> None:
        if self.security == "none" and self.host not in _LOOPBACK:
            raise ValueError(f"{self.host}: a password is not sent there without encryption")

    @property
    def peer(self) -> str:
        """The server's name in messages to people."""
        return f"{self.host}:{self.port}"


async def connect(account: ImapAccount, credential: Credential) -> Protocol:
    """Return a logged-in connection; raise LoginError, TlsError or UnreachableError."""
    protocol = await _connect(account)
    try:
        await _check_greeting(account, protocol)
        if account.security == "starttls":
            await _start_tls(account, protocol)
        capabilities = await read_capabilities(protocol)
        await _login(account, credential, protocol, capabilities)
        # They may change with the login, and the earlier list may be forged.
        protocol.capabilities = await read_capabilities(protocol)
    except RefusedError as error:
        protocol.fail("gave up")
        raise UnreachableError(f"{account.peer} refuses to talk: {error}") from error
    except BaseException:
        protocol.fail("gave up")
        raise
    return protocol


async def read_capabilities(protocol: Protocol) -> set[str]:
    """Return the capabilities of the server, in upper case."""
    found: set[str] = set()
    for response in await protocol.run("CAPABILITY"):
        words = response[0].decode("ascii", "replace").upper().split()
        if words[1:2] == ["CAPABILITY"]:
            found |= set(words[2:])
    return found


# -- connection and encryption -----------------------------------------------------


async def _connect(account: ImapAccount) -> Protocol:
    loop = asyncio.get_running_loop()
    context = _tls_context(account) if account.security == "tls" else None

    async def open_connection() -> Protocol:
        _, protocol = await loop.create_connection(
            lambda: Protocol(account.peer, account.timeout),
            account.host,
            account.port,
            ssl=context,
        )
        return protocol

    return await _secured(account, open_connection)


async def _check_greeting(account: ImapAccount, protocol: Protocol) -> None:
    greeting = await protocol.wait_greeting()
    words = greeting.upper().split(None, 2)
    if words[:2] == [b"*", b"PREAUTH"]:
        # A man in the middle could prevent STARTTLS this way (RFC 9051 11.3).
        raise TlsError(
            f"{account.peer} claims that we are already logged in (PREAUTH), which is not safe"
        )
    if words[:2] != [b"*", b"OK"]:
        raise UnreachableError(f"{account.peer} refuses the connection: {printable(greeting)}")


async def _start_tls(account: ImapAccount, protocol: Protocol) -> None:
    if "STARTTLS" not in await read_capabilities(protocol):
        raise TlsError(f"{account.peer} offers no STARTTLS")
    try:
        await protocol.run("STARTTLS")
    except RefusedError as error:
        raise TlsError(f"{account.peer} refuses STARTTLS: {error}") from error
    if not protocol.is_quiet():
        raise TlsError(f"{account.peer} goes on in clear text after STARTTLS")

    async def upgrade() -> None:
        protocol.transport = await asyncio.get_running_loop().start_tls(
            protocol.transport, protocol, _tls_context(account), server_hostname=account.host
        )

    await _secured(account, upgrade)


async def _secured(account: ImapAccount, step: Callable[[], Awaitable[T]]) -> T:
    try:
        async with asyncio.timeout(account.timeout):
            return await step()
    except ssl.SSLCertVerificationError as error:
        raise TlsError(
            f"{account.peer} certificate not trusted ({error.verify_message})"
        ) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
        raise UnreachableError(f"{account.peer} closed the connection") from None
    except ssl.SSLError as error:
        raise TlsError(f"{account.peer} does not speak TLS here: {error.reason}") from error
    except TimeoutError:
        raise UnreachableError(f"{account.peer} does not answer") from None
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise UnreachableError(f"{account.peer} cannot be reached: {reason}") from error


def _tls_context(account: ImapAccount) -> ssl.SSLContext:
    return account.trust or ssl.create_default_context()


# -- login -------------------------------------------------------------------------


async def _login(
    account: ImapAccount, credential: Credential, protocol: Protocol, capabilities: set[str]
) -> None:
    try:
        match credential:
            case AccessToken(token):
                bearer = f"user={account.user}\1auth=Bearer {token}\1\1"
                await protocol.authenticate("XOAUTH2", bearer.encode())
            case Password(password) if "AUTH=PLAIN" in capabilities:
                await protocol.authenticate("PLAIN", f"\0{account.user}\0{password}".encode())
            case Password(password):
                if "LOGINDISABLED" in capabilities:
                    raise LoginError(f"{account.peer} takes no password on this connection")
                await protocol.run("LOGIN", quoted(account.user), quoted(password))
    except RefusedError as error:
        if str(error).upper().startswith(_TEMPORARY_CODES):
            raise UnreachableError(f"{account.peer} takes no login now: {error}") from error
        raise LoginError(f"{account.peer} refuses {account.user}: {error}") from error
