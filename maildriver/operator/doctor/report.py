"""The findings of `doctor`, each reported at once."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from maildriver.errors import ConfigError, LoginError, MaildriverError, TlsError, UnreachableError
from maildriver.settings.site import Settings

#: "advice": works, could be better; "mend": the operator must act; "away": try again later.
State = Literal["good", "advice", "mend", "away"]

_HINTS: dict[type[MaildriverError], str] = {
    LoginError: "Check `user` and the password under [{section}]; many providers require an"
    " app password.",
    TlsError: "Check `host`, `port` and `security` under [{section}] in maildriver.toml."
    " If you signed the certificate yourself, name its file as `ca_file` there.",
    UnreachableError: "Check `host` and `port` under [{section}], or try again later.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in one line, and what to do about it."""

    topic: str
    state: State
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting, with its present value and the value that was found."""

    section: str
    key: str
    now: str | bool
    found: str | bool

    @property
    def name(self) -> str:
        """The name of the setting in messages: `smtp.verp`."""
        return f"{self.section}.{self.key}"


@dataclass(slots=True)
class Report:
    """All findings, and the settings that follow from them."""

    settings: Settings
    show: Callable[[Finding], None]
    findings: list[Finding] = field(default_factory=list)
    found: dict[str, str | bool] = field(default_factory=dict)  # "smtp.verp": True
    written: list[str] = field(default_factory=list)
    folder: str | None = None  # where the test mail arrived
    seconds: float | None = None  # until the test mail arrived

    def add(self, topic: str, state: State, text: str, remedy: str = "") -> None:
        """Add a finding and report it."""
        finding = Finding(topic, state, text, remedy)
        self.findings.append(finding)
        self.show(finding)

    def add_error(self, topic: str, error: MaildriverError, section: str = "") -> None:
        """Add a server's error as a finding; without `section` it may be either server's."""
        state: State = "away" if isinstance(error, UnreachableError) else "mend"
        usual = _HINTS.get(type(error), "").format(section=section)
        hint = error.hint or (usual if section else "Try again later.")
        if isinstance(error, ConfigError) and error.hint == ConfigError.hint:
            hint = f"Correct [{section}] in maildriver.toml, or the file that it names."
        self.add(topic, state, str(error), hint)

    def changes(self) -> list[SettingChange]:
        """Return the settings whose value differs from what was found."""
        both = []
        for name, value in self.found.items():
            section, _, key = name.partition(".")
            both.append(
                SettingChange(section, key, getattr(getattr(self.settings, section), key), value)
            )
        return [change for change in both if change.now != change.found]

    def as_json(self) -> dict[str, object]:
        """Return the report as it is printed in JSON."""
        return {
            "findings": self.findings,
            "settings": self.found,
            "written": self.written,
            "folder": self.folder,
            "seconds": self.seconds,
        }

    def exit_code(self) -> int:
        """Return 0 if all that is needed works, 1 if the operator must act, 4 to try later."""
        states = {finding.state for finding in self.findings}
        return 1 if "mend" in states else 4 if "away" in states else 0
