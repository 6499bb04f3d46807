"""Settings: what maildriver.toml and the environment may say, and how faults are told."""

import os
import subprocess
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from pydantic import BaseModel, ValidationError
from support.settings_files import FULL, SMALL, Write, write_settings

from maildriver.domain.quantity import Rate
from maildriver.errors import ConfigError
from maildriver.settings.site import Settings, load_settings


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return partial(write_settings, tmp_path)


# -- what it says ------------------------------------------------------------------


def test_a_small_file_is_enough(write: Write) -> None:
    settings = load_settings(write(SMALL), {})
    assert settings.site.address == "course@example.org"
    assert settings.site.subaddress == "+"
    assert settings.site.keep_raw == timedelta(days=180)
    assert (settings.smtp.port, settings.smtp.security) == (465, "tls")
    assert (settings.smtp.connections, settings.smtp.verp, settings.smtp.rate) == (8, True, ())
    assert settings.smtp.unsure_after == timedelta(minutes=15)
    assert (settings.imap.port, settings.imap.security) == (993, "tls")
    assert (settings.imap.mailbox, settings.imap.max_size) == (("INBOX",), 25_000_000)
    assert (settings.web.base_url, settings.web.listen) == ("", "127.0.0.1:8025")
    assert settings.check.html_error == 100_000
    assert settings.check.attachments_error == 14_000_000


def test_every_key_can_be_set(write: Write) -> None:
    site = write(FULL)
    settings = load_settings(site, {})
    assert settings.site.subaddress == "-"
    assert settings.site.imprint == "Night School, 1 Long Lane, Lisbon"
    assert settings.site.keep_raw == timedelta(days=30)
    assert (settings.smtp.port, settings.smtp.security) == (2525, "starttls")
    assert settings.smtp.password_file == str(site / "secrets/smtp")
    assert (settings.smtp.connections, settings.smtp.verp) == (2, False)
    assert settings.smtp.unsure_after == timedelta(seconds=90)
    assert settings.smtp.rate == (
        Rate(30, timedelta(minutes=1)),
        Rate(2000, timedelta(days=1)),
    )
    assert settings.imap.token_command == "oauth2 token --for 'a course'"
    assert settings.imap.mailbox == ("INBOX", "Course, all")
    assert settings.imap.max_size == 10 * 2**20
    assert settings.imap.authserv_id == "mx.example.org"
    assert settings.database_url(site) == settings.database.url
    assert settings.web.base_url == "https://school.example.org/mail"
    assert settings.check.model_dump() == {
        "html_warn": 50_000,
        "html_error": 60_000,
        "attachments_warn": 1_000_000,
        "attachments_error": 2_000_000,
    }


@pytest.mark.parametrize(
    ("security", "smtp", "imap"), [("tls", 465, 993), ("starttls", 587, 143), ("none", 25, 143)]
)
def test_the_port_follows_the_security(write: Write, security: str, smtp: int, imap: int) -> None:
    text = SMALL.replace("smtp.example.org", "localhost").replace("imap.example.org", "127.0.0.1")
    text = text.replace("host =", f'security = "{security}"\nhost =')
    settings = load_settings(write(text), {})
    assert (settings.smtp.port, settings.imap.port) == (smtp, imap)


def test_the_database_is_a_file_of_the_site_unless_told_otherwise(write: Write) -> None:
    site = write(SMALL)
    assert load_settings(site, {}).database_url(site) == f"sqlite:///{site}/var/maildriver.db"
    site = write(SMALL + '[database]\nurl = "sqlite:///data/school.db"\n')
    assert load_settings(site, {}).database_url(site) == f"sqlite:///{site}/data/school.db"
    site = write(SMALL + '[database]\nurl = "sqlite:////srv/school.db"\n')
    assert load_settings(site, {}).database_url(site) == "sqlite:////srv/school.db"


def test_settings_cannot_be_changed(write: Write) -> None:
    settings = load_settings(write(SMALL), {})
    with pytest.raises(ValidationError, match="frozen"):
        settings.smtp.port = 25
    with pytest.raises(ValidationError, match="frozen"):
        settings.smtp = settings.smtp


def test_every_key_has_its_sentence() -> None:
    for section in Settings.model_fields.values():
        model = section.annotation
        assert isinstance(model, type)
        assert issubclass(model, BaseModel)
        for field in model.model_fields.values():
            assert field.description
            assert field.description.endswith(".")


