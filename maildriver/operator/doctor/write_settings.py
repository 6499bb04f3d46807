"""Edits of single settings in maildriver.toml; the rest is kept."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import tomlkit
from tomlkit.exceptions import TOMLKitError

from maildriver.errors import ConfigError, MaildriverError
from maildriver.operator.doctor.report import SettingChange
from maildriver.settings.site import load_settings
from maildriver.settings.sources import FILE, PREFIX, SEPARATOR
from maildriver.settings.toml_lines import key_lines


def write_changes(site: Path, changes: Sequence[SettingChange]) -> list[str]:
    """Change these settings of a site and return the changed lines with their numbers."""
    file = (site / FILE).resolve()
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            before = opened.read()
        text = _changed(before, changes)
        _replace(file, text)
    except OSError as error:
        raise MaildriverError(
            f"{file} cannot be written: {error.strerror}.",
            hint="Write what is told above by hand, or run this as the owner of that file.",
        ) from error
    _check_effect(site, changes)
    lines, places = text.splitlines(), key_lines(text)
    numbers = [places[change.section, change.key] for change in changes]
    return [f"{FILE}:{number}: {lines[number - 1].strip()}" for number in numbers]


def _changed(text: str, changes: Sequence[SettingChange]) -> str:
    try:
        document = tomlkit.parse(text)
        for change in changes:
            section = document.setdefault(change.section, tomlkit.table())
            section[change.key] = change.found
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ConfigError(f"{FILE} cannot be changed: {error}.") from error


def _replace(file: Path, text: str) -> None:
    """Replace the content of a file by the new text, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as new:  # noqa: PTH123 - a handle
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        shutil.copymode(file, name)
        with contextlib.suppress(PermissionError):  # only root may change the owner
            os.chown(name, file.stat().st_uid, file.stat().st_gid)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _check_effect(site: Path, changes: Sequence[SettingChange]) -> None:
    """Raise ConfigError if the environment overrides a setting that was written."""
    settings = load_settings(site, os.environ)
    for change in changes:
        if getattr(getattr(settings, change.section), change.key) != change.found:
            name = f"{PREFIX}{change.section}{SEPARATOR}{change.key}".upper()
            raise ConfigError(
                f"{change.name} was written, but {name} in the environment says otherwise.",
                hint=f"Take {name} out of the environment.",
            )
