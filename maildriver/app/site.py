"""An open site: settings, database, and the values for services."""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from maildriver.app import features  # noqa: F401 - registers what the messages of rooms change
from maildriver.courses.limits import Limits
from maildriver.database.engine import Database
from maildriver.database.migrate import prepare
from maildriver.domain.token import SiteAddress
from maildriver.errors import StoreError
from maildriver.settings.site import Settings, load_settings
from maildriver.store import site

if TYPE_CHECKING:
    from maildriver.letters.writer import MailWriter

log = logging.getLogger(__name__)

RETRY_SECONDS = 5  # seconds between two tries while the disk is full


@dataclass(frozen=True, slots=True)
class Site:
    """One installation: a folder, its settings, and its open database."""

    folder: Path
    settings: Settings
    database: Database

    @property
    def var(self) -> Path:
        """The folder of the files that this site writes."""
        return self.folder / "var"

    @property
    def courses(self) -> Path:
        """The folder of the courses."""
        return self.folder / "courses"

    @property
    def address(self) -> SiteAddress:
        """The one address of this site."""
        return SiteAddress(self.settings.site.address, self.settings.site.subaddress)

    def own_templates(self) -> Mapping[str, str]:
        """Return the templates of this site that take the place of shipped ones, by path."""
        return own_templates(self.folder / "templates")

    def mail_writer(self) -> "MailWriter":
        """Return the writer of all mails of this site."""
        from maildriver.letters.composer import Composer
        from maildriver.letters.frame import SiteFrame
        from maildriver.letters.writer import MailWriter

        frame = SiteFrame(
            name=self.settings.site.name,
            address=self.address,
            imprint=self.settings.site.imprint,
            verp=self.settings.smtp.verp,
            overrides=self.own_templates(),
        )
        return MailWriter(
            composer=Composer(frame),
            site_key=self.database.read(site.signing_key),
            operator_address=self.settings.site.operator,
        )

    def limits(self) -> Limits:
        """Return the sizes that `check` allows."""
        return _limits(self.settings)


@contextmanager
def open_site(
    folder: Path, environ: Mapping[str, str] = os.environ, *, wait_for_room: bool = False
) -> Iterator[Site]:
    """Provide the site in `folder`, open; raise ConfigError or SchemaError if it cannot be used.

    With `wait_for_room`, waits for room on a full disk, and for nothing else.
    """
    settings = load_settings(folder, environ)
    var = folder / "var"
    var.mkdir(exist_ok=True)
    database = Database(settings.database_url(folder), turn=var / "turn.lock")
    try:
        while not _prepare(database, wait_for_room=wait_for_room and database.is_sqlite):
            time.sleep(RETRY_SECONDS)  # blocks nothing: no service runs yet
        yield Site(folder, settings, database)
    finally:
        database.close()


def _prepare(database: Database, *, wait_for_room: bool) -> bool:
    try:
        prepare(database)
    except StoreError as error:
        if not wait_for_room:
            raise
        # This is no bug of ours, so the log has a sentence and no traceback.
        log.error("run: %s; trying again in %d s", error, RETRY_SECONDS)  # noqa: TRY400
        return False
    return True


def own_templates(folder: Path) -> dict[str, str]:
    """Return a site's own templates, by their path below `templates/`.

    The repository is a site whose own templates are the shipped ones: it has no overrides.
    """
    from maildriver.letters.shipped import read_templates, shipped_folder

    if not folder.is_dir() or folder.resolve() == shipped_folder("templates"):
        return {}
    return read_templates(folder)


def limits_of(folder: Path, environ: Mapping[str, str] = os.environ) -> Limits:
    """Return the sizes that `check` allows in a folder, which need not be a site yet."""
    has_settings = (folder / "maildriver.toml").exists()
    return _limits(load_settings(folder, environ)) if has_settings else Limits()


def _limits(settings: Settings) -> Limits:
    sizes = settings.check
    return Limits(
        html_warn=sizes.html_warn,
        html_error=sizes.html_error,
        attachments_warn=sizes.attachments_warn,
        attachments_error=sizes.attachments_error,
    )


def utc_now() -> datetime:
    """Return the present time. This is the only clock of maildriver; all else is passed one."""
    return datetime.now(UTC)
