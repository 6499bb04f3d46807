"""What proves who we are: passwords in files, and tokens that a command prints."""

from pathlib import Path

import pytest
from support.settings_files import FULL, write_settings

from maildriver.app.accounts import imap_credential, smtp_credential
from maildriver.domain.credential import AccessToken
from maildriver.errors import LoginError
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
