"""`backup`: a copy of the database of a site."""

import os
from pathlib import Path

import sqlalchemy as sa

from maildriver.database import backup
from maildriver.errors import ConfigError, MaildriverError, NotFoundError
from maildriver.settings.site import load_settings


def back_up(folder: Path, target: Path) -> int:
    """Copy the database of the site in `folder` to `target`; return its size in bytes.

    Raises MaildriverError if `target` exists, ConfigError if the database is not a file, and
    NotFoundError if there is none yet.
    """
    if target.exists():
        raise MaildriverError(f"{target} already exists", hint="Name a new file.")
    url = sa.make_url(load_settings(folder, os.environ).database_url(folder))
    if url.get_backend_name() != "sqlite" or url.database is None:
        raise ConfigError(
            "the database is on PostgreSQL, which makes its own backups", hint="Use pg_dump."
        )
    source = Path(url.database)
    if not source.exists():
        raise NotFoundError(f"there is no {source} yet", hint="Nobody is enrolled here.")
    backup.copy(source, target)
    return target.stat().st_size
