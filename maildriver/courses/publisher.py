"""The publisher: course folders to lesson versions, at start and after edits.

If a course does not pass `check`, the stored versions stay in force and the operator is
alerted once. All other courses go on.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from maildriver import failpoints
from maildriver.courses import publish
from maildriver.courses.check import CheckedCourse, check_course
from maildriver.courses.limits import Limits
from maildriver.database.thread import DatabaseThread
from maildriver.domain.alerts import Alert
from maildriver.domain.course import CourseKey
from maildriver.sandbox.process import Sandbox, SandboxError
from maildriver.store.courses import CourseChange

log = logging.getLogger(__name__)

#: A file that was just written may still be incomplete.
QUIET_PERIOD = timedelta(seconds=5)

_CHECK_SECONDS = 60.0  # for a whole course, since a template could run for ever


@dataclass(slots=True)
class Publisher:
    """Watches the course folders of a site."""

    db: DatabaseThread
    folder: Path
    limits: Limits
    sandbox: Sandbox
    alert: Alert
    now: Callable[[], datetime]
    keys: tuple[CourseKey, ...] = ()  # of course.toml, that rooms read
    _published: dict[str, str] = field(default_factory=dict)  # folder name -> state
    _changed: dict[str, tuple[str, datetime]] = field(default_factory=dict)

    async def step(self) -> bool:
        """Publish course folders that have changed; return whether any was put in force."""
        worked = False
        for folder in course_folders(self.folder):
            if self._is_due(folder):
                worked |= await self._publish(folder)
        return worked

    def _is_due(self, folder: Path) -> bool:
        """Return whether a folder has changed since it was published, and is still by now."""
        state = _fingerprint(folder)
        if self._published.get(folder.name) == state:
            return False
        seen, since = self._changed.get(folder.name, ("", self.now()))
        if folder.name in self._published and seen != state:
            self._changed[folder.name] = (state, self.now())
            return False
        if folder.name in self._published and self.now() - since < QUIET_PERIOD:
            return False
        self._published[folder.name] = state
        return True

    async def _publish(self, folder: Path) -> bool:
        try:
            stored = await publish_folder(
                self.db, self.sandbox, folder, self.limits, self.now(), self.keys
            )
        except CourseRefused as refused:
            see = f"See all with: maildriver check {folder.name}"
            await self.alert(f"course {folder.name}", f"{refused}\n{see}")
            return False
        if stored.changed:
            log.info(
                "course %s is in force: %d new lessons, %d changed",
                folder.name,
                len(stored.new_lessons),
                len(stored.new_versions),
            )
        return stored.changed


class CourseRefused(Exception):  # noqa: N818 - it says what happened, and never leaves this module's callers
    """The course did not pass its check; the message lists the faults."""


async def publish_folder(
    db: DatabaseThread,
    sandbox: Sandbox,
    folder: Path,
    limits: Limits,
    now: datetime,
    keys: tuple[CourseKey, ...] = (),
) -> CourseChange:
    """Check a course folder and put it in force; raise CourseRefused with all its faults."""
    try:
        checked: CheckedCourse = await sandbox.call_within(
            _CHECK_SECONDS, check_course, folder, limits, keys
        )
    except SandboxError as error:
        raise CourseRefused(
            f"{folder.name}: its templates could not be rendered: {error}"
        ) from error
    failpoints.reached("publisher.checked")
    course = checked.course
    if course is None:
        faults = [fault for fault in checked.faults if fault.level == "error"]
        lines = "\n".join(f"{each.where}: {each.problem}" for each in faults)
        raise CourseRefused(lines)
    for path in await db.read(lambda conn: publish.missing_files(conn, checked.files)):
        await db.write(partial(publish.store_file, path=Path(path)))
        failpoints.reached("publisher.file_stored")
    stored = await db.write(lambda conn: publish.publish(conn, course, now))
    failpoints.reached("publisher.committed")
    return stored


def course_folders(folder: Path) -> list[Path]:
    """Return the folders that hold a course.toml, by name."""
    if not folder.is_dir():
        return []
    return sorted(path.parent for path in folder.glob("*/course.toml"))


def _fingerprint(folder: Path) -> str:
    """Return a text that changes when anything in the folder does."""
    lines = []
    for path in sorted(folder.rglob("*")):
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue  # deleted in this moment; the next look sees that
        lines.append(f"{path.relative_to(folder)} {found.st_mtime_ns} {found.st_size}")
    return "\n".join(lines)
