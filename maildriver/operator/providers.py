"""Servers and limits of mail providers, for new sites.

Only what providers publish themselves; `maildriver doctor` then confirms or corrects it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Provider:
    """The servers and limits of one provider."""

    title: str
    smtp_host: str
    smtp_port: int
    smtp_security: Literal["tls", "starttls"]
    imap_host: str
    verp: bool = True  # whether the provider keeps our envelope sender
    authserv_id: str = ""
    rate: str = ""
    needs_token: bool = False  # the provider accepts access tokens only
    advice: str = ""


#: {domain} is the domain of the site's address.
PROVIDERS: Mapping[str, Provider] = {
    "gmail": Provider(
        "Gmail or Google Workspace",
        "smtp.gmail.com", 465, "tls", "imap.gmail.com",
        verp=False, authserv_id="mx.google.com", rate="500/day",
        advice="Google wants an app password: switch on 2-Step Verification, then make one "
        "under Security. A Workspace account may send 2000/day: change `rate` then.",
    ),
    "microsoft": Provider(
        "Microsoft 365",
        "smtp.office365.com", 587, "starttls", "outlook.office365.com",
        verp=False, rate="30/min, 10000/day", needs_token=True,
        advice="Microsoft takes no passwords from programs: `token_command` must print an "
        "access token (OAuth2). Your administrator must allow SMTP AUTH for the account.",
    ),
    "fastmail": Provider(
        "Fastmail",
        "smtp.fastmail.com", 465, "tls", "imap.fastmail.com",
        advice="Fastmail wants an app password: Settings, Privacy & Security, with access to "
        "mail (IMAP and SMTP).",
    ),
    "own": Provider(
        "a mail server of your own", "mail.{domain}", 465, "tls", "mail.{domain}",
        advice="The server must take mail for {local}+anything@{domain}: in Postfix, set "
        "recipient_delimiter = +.",
    ),
    "other": Provider(
        "another provider", "smtp.{domain}", 465, "tls", "imap.{domain}",
        advice="Look up the SMTP and IMAP servers of your provider, and correct the two hosts.",
    ),
}  # fmt: skip
