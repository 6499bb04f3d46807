"""Two settings files: the shortest there is, and one that says everything."""

from collections.abc import Callable
from pathlib import Path

#: Writes a settings file and returns the folder of its site.
Write = Callable[[str], Path]

SMALL = """\
[site]
name = "Night School"
address = "course@Example.org"
operator = "ops@example.org"

[smtp]
host = "smtp.example.org"

[imap]
host = "imap.example.org"
user = "course@example.org"
password_file = "imap.secret"
"""

FULL = """\
[site]
name = "Night School"
address = "course@example.org"     # the one mailbox
subaddress = "-"
operator = "ops@example.org"
imprint = "Night School, 1 Long Lane, Lisbon"
keep_raw = "30d"

[smtp]
host = "smtp.example.org"
port = 2525
security = "starttls"
user = "course@example.org"
password_file = "secrets/smtp"
connections = 2
verp = false
unsure_after = "90s"
rate = "30/min, 2000/day"

[imap]
host = "::1"
security = "none"
user = "course@example.org"
token_command = "oauth2 token --for 'a course'"
mailbox = ["INBOX", "Course, all"]
max_size = "10MiB"
authserv_id = "mx.example.org"

[database]
url = "postgresql+psycopg://maildriver@db.example.org/maildriver"

[web]
base_url = "https://school.example.org/mail/"
listen = "[::1]:8080"

[check]
html_warn = "50KB"
html_error = "60KB"
attachments_warn = "1MB"
attachments_error = "2MB"
"""


def write_settings(folder: Path, text: str) -> Path:
    """Make `folder` a site."""
    (folder / "maildriver.toml").write_text(text, encoding="utf-8")
    return folder
