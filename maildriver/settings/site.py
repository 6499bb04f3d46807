"""The settings of a site, from maildriver.toml and the environment.

`MAILDRIVER_SMTP__HOST` in the environment overrides `host` in `[smtp]`, and so on. All
faults are reported, not only the first, each with its line. The docstrings, descriptions
and defaults of the sections are also the source of the table in README.md.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from maildriver.domain.quantity import parse_duration, parse_size
from maildriver.errors import ConfigError
from maildriver.settings.fields import (
    Address,
    BaseUrl,
    Command,
    DatabaseUrl,
    Duration,
    Host,
    Line,
    Listen,
    Name,
    Names,
    Port,
    Rates,
    Security,
    Size,
    Subaddress,
    is_loopback,
)
from maildriver.settings.sources import (
    FILE,
    PREFIX,
    SEPARATOR,
    Environment,
    fault_lines,
    read_file,
    read_secret,
)
from maildriver.settings.toml_faults import faults, key_error

#: A local part has 64 characters, and 33 are for `+`, a token and the number of a post.
LONGEST_LOCAL_PART = 31

# -- sections ----------------------------------------------------------------------


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SiteSection(_Section):
    """Who writes to the students."""

    name: Name = Field(
        description="What the site calls itself in its mails.", examples=["Night School"]
    )
    address: Address = Field(
        description="The one mailbox of the site; it may be a person's own.",
        examples=["course@example.org"],
    )
    subaddress: Subaddress = Field(
        default="+",
        description="What separates the address from a detail, as in course+detail@example.org;"
        ' "" where the provider has no sub-addressing.',
    )
    operator: Address = Field(
        description="Who is told of trouble, once for each problem and day.",
        examples=["ops@example.org"],
    )
    imprint: Line = Field(
        default="", description="Who is answerable, with a postal address; stands in the footer."
    )
    keep_raw: Duration = Field(
        default=parse_duration("180d"),
        description="How long the mail that came in is kept as it came.",
    )

    @model_validator(mode="after")
    def _leaves_room_for_a_token(self) -> "SiteSection":
        if self.subaddress and len(self.address.partition("@")[0]) > LONGEST_LOCAL_PART:
            raise key_error(
                "address",
                f"more than {LONGEST_LOCAL_PART} characters before the @ leave no room"
                " for the details that are added there",
            )
        return self


class _Account(_Section):
    """A mail account, and how to reach it."""

    PORTS: ClassVar[Mapping[str, int]]

    host: Host = Field(description="Name of the server.", examples=["mail.example.org"])
    port: Port = Field(description="Port of the server; its default follows `security`.")
    security: Security = Field(
        default="tls",
        description="tls, starttls, or none; none only for a server on the same machine.",
    )
    user: Line = Field(default="", description="Name to log in with; empty = no login.")
    password_file: str = Field(
        default="", description="File that holds the password; its place is told from the site."
    )
    token_command: Command = Field(
        default="",
        description="Command that prints an access token (OAuth2), instead of a password.",
    )
    ca_file: str = Field(
        default="",
        description="File with the certificates to trust (PEM), for a server whose certificate you"
        " signed yourself; empty = those that the system trusts.",
    )

    @model_validator(mode="before")
    @classmethod
    def _usual_port(cls, data: object) -> object:
        if isinstance(data, dict) and "port" not in data:
            return {**data, "port": cls.PORTS.get(str(data.get("security")), cls.PORTS["tls"])}
        return data

    @model_validator(mode="after")
    def _keeps_the_password_secret(self) -> "_Account":
        if self.security == "none" and not is_loopback(self.host):
            raise key_error("security", f'"none" is only for this machine, and {self.host} is not')
        if self.password_file and self.token_command:
            raise key_error("token_command", "there is a password_file, too; keep one of them")
        if self.user and not (self.password_file or self.token_command):
            raise key_error("user", "needs a password_file or a token_command")
        if not self.user and (self.password_file or self.token_command):
            raise key_error("user", "is missing, but there is a password for it")
        return self

    def password(self) -> str:
        """Return the password from its file; raises ConfigError with a sentence."""
        return read_secret(Path(self.password_file)) if self.password_file else ""


class SmtpSection(_Account):
    """The server that takes our mail."""

    PORTS: ClassVar[Mapping[str, int]] = {"tls": 465, "starttls": 587, "none": 25}

    port: Port = Field(default=465, description="Port; 587 with starttls and 25 with none.")
    connections: Annotated[int, Field(ge=1, le=100)] = Field(
        default=8, description="How many messages may be on their way at the same time."
    )
    verp: bool = Field(
        default=True,
        description="Whether each message has an envelope sender of its own, so that a bounce"
        " is known by its address; false where the provider rewrites it.",
    )
    unsure_after: Duration = Field(
        default=parse_duration("15m"),
        description="How long to wait for a sign of a message that was sent but not"
        " acknowledged, before it is sent again.",
    )
    rate: Rates = Field(
        default=(), description="What the provider allows, such as 30/min, 2000/day."
    )


class ImapSection(_Account):
    """The mailbox that takes the replies."""

    PORTS: ClassVar[Mapping[str, int]] = {"tls": 993, "starttls": 143, "none": 143}

    user: Name = Field(description="Name to log in with.", examples=["course@example.org"])
    port: Port = Field(default=993, description="Port; 143 with starttls and with none.")
    mailbox: Names = Field(
        default=("INBOX",), description="The mailboxes to read; nothing in them is ever changed."
    )
    max_size: Size = Field(
        default=parse_size("25MB"),
        description="Of a larger message only the beginning is fetched.",
    )
    authserv_id: Line = Field(
        default="",
        description="Whose Authentication-Results to believe; empty = nobody's.",
    )


class DatabaseSection(_Section):
    """Where everything is kept."""

    url: DatabaseUrl = Field(
        default="",
        description="Empty = SQLite under var/; postgresql+psycopg://... for many machines.",
    )


class WebSection(_Section):
    """The pages for one-click unsubscribe and file links; nothing serves them yet."""

    base_url: BaseUrl = Field(
        default="", description="Where the world finds the pages; empty = there are none."
    )
    listen: Listen = Field(
        default="127.0.0.1:8025", description="Address and port that the pages are served on."
    )


class CheckSection(_Section):
    """Sizes that `maildriver check` warns of, or refuses."""

    html_warn: Size = Field(
        default=parse_size("90KB"), description="HTML of a lesson from which there is a warning."
    )
    html_error: Size = Field(
        default=parse_size("100KB"),
        description="HTML that is refused: Gmail cuts it off at 102 KB.",
    )
    attachments_warn: Size = Field(
        default=parse_size("7MB"),
        description="Files of a lesson, together, from which there is a warning.",
    )
    attachments_error: Size = Field(
        default=parse_size("14MB"),
        description="Files that are refused: many mailboxes do not take them.",
    )


class Settings(BaseSettings):
    """All settings of a site."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix=PREFIX,
        env_nested_delimiter=SEPARATOR,
    )

    site: SiteSection
    smtp: SmtpSection
    imap: ImapSection
    database: DatabaseSection = DatabaseSection()
    web: WebSection = WebSection()
    check: CheckSection = CheckSection()

    def database_url(self, site: Path) -> str:
        """Return the URL of the database; by default it is SQLite, with a file under `var/`."""
        url = self.database.url or "sqlite:///var/maildriver.db"
        kind, _, path = url.partition(":///")
        return f"{kind}:///{site.absolute() / path}" if kind == "sqlite" else url

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return one source, the values that load_settings has merged: pydantic reads nothing."""
        return (init_settings,)


def load_settings(site: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings of the site in that folder; raise ConfigError with all faults."""
    file = read_file(site / FILE)
    environment = Environment(Settings, environ)
    values = file.overridden_by(environment())
    for section in Settings.model_fields:
        _resolve(values.setdefault(section, {}), site)
    found = environment.unknown_sections()
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        found += faults(error, Settings)
    if found:
        raise ConfigError(fault_lines(found, file, environment))
    return settings


def _resolve(section: object, site: Path) -> None:
    """Make the paths of a mail account, which are relative to the site, absolute."""
    for key in ("password_file", "ca_file"):
        if isinstance(section, dict) and isinstance(file := section.get(key), str):
            section[key] = str(site.absolute() / file) if file else ""
