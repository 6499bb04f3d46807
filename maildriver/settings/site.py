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
        description="Name of the site, as shown in its mails.", examples=["Night School"]
    )
    address: Address = Field(
        description="The site's mailbox; it may be your own.",
        examples=["course@example.org"],
    )
    subaddress: Subaddress = Field(
        default="+",
        description="Separator between the address and a detail, as in course+detail@example.org;"
        ' "" if the provider has no sub-addressing.',
    )
    operator: Address = Field(
        description="Address for error reports, one per problem per day.",
        examples=["ops@example.org"],
    )
    imprint: Line = Field(
        default="", description="Name and postal address for the footer of every mail."
    )
    keep_raw: Duration = Field(
        default=parse_duration("180d"),
        description="How long incoming mail is kept in its original form.",
    )

    @model_validator(mode="after")
    def _leaves_room_for_a_token(self) -> "SiteSection":
        if self.subaddress and len(self.address.partition("@")[0]) > LONGEST_LOCAL_PART:
            raise key_error(
                "address",
                f"has more than {LONGEST_LOCAL_PART} characters before the @, which leaves"
                " no room for sub-addresses",
            )
        return self


class _Account(_Section):
    """A mail account, and how to reach it."""

    PORTS: ClassVar[Mapping[str, int]]

    host: Host = Field(description="Host name of the server.", examples=["mail.example.org"])
    port: Port = Field(description="Port of the server; its default follows `security`.")
    security: Security = Field(
        default="tls",
        description="tls, starttls, or none; none only for a server on the same machine.",
    )
    user: Line = Field(default="", description="User name; empty = no login.")
    password_file: str = Field(
        default="", description="Password file; a relative path starts at the site's folder."
    )
    token_command: Command = Field(
        default="",
        description="Command that prints an OAuth2 access token, used instead of a password.",
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
            raise key_error(
                "security", f'"none" works only for a server on this machine, not {self.host}'
            )
        if self.password_file and self.token_command:
            raise key_error(
                "token_command", "cannot be combined with password_file; keep one of them"
            )
        if self.user and not (self.password_file or self.token_command):
            raise key_error("user", "needs a password_file or a token_command")
        if not self.user and (self.password_file or self.token_command):
            raise key_error("user", "is missing, although a password is set")
        return self

    def password(self) -> str:
        """Return the password from its file; raises ConfigError with a sentence."""
        return read_secret(Path(self.password_file)) if self.password_file else ""


class SmtpSection(_Account):
    """The server that sends our mail."""

    PORTS: ClassVar[Mapping[str, int]] = {"tls": 465, "starttls": 587, "none": 25}

    port: Port = Field(default=465, description="Port; 587 for starttls and 25 for none.")
    connections: Annotated[int, Field(ge=1, le=100)] = Field(
        default=8, description="How many messages may be sent at the same time."
    )
    verp: bool = Field(
        default=True,
        description="Whether each message has its own envelope sender, so that a bounce is matched"
        " to its message; false if the provider rewrites it.",
    )
    unsure_after: Duration = Field(
        default=parse_duration("15m"),
        description="How long to wait before a message that was sent but never acknowledged is"
        " sent again.",
    )
    rate: Rates = Field(
        default=(), description="Sending limits of the provider, such as 30/min, 2000/day."
    )


class ImapSection(_Account):
    """The mailbox that receives the replies."""

    PORTS: ClassVar[Mapping[str, int]] = {"tls": 993, "starttls": 143, "none": 143}

    user: Name = Field(description="User name.", examples=["course@example.org"])
    port: Port = Field(default=993, description="Port; 143 for starttls and none.")
    mailbox: Names = Field(
        default=("INBOX",), description="Mailboxes to read; they are never changed."
    )
    max_size: Size = Field(
        default=parse_size("25MB"),
        description="Only the beginning of a larger message is fetched.",
    )
    authserv_id: Line = Field(
        default="",
        description="Server whose Authentication-Results are trusted; empty = none.",
    )


class DatabaseSection(_Section):
    """The database of the site."""

    url: DatabaseUrl = Field(
        default="",
        description="Empty = SQLite in var/; postgresql+psycopg://... for several machines.",
    )


class WebSection(_Section):
    """The pages for one-click unsubscribe and file links; nothing serves them yet."""

    base_url: BaseUrl = Field(default="", description="Public URL of the pages; empty = none.")
    listen: Listen = Field(
        default="127.0.0.1:8025", description="Local address and port of the pages."
    )


class CheckSection(_Section):
    """Size limits for `maildriver check`."""

    html_warn: Size = Field(
        default=parse_size("90KB"), description="HTML size of a lesson that gives a warning."
    )
    html_error: Size = Field(
        default=parse_size("100KB"),
        description="HTML size that is an error: Gmail clips mails at 102 KB.",
    )
    attachments_warn: Size = Field(
        default=parse_size("7MB"),
        description="Total size of a lesson's files that gives a warning.",
    )
    attachments_error: Size = Field(
        default=parse_size("14MB"),
        description="Total size that is an error: many mailboxes refuse such mails.",
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
