"""Sources of settings: a TOML file, the environment, and password files."""

import os
import re
import shlex
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, EnvSettingsSource

from maildriver.domain.did_you_mean import did_you_mean, quoted
from maildriver.errors import ConfigError
from maildriver.settings.toml_faults import Fault
from maildriver.settings.toml_lines import key_lines, missing_quotes_hint

FILE = "maildriver.toml"
PREFIX = "MAILDRIVER_"
SEPARATOR = "__"

_MAX_SECRET = 16_384  # an access token may be long


@dataclass(frozen=True, slots=True)
class TomlFile:
    """The values in a TOML file, and the line of each key."""

    name: str
    values: dict[str, Any]
    lines: Mapping[tuple[str, ...], int]

    def overridden_by(self, others: Mapping[str, Any]) -> dict[str, Any]:
        """Return the sections of the file, with single keys replaced."""
        merged = dict(self.values)
        for section, keys in others.items():
            given = merged.get(section, {})
            merged[section] = given | keys if isinstance(given, dict) else given
        return merged


class Environment(EnvSettingsSource):
    """The environment variables that override a key; all others are ignored."""

    def __init__(self, settings: type[BaseSettings], environ: Mapping[str, str]) -> None:
        self._sections = settings.model_fields
        self._variables = {
            name.lower(): value
            for name, value in environ.items()
            if name.startswith(PREFIX) and SEPARATOR in name
        }
        super().__init__(settings)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._variables)

    def keys(self) -> set[tuple[str, ...]]:
        """Return the paths of the keys that are overridden: ("smtp", "host")."""
        names = (name.removeprefix(PREFIX.lower()) for name in self._variables)
        return {tuple(name.split(SEPARATOR, 1)) for name in names}

    def unknown_sections(self) -> list[Fault]:
        """Return a fault for each variable that names an unknown section."""
        return [
            Fault(
                path,
                f"unknown section {quoted(path[0])}{did_you_mean(path[0], self._sections)}",
            )
            for path in sorted(self.keys())
            if path[0] not in self._sections
        ]


def read_file(path: Path) -> TomlFile:
    """Return the contents of a TOML file; raise ConfigError if it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8-sig")  # Notepad writes a byte order mark
        return TomlFile(path.name, tomllib.loads(text), key_lines(text))
    except FileNotFoundError:
        raise ConfigError(
            f"no {path.name} in {path.parent.absolute()}",
            hint="Go to the folder of the site, or name it with --site DIR.",
        ) from None
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{path.name}: the file is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(_syntax(path.name, str(error))) from None


def _syntax(name: str, error: str) -> str:
    """Return the parser's message with the line in front, as in every other fault."""
    match = re.fullmatch(r"(.*) \(at line ([0-9]+), column ([0-9]+)\)", error, re.DOTALL)
    if match is None:
        return f"{name}: {error}"
    return f"{name}:{match[2]}: {match[1]} (column {match[3]}){missing_quotes_hint(match[1])}"


def read_secret(path: Path) -> str:
    """Return the one line of a password file; raise ConfigError if everybody may read it.

    Also raises ConfigError if the file cannot be read, or does not hold exactly one line.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_MAX_SECRET).decode("utf-8").rstrip("\r\n")
    except FileNotFoundError:
        raise ConfigError(f"password file {path} does not exist") from None
    except OSError as error:
        raise ConfigError(f"cannot read password file {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigError(f"password file {path} is not UTF-8 text") from None
    if mode & (stat.S_IROTH | stat.S_IWOTH):
        raise ConfigError(
            f"password file {path} is readable by every user of this machine",
            hint=f"Run: chmod 600 {shlex.quote(str(path))}",
        )
    if not text:
        raise ConfigError(
            f"password file {path} is empty",
            hint="Write the password of the mail account into it.",
        )
    if not text.isprintable():
        raise ConfigError(f"password file {path} must contain one line, the password")
    return text


def fault_lines(found: Sequence[Fault], file: TomlFile, environment: Environment) -> str:
    """Return one line for each fault, in the order of the file."""
    overridden = environment.keys()
    told = []
    for fault in found:
        if fault.path[:2] in overridden:
            name = PREFIX + SEPARATOR.join(fault.path[:2]).upper()
            told.append((0, f"{name}: {fault.problem}"))
        else:
            paths = (fault.path[:length] for length in range(len(fault.path), 0, -1))
            line = next((file.lines[path] for path in paths if path in file.lines), 0)
            place = f"{file.name}:{line}" if line else file.name
            told.append((line, f"{place}: {fault.key}: {fault.problem}"))
    return "\n".join(sentence for _, sentence in sorted(told))
