"""Creation of a site, and the upgrade of its database."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from maildriver.app.roles import single_process
from maildriver.database.engine import Database
from maildriver.database.migrate import upgrade
from maildriver.errors import MaildriverError
from maildriver.letters.shipped import shipped_folder
from maildriver.operator.providers import PROVIDERS
from maildriver.settings.site import load_settings

_SETTINGS = """\
# maildriver: the settings of one site. Every key is explained in the README.

[site]
name = {name}
address = {address}       # sends the mails and receives the replies
operator = {operator}         # gets error reports, one per problem per day
imprint = ""                         # name and postal address for the footer

[smtp]
host = {smtp_host}
port = {smtp_port}
security = {smtp_security}                     # tls, or starttls (port 587)
user = {address}
{proof}
{smtp_more}
[imap]
host = {imap_host}
port = 993
security = "tls"
user = {address}
{proof}
{imap_more}"""


@dataclass(frozen=True, slots=True)
class NewSite:
    """The choices for a new site."""

    name: str = "My School"
    address: str = "course@example.org"
    operator: str = "you@example.org"
    provider: str = "other"


def settings_text(new: NewSite) -> str:
    """Return the text of maildriver.toml, with the provider's servers and limits filled in."""
    provider = PROVIDERS[new.provider]
    domain = new.address.rpartition("@")[2]
    token = 'token_command = ""           # a command that prints an access token'
    smtp_more = (
        ""
        if provider.verp
        else "verp = false                         # the provider sets its own envelope sender\n"
    )
    if provider.rate:
        smtp_more += f"rate = {_quoted(provider.rate)}\n"
    authserv_id = provider.authserv_id
    return _SETTINGS.format(
        name=_quoted(new.name),
        address=_quoted(new.address),
        operator=_quoted(new.operator),
        smtp_host=_quoted(provider.smtp_host.format(domain=domain)),
        smtp_port=provider.smtp_port,
        smtp_security=_quoted(provider.smtp_security),
        smtp_more=smtp_more,
        imap_host=_quoted(provider.imap_host.format(domain=domain)),
        imap_more=f"authserv_id = {_quoted(authserv_id)}\n" if authserv_id else "",
        proof=token if provider.needs_token else 'password_file = "mail.secret"',
    )


def provider_advice(new: NewSite) -> str:
    """Return the advice for somebody with an account at the provider."""
    local, _, domain = new.address.rpartition("@")
    return PROVIDERS[new.provider].advice.format(local=local, domain=domain)


def _quoted(text: str) -> str:
    """Return a text as a TOML string, which is written like a JSON string."""
    return json.dumps(text, ensure_ascii=False)


def refuse_existing(folder: Path) -> None:
    """Raise MaildriverError if `folder` is a site already."""
    settings = folder / "maildriver.toml"
    if settings.exists():
        raise MaildriverError(
            f"{settings} already exists", hint="Name another folder, or edit that file."
        )


def init_site(folder: Path, new: NewSite) -> list[Path]:
    """Make a site in `folder` and return the paths that the operator must look at."""
    refuse_existing(folder)
    settings = folder / "maildriver.toml"
    folder.mkdir(parents=True, exist_ok=True)
    settings.write_text(settings_text(new), encoding="utf-8")
    secret = folder / "mail.secret"
    if not secret.exists():
        os.close(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    courses = folder / "courses"
    if not courses.exists():
        copy_courses(courses)
    return [settings, secret, courses]


def copy_courses(folder: Path, *slugs: str) -> None:
    """Copy the courses that come with maildriver to a folder: those named, or all."""
    shipped = shipped_folder("courses")
    if not slugs:
        shutil.copytree(shipped, folder)
    for slug in slugs:
        shutil.copytree(shipped / slug, folder / slug)


def upgrade_site(folder: Path) -> tuple[str | None, str]:
    """Migrate a site's database while nothing runs; return the schema before and after."""
    settings = load_settings(folder, os.environ)
    database = Database(settings.database_url(folder), turn=folder / "var" / "turn.lock")
    try:
        with single_process(database, folder / "var"):
            return upgrade(database)
    finally:
        database.close()
