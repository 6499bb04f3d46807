"""A new site: its settings load, whoever runs the mailbox."""

import tomllib
from pathlib import Path

import pytest

from maildriver.errors import ConfigError
from maildriver.operator.providers import PROVIDERS
from maildriver.operator.setup import NewSite, init_site, provider_advice, settings_text
from maildriver.settings.site import load_settings


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_settings_of_a_new_site_load(tmp_path: Path, provider: str) -> None:
    new = NewSite('The "Night" School', "course@school.example.org", "me@example.org", provider)
    init_site(tmp_path / "site", new)
    path = tmp_path / "site" / "maildriver.toml"
    if PROVIDERS[provider].needs_token:
        with pytest.raises(ConfigError, match="needs a password_file or a token_command"):
            load_settings(tmp_path / "site", {})
        path.write_text(path.read_text().replace('token_command = ""', 'token_command = "x"'))

    settings = load_settings(tmp_path / "site", {})

    assert settings.site.name == 'The "Night" School'
    assert settings.site.operator == "me@example.org"
    assert settings.smtp.user == settings.imap.user == "course@school.example.org"
    assert settings.smtp.verp == PROVIDERS[provider].verp
    assert "{" not in settings.smtp.host + settings.imap.host + provider_advice(new)


def test_a_server_of_ones_own_is_looked_for_under_ones_own_name() -> None:
    settings = tomllib.loads(settings_text(NewSite(address="c@school.test", provider="own")))
    assert settings["smtp"]["host"] == settings["imap"]["host"] == "mail.school.test"


def test_gmail_is_known_with_what_it_allows() -> None:
    settings = tomllib.loads(settings_text(NewSite(address="c@gmail.com", provider="gmail")))
    assert settings["smtp"] == {
        "host": "smtp.gmail.com",
        "port": 465,
        "security": "tls",
        "user": "c@gmail.com",
        "password_file": "mail.secret",
        "verp": False,
        "rate": "500/day",
    }
    assert settings["imap"]["authserv_id"] == "mx.google.com"
