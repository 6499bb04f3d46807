"""What proves to a mail server that we are the user we say."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Password:
    """A password, kept out of what is printed."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An OAuth2 access token (SASL XOAUTH2), kept out of what is printed."""

    secret: str = field(repr=False)


Credential = Password | AccessToken
