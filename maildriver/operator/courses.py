"""The check of a site's course folders, and their early publication."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from maildriver.app.features import course_keys
from maildriver.app.site import Site
from maildriver.courses.check import CheckedCourse, check_course
from maildriver.courses.limits import Limits
from maildriver.courses.publisher import CourseRefused, course_folders, publish_folder
from maildriver.database.thread import DatabaseThread
from maildriver.errors import CourseError, NotFoundError
from maildriver.sandbox.process import Sandbox

#: For a whole course, since a template could run for ever.
_CHECK_SECONDS = 60.0


def check_folders(folders: Sequence[Path], limits: Limits) -> list[CheckedCourse]:
    """Return each course folder with its faults. Templates run in the sandbox."""

    async def check_all() -> list[CheckedCourse]:
        sandbox = Sandbox()
        try:
            return [
                await sandbox.call_within(
                    _CHECK_SECONDS, check_course, folder, limits, course_keys()
                )
                for folder in folders
            ]
        finally:
            await sandbox.close()

    return asyncio.run(check_all())


def folders_named(courses_folder: Path, names: Sequence[str]) -> list[Path]:
    """Return the folders of the courses named, or of all; raise NotFoundError if one is missing.

    A folder with lessons counts as a course even if its course.toml is missing.
    """
    if not courses_folder.is_dir():
        raise NotFoundError(
            f"no folder {courses_folder}",
            hint="Go to the folder of a site, or name it with --site DIR; "
            "make a new one with: maildriver init DIR",
        )
    meant = [
        *course_folders(courses_folder),
        *(each.parent for each in courses_folder.glob("*/lessons")),
    ]
    found = {folder.name: folder for folder in sorted(set(meant))}
    missing = [name for name in names if name not in found]
    if missing:
        there = ", ".join(found) or "none"
        raise NotFoundError(
            f"no course {missing[0]} in {courses_folder}",
            hint=f"Courses found: {there}.",
        )
    if not found:
        raise NotFoundError(
            f"no course in {courses_folder}",
            hint="A course is a folder with a course.toml; "
            "to start with sample courses: maildriver init DIR",
        )
    return [found[name] for name in names or found]


def publish_course(site: Site, slug: str, now: datetime) -> None:
    """Publish a course that no `run` has seen yet; raise CourseError if it has errors."""
    (folder,) = folders_named(site.courses, [slug])
    try:
        asyncio.run(_publish(site, folder, now))
    except CourseRefused as refused:
        raise CourseError(
            f"{slug} has errors and can't be sent:\n{refused}",
            hint=f"See all faults with: maildriver check {slug}",
        ) from refused


async def _publish(site: Site, folder: Path, now: datetime) -> None:
    db, sandbox = DatabaseThread(site.database), Sandbox()
    try:
        await publish_folder(db, sandbox, folder, site.limits(), now, course_keys())
    finally:
        await sandbox.close()
        await asyncio.to_thread(db.close)
