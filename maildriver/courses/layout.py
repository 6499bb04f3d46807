"""The lessons and issues in a course folder, each under one slug."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from maildriver.courses.faults import Faults
from maildriver.domain.course import ISSUE_PREFIX, NO_POSITION, issue_date

_LESSON_NAME = re.compile(r"(?P<number>\d{1,6})-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)")
_ISSUE_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = r"[a-z]{2,3}(?:-[A-Z][A-Za-z]{1,7})?"
_LESSON_FILE = re.compile(rf"lesson(?:\.(?P<language>{_LANGUAGE}))?\.md")
_FLAT_FILE = re.compile(rf"(?P<name>[^.]+)(?:\.(?P<language>{_LANGUAGE}))?\.md")
_NO_LINK = "Copy the file itself into the course."


@dataclass(frozen=True, slots=True)
class LessonFiles:
    """The files of one lesson or issue, whatever their layout."""

    number: int
    slug: str
    texts: tuple[tuple[str, Path], ...]  # language ("" for the course's), file
    beside: tuple[Path, ...]  # attachments and images


def shown_path(folder: Path, path: Path) -> str:
    """Return a path as faults name it, beginning with the course folder."""
    return path.relative_to(folder.parent).as_posix()


def find_lessons(folder: Path, faults: Faults) -> Iterator[LessonFiles]:
    """Yield the lessons in order, each with one number and one slug."""
    found: dict[str, LessonFiles] = {}
    for entry in _entries(folder, folder / "lessons", faults):
        place = _lesson_files(folder, entry, faults)
        if place is None:
            continue
        before = found.get(place.slug)
        if before is None:
            found[place.slug] = place
        elif (
            before.number == place.number
            and not (before.beside or place.beside)
            and (
                {language for language, _ in before.texts}.isdisjoint(
                    language for language, _ in place.texts
                )
            )
        ):
            found[place.slug] = replace(before, texts=before.texts + place.texts)
        else:
            faults.error(
                shown_path(folder, entry),
                0,
                f"two lessons are called {place.slug}.",
                "Rename one; the name identifies a lesson.",
            )
    yield from sorted(found.values(), key=lambda each: (each.number, each.slug))


def find_issues(folder: Path, faults: Faults) -> Iterator[LessonFiles]:
    """Yield the issues of the newsletter in order; each is one file, or one per language."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for entry in _entries(folder, folder / "news", faults):
        match = None if entry.is_dir() else _FLAT_FILE.fullmatch(entry.name)
        if match is None or not _is_issue(match["name"]):
            remedy = "Name it by date and topic, such as 2026-12-01-meteors.md."
            faults.error(
                shown_path(folder, entry), 0, "not a valid name for a newsletter issue.", remedy
            )
            continue
        found.setdefault(ISSUE_PREFIX + match["name"], []).append((match["language"] or "", entry))
    for slug, texts in sorted(found.items()):
        yield LessonFiles(NO_POSITION, slug, tuple(texts), ())


def _is_issue(name: str) -> bool:
    try:
        return bool(_ISSUE_NAME.fullmatch(name)) and bool(issue_date(ISSUE_PREFIX + name))
    except ValueError:  # there is no such date
        return False


def _lesson_files(folder: Path, entry: Path, faults: Faults) -> LessonFiles | None:
    flat = None if entry.is_dir() else _FLAT_FILE.fullmatch(entry.name)
    match = _LESSON_NAME.fullmatch(flat["name"] if flat else entry.name)
    if match is None or not (flat or entry.is_dir()):
        faults.error(
            shown_path(folder, entry),
            0,
            "not a valid name for a lesson.",
            "Name it 010-finding-north.md, or put lesson.md into a folder 010-finding-north.",
        )
        return None
    number, slug = int(match["number"]), match["slug"]
    if flat:
        return LessonFiles(number, slug, ((flat["language"] or "", entry),), ())
    inside = list(_entries(folder, entry, faults))
    texts = tuple(
        (found["language"] or "", path)
        for path in inside
        if (found := _LESSON_FILE.fullmatch(path.name))
    )
    if not texts:
        faults.error(
            shown_path(folder, entry), 0, "the folder has no lesson.md.", "Create lesson.md in it."
        )
        return None
    named = {path for _, path in texts}
    return LessonFiles(number, slug, texts, tuple(path for path in inside if path not in named))


def texts_by_language(
    folder: Path, lesson_files: LessonFiles, own: str, faults: Faults
) -> dict[str, Path]:
    """Return the texts of a lesson, each under its language."""
    texts: dict[str, Path] = {}
    for language, path in lesson_files.texts:
        if texts.setdefault(language or own, path) is not path:
            problem = f"{lesson_files.slug} has two texts in the language {own}."
            faults.error(shown_path(folder, path), 0, problem, "Keep one of the two.")
    return texts


def _entries(folder: Path, inside: Path, faults: Faults) -> Iterator[Path]:
    """Yield the entries of a folder by name, without hidden ones; a link is a fault."""
    if inside.is_symlink():
        faults.error(shown_path(folder, inside), 0, "symbolic links are not allowed.", _NO_LINK)
        return
    if not inside.is_dir():
        return
    for path in sorted(inside.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            faults.error(shown_path(folder, path), 0, "symbolic links are not allowed.", _NO_LINK)
            continue
        yield path
