"""The two mail accounts in the settings: servers and credentials."""

import asyncio
import shlex
import ssl
from collections.abc import Awaitable, Callable

from maildriver.domain.credential import AccessToken, Credential, Password
from maildriver.errors import ConfigError, LoginError
from maildriver.settings.site import ImapSection, Settings, SmtpSection
from maildriver.transport.imap.mailbox import ImapAccount
from maildriver.transport.smtp.connection import Smarthost

_TOKEN_SECONDS = 60.0


def smarthost(settings: Settings) -> Smarthost:
    """Return the SMTP server that we submit mail to; raise ConfigError for a bad `ca_file`."""
    smtp = settings.smtp
    return Smarthost(smtp.host, smtp.port, smtp.security, smtp.user, trust=_trust(smtp))


def imap_account(settings: Settings) -> ImapAccount:
    """Return the IMAP account that receives the replies; raise ConfigError for a bad `ca_file`."""
    imap = settings.imap
    return ImapAccount(
        imap.host,
        imap.port,
        imap.security,
        imap.user,
        largest_message=imap.max_size + 1_000_000,
        trust=_trust(imap),
    )


def _trust(account: SmtpSection | ImapSection) -> ssl.SSLContext | None:
    """Return the trust in the certificates of `ca_file` alone; None without one."""
    if not account.ca_file:
        return None
    try:
        return ssl.create_default_context(cafile=account.ca_file)
    except ssl.SSLError:  # is an OSError
        why = "holds no certificate in the PEM format"
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    raise ConfigError(f"The ca_file {account.ca_file} {why}.")


def smtp_credential(settings: Settings) -> Callable[[], Awaitable[Credential | None]]:
    """Return a function that gives the credential for an SMTP login: None without a user."""

    async def credential() -> Credential | None:
        return await _credential(settings.smtp) if settings.smtp.user else None

    return credential


def imap_credential(settings: Settings) -> Callable[[], Awaitable[Credential]]:
    """Return a function that gives the credential for an IMAP login."""
    return lambda: _credential(settings.imap)


async def _credential(account: SmtpSection | ImapSection) -> Credential:
    if account.token_command:
        return AccessToken(await _access_token(account.token_command))
    return Password(account.password())


async def _access_token(command: str) -> str:
    """Return the access token that a command prints on its first line."""
    words = shlex.split(command)
    try:
        child = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.DEVNULL
        )
    except OSError as error:
        raise LoginError(f"token_command cannot be run: {words[0]}: {error.strerror}") from error
    try:
        async with asyncio.timeout(_TOKEN_SECONDS):
            out, _ = await child.communicate()
    except TimeoutError:
        child.kill()
        await child.wait()
        raise LoginError(f"token_command took more than {_TOKEN_SECONDS:.0f} s") from None
    token = out.decode("ascii", "replace").strip().partition("\n")[0]
    if child.returncode or not token:
        raise LoginError(f"token_command gave no token (exit code {child.returncode})")
    return token
