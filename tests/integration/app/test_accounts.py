"""What proves who we are, and which servers we believe."""

import ssl
from pathlib import Path

import pytest
from support.require import require
from support.servers.tls import make_certificate
from support.settings_files import FULL, write_settings

from maildriver.app.accounts import imap_account, imap_credential, smarthost, smtp_credential
from maildriver.domain.credential import AccessToken
from maildriver.errors import ConfigError, LoginError
from maildriver.settings.site import Settings, load_settings


def settings_with(folder: Path, command: str) -> Settings:
    text = FULL.replace(
        "token_command = \"oauth2 token --for 'a course'\"", f"token_command = '{command}'"
    )
    assert command in text
    write_settings(folder, text)
    return load_settings(folder, {})


async def test_the_first_line_that_a_command_prints_is_the_token(tmp_path: Path) -> None:
    settings = settings_with(tmp_path, 'sh -c "echo ya29.token; echo more"')
    assert await imap_credential(settings)() == AccessToken("ya29.token")


async def test_a_new_token_is_asked_for_at_every_login(tmp_path: Path) -> None:
    count = tmp_path / "count"
    command = f'sh -c "echo x >> {count}; wc -l < {count}"'
    credential = imap_credential(settings_with(tmp_path, command))
    assert [await credential(), await credential()] == [AccessToken("1"), AccessToken("2")]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("false", "token_command gave no token (exit code 1)"),
        ("true", "token_command gave no token (exit code 0)"),
        ("no-such-program", "token_command cannot be run: no-such-program"),
    ],
)
async def test_a_command_that_gives_no_token_is_told(
    tmp_path: Path, command: str, told: str
) -> None:
    with pytest.raises(LoginError) as raised:
        await imap_credential(settings_with(tmp_path, command))()
    assert told in str(raised.value)


async def test_without_a_user_there_is_nothing_to_prove_to_smtp(tmp_path: Path) -> None:
    write_settings(tmp_path, FULL)
    settings = load_settings(
        tmp_path, {"MAILDRIVER_SMTP__USER": "", "MAILDRIVER_SMTP__PASSWORD_FILE": ""}
    )
    assert await smtp_credential(settings)() is None


def test_both_servers_are_trusted_by_the_certificates_of_ca_file_alone(tmp_path: Path) -> None:
    require("openssl")
    certificate = make_certificate(tmp_path / "tls")
    settings = settings_with_ca_file(tmp_path, "tls/cert.pem")

    for account in (smarthost(settings), imap_account(settings)):
        assert account.trust is not None
        issuers = account.trust.get_ca_certs(binary_form=True)
        assert issuers == [ssl.PEM_cert_to_DER_cert(certificate.read_text("ascii"))]
        assert account.trust.verify_mode is ssl.CERT_REQUIRED
        assert account.trust.check_hostname


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (None, "cannot be read: No such file"),
        ("hello\n", "holds no certificate in the PEM format"),
    ],
)
def test_a_ca_file_without_a_certificate_is_told(
    tmp_path: Path, written: str | None, told: str
) -> None:
    if written is not None:
        (tmp_path / "my.pem").write_text(written, encoding="utf-8")
    with pytest.raises(ConfigError, match=told):
        smarthost(settings_with_ca_file(tmp_path, "my.pem"))


def settings_with_ca_file(folder: Path, path: str) -> Settings:
    environment = {"MAILDRIVER_SMTP__CA_FILE": path, "MAILDRIVER_IMAP__CA_FILE": path}
    write_settings(folder, FULL)
    return load_settings(folder, environment)
