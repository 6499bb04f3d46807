"""Credentials for logging in to a mail server."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Password:
    """A password, which `repr` does not show."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An OAuth2 access token (SASL XOAUTH2), which `repr` does not show."""

    secret: str = field(repr=False)


Credential = Password | AccessToken
