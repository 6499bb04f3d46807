"""How `doctor --write` changes maildriver.toml."""

from pathlib import Path

import pytest
from support.site import TestSite

from maildriver.errors import ConfigError, MaildriverError
from maildriver.operator.doctor.report import SettingChange
from maildriver.operator.doctor.write_settings import write_changes
from maildriver.settings.site import load_settings


@pytest.fixture
def site(tmp_path: Path) -> TestSite:
    site = TestSite(tmp_path)
    site.write_settings("course@example.org", smtp=2525, imap=1430)
    return site


VERP = SettingChange("smtp", "verp", now=True, found=False)


NAME = SettingChange("imap", "authserv_id", now="", found="mx.example.org")


def test_a_key_that_was_not_there_is_added_to_its_section(site: TestSite) -> None:
    before = (site.folder / "maildriver.toml").read_text()

    lines = write_changes(site.folder, [VERP, NAME])

    settings = load_settings(site.folder, {})
    assert settings.smtp.verp is False
    assert settings.imap.authserv_id == "mx.example.org"
    after = (site.folder / "maildriver.toml").read_text().splitlines()
    added = ["verp = false", 'authserv_id = "mx.example.org"']
    assert lines == [f"maildriver.toml:{after.index(line) + 1}: {line}" for line in added]
    assert [line for line in after if line not in added] == before.splitlines()


def test_line_ends_stay_as_they_are(site: TestSite) -> None:
    file = site.folder / "maildriver.toml"
    text = file.read_text().replace("[smtp]", "[smtp]\nverp = true")
    file.write_bytes(text.replace("\n", "\r\n").encode())

    write_changes(site.folder, [VERP])

    assert file.read_bytes().count(b"\n") == file.read_bytes().count(b"\r\n")
    assert b"\r\nverp = false\r\n" in file.read_bytes()


def test_a_link_to_the_settings_stays_a_link(site: TestSite) -> None:
    file, there = site.folder / "maildriver.toml", site.folder / "elsewhere.toml"
    file.rename(there)
    file.symlink_to(there)

    write_changes(site.folder, [VERP])

    assert file.is_symlink()
    assert "verp = false" in there.read_text()


def test_a_setting_that_the_environment_overrides_is_told(
    site: TestSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILDRIVER_SMTP__VERP", "true")

    with pytest.raises(ConfigError, match="MAILDRIVER_SMTP__VERP in the environment"):
        write_changes(site.folder, [VERP])


def test_a_failed_write_leaves_the_file_and_nothing_else(
    site: TestSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {path.name: path.read_bytes() for path in site.folder.iterdir()}

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(MaildriverError, match="cannot be written: No space left"):
        write_changes(site.folder, [VERP])

    assert {path.name: path.read_bytes() for path in site.folder.iterdir()} == before
