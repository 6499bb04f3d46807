"""Making a site, and upgrading one."""

import os
import shutil
from pathlib import Path

from maildriver.app.role import held_role
from maildriver.config import load_settings
from maildriver.content.shipped import shipped_folder
from maildriver.errors import MaildriverError
from maildriver.store.database import Database
from maildriver.store.migrate import upgrade

SETTINGS = """\
# maildriver: the settings of one site. Every key is explained in the README.

[site]
name = "My School"
address = "course@example.org"       # the mailbox that sends, and takes the replies
operator = "you@example.org"         # told of trouble, once per problem and day
imprint = "My School, 1 Long Lane, Lisbon"  # who is answerable; stands below every mail

[smtp]
host = "smtp.example.org"
port = 465
security = "tls"                     # tls, or starttls (port 587)
user = "course@example.org"
password_file = "mail.secret"

[imap]
host = "imap.example.org"
port = 993
security = "tls"
user = "course@example.org"
password_file = "mail.secret"
"""


def init_site(folder: Path) -> list[Path]:
    """Make a site in `folder` and return the files that somebody must look at."""
    settings = folder / "maildriver.toml"
    if settings.exists():
        raise MaildriverError(
            f"{settings} is there already", hint="Name another folder, or edit that file."
        )
    folder.mkdir(parents=True, exist_ok=True)
    settings.write_text(SETTINGS, encoding="utf-8")
    secret = folder / "mail.secret"
    if not secret.exists():
        os.close(os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    courses = folder / "courses"
    if not courses.exists():
        shutil.copytree(shipped_folder("courses"), courses)
    return [settings, secret, courses]


def upgrade_site(folder: Path) -> tuple[str | None, str]:
    """Migrate a site's database while nothing runs; return the schema before and after."""
    settings = load_settings(folder, os.environ)
    database = Database(settings.database_url(folder), turn=folder / "var" / "turn.lock")
    try:
        with held_role(database, folder / "var"):
            return upgrade(database)
    finally:
        database.close()