# -- the environment ---------------------------------------------------------------


def test_the_environment_overrides_the_file(write: Write) -> None:
    site = write(FULL)
    settings = load_settings(
        site,
        {
            "MAILDRIVER_SMTP__HOST": "other.example.org",
            "MAILDRIVER_SMTP__PORT": "26",
            "MAILDRIVER_SMTP__VERP": "true",
            "MAILDRIVER_SMTP__RATE": "1/s",
            "MAILDRIVER_SMTP__PASSWORD_FILE": "/run/secrets/smtp",
            "MAILDRIVER_IMAP__MAILBOX": "INBOX, Spam",
            "MAILDRIVER_CHECK__HTML_WARN": "1KB",
            "MAILDRIVER_REAL": "1",
            "SMTP__HOST": "not.ours.example",
        },
    )
    assert settings.smtp.host == "other.example.org"
    assert (settings.smtp.port, settings.smtp.verp) == (26, True)
    assert settings.smtp.rate == (Rate(1, timedelta(seconds=1)),)
    assert settings.smtp.password_file == "/run/secrets/smtp"
    assert settings.imap.mailbox == ("INBOX", "Spam")
    assert settings.check.html_warn == 1000
    assert settings.smtp.connections == 2


def test_only_the_environment_that_is_given_counts(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILDRIVER_SMTP__HOST", "wrong.example.org")
    assert load_settings(write(SMALL), {}).smtp.host == "smtp.example.org"


def test_a_section_can_come_from_the_environment_alone(write: Write) -> None:
    text = SMALL.replace('[smtp]\nhost = "smtp.example.org"\n', "")
    settings = load_settings(write(text), {"MAILDRIVER_SMTP__HOST": "smtp.example.org"})
    assert settings.smtp.host == "smtp.example.org"


# -- secrets -----------------------------------------------------------------------


def secret(site: Path, content: bytes, mode: int = 0o600) -> Path:
    path = site / "imap.secret"
    path.write_bytes(content)
    path.chmod(mode)
    return path


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o640])
def test_a_password_is_read_from_its_file_when_it_is_needed(write: Write, mode: int) -> None:
    site = write(SMALL)
    settings = load_settings(site, {})
    secret(site, "pässword with spaces \n".encode(), mode)
    assert settings.imap.password() == "pässword with spaces "
    assert settings.smtp.password() == ""


def test_a_password_file_that_everybody_may_read_is_refused(write: Write) -> None:
    site = write(SMALL)
    settings = load_settings(site, {})
    path = secret(site, b"password\n", 0o644)
    with pytest.raises(ConfigError) as caught:
        settings.imap.password()
    assert str(caught.value) == (f"password file {path} is readable by every user of this machine")
    assert caught.value.hint == f"Run: chmod 600 {path}"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\r\n", "is empty"),
        (b"one\ntwo\n", "must contain one line, the password"),
        (b"nul\0\n", "must contain one line, the password"),
        (b"\xff\n", "is not UTF-8 text"),
    ],
)
def test_a_password_file_with_odd_content_is_refused(
    write: Write, content: bytes, sentence: str
) -> None:
    site = write(SMALL)
    settings = load_settings(site, {})
    path = secret(site, content)
    with pytest.raises(ConfigError) as caught:
        settings.imap.password()
    assert str(caught.value) == f"password file {path} {sentence}"


def test_a_password_file_that_is_missing_or_a_folder_is_told(write: Write) -> None:
    site = write(SMALL)
    settings = load_settings(site, {})
    with pytest.raises(ConfigError, match=r"imap\.secret does not exist$"):
        settings.imap.password()
    (site / "imap.secret").mkdir()
    with pytest.raises(ConfigError, match=r"cannot read .*: Is a directory$"):
        settings.imap.password()


# -- the module --------------------------------------------------------------------


def test_reading_settings_loads_nothing_heavy() -> None:
    heavy = {"sqlalchemy", "jinja2", "aiosmtplib", "aioimaplib", "alembic", "rich", "typer", "dns"}
    code = f"import sys, maildriver.settings.site; print(sorted({heavy!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
        env=dict(os.environ),
    )
    assert done.stdout == "[]\n"
