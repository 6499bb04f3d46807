"""From a course folder to a course: course.toml, lessons in their languages, files beside them.

    courses/night-sky/
      course.toml
      lessons/010-finding-north/lesson.md, lesson.de.md, star-map.pdf
      lessons/020-the-ecliptic.md
      templates/

All faults are collected. Nothing outside the folder is ever read, and nothing is fetched.
"""

import hashlib
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from pydantic import ValidationError

from maildriver.content import markdown
from maildriver.content.faults import Faults
from maildriver.content.frontmatter import FrontMatter, FrontMatterError, read_toml, split
from maildriver.content.settings import CourseToml, LessonToml, add_faults
from maildriver.content.shipped import template_files
from maildriver.domain.course import NEWS, NO_PLACE, Course, File, Lesson, issue_date
from maildriver.domain.tomllines import key_lines

_NO_LINK = "Put the file itself into the course."
_LESSON_NAME = re.compile(r"(?P<number>\d{1,6})-(?P<slug>[a-z0-9]+(?:-[a-z0-9]+)*)")
_ISSUE_NAME = re.compile(r"\d{4}-\d{2}-\d{2}-[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = r"[a-z]{2,3}(?:-[A-Z][A-Za-z]{1,7})?"
_LESSON_FILE = re.compile(rf"lesson(?:\.(?P<language>{_LANGUAGE}))?\.md")
_FLAT_FILE = re.compile(rf"(?P<name>[^.]+)(?:\.(?P<language>{_LANGUAGE}))?\.md")


@dataclass(frozen=True, slots=True)
class Source:
    """One lesson in one language, before it has been rendered."""

    lesson: Lesson  # its text is still empty
    path: str  # below the folder that holds the courses
    body_line: int  # the line of the file on which the Markdown begins


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a folder holds; the course is None if course.toml cannot be used."""

    course: Course | None
    sources: tuple[Source, ...]
    files: Mapping[str, str]  # hash -> path


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one lesson lies, whatever its form."""

    number: int
    slug: str
    texts: tuple[tuple[str, Path], ...]  # language ("" for the course's), file
    beside: tuple[Path, ...]


def load(folder: Path, faults: Faults) -> Loaded:
    """Return what a course folder holds, and add its faults to `faults`."""
    course = _load_settings(folder, faults)
    own = course.language if course else "en"
    sources: list[Source] = []
    files: dict[str, str] = {}
    for place in (*_places(folder, faults), *_issues(folder, faults)):
        for language, path in _by_language(folder, place, own, faults).items():
            source = _load_lesson(folder, place, language, path, files=files, faults=faults)
            if source is not None:
                sources.append(source)
    if not sources and not any(fault.level == "error" for fault in faults.found):
        faults.error(
            f"{folder.name}/lessons", 0, "there is no lesson.", "Write lessons/010-first.md."
        )
    if course is not None:
        course = replace(course, templates=_load_templates(folder, faults))
    return Loaded(course, tuple(sources), files)


def name_of(folder: Path, path: Path) -> str:
    """Return a path as faults name it: from the course's folder on."""
    return path.relative_to(folder.parent).as_posix()


def _load_settings(folder: Path, faults: Faults) -> Course | None:
    path = folder / "course.toml"
    text = _read(folder, path, faults)
    if text is None:
        return None
    try:
        values = read_toml(text)
        return CourseToml.model_validate(values).course(folder.name)
    except FrontMatterError as error:
        faults.error(name_of(folder, path), error.line, f"course.toml {error}.", "Correct it.")
    except ValidationError as error:
        add_faults(faults, name_of(folder, path), error, CourseToml, key_lines(text))
    return None


def _load_templates(folder: Path, faults: Faults) -> dict[str, str]:
    own = folder / "templates"
    texts = {
        path.relative_to(own).as_posix(): _read(folder, path, faults)
        for path in template_files(own)
    }
    return {name: text for name, text in texts.items() if text is not None}


# -- lessons -----------------------------------------------------------------------


def _places(folder: Path, faults: Faults) -> Iterator[_Place]:
    """Find the lessons, each under one number and one slug."""
    found: dict[str, _Place] = {}
    for entry in _entries(folder, folder / "lessons", faults):
        place = _place(folder, entry, faults)
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
                name_of(folder, entry),
                0,
                f"there are two lessons called {place.slug}.",
                "Rename one: the name is what a lesson is known by.",
            )
    yield from sorted(found.values(), key=lambda each: (each.number, each.slug))


def _issues(folder: Path, faults: Faults) -> Iterator[_Place]:
    """Find the issues of the newsletter: each is one file, or one for each language."""
    found: dict[str, list[tuple[str, Path]]] = {}
    for entry in _entries(folder, folder / "news", faults):
        match = None if entry.is_dir() else _FLAT_FILE.fullmatch(entry.name)
        if match is None or not _is_issue(match["name"]):
            remedy = "Name an issue 2026-12-01-meteors.md: its day, and what it is about."
            faults.error(name_of(folder, entry), 0, "it is no issue of the newsletter.", remedy)
            continue
        found.setdefault(NEWS + match["name"], []).append((match["language"] or "", entry))
    for slug, texts in sorted(found.items()):
        yield _Place(NO_PLACE, slug, tuple(texts), ())


def _is_issue(name: str) -> bool:
    try:
        return bool(_ISSUE_NAME.fullmatch(name)) and bool(issue_date(NEWS + name))
    except ValueError:  # a day that no month has
        return False


def _place(folder: Path, entry: Path, faults: Faults) -> _Place | None:
    flat = None if entry.is_dir() else _FLAT_FILE.fullmatch(entry.name)
    match = _LESSON_NAME.fullmatch(flat["name"] if flat else entry.name)
    if match is None or not (flat or entry.is_dir()):
        faults.error(
            name_of(folder, entry),
            0,
            "it is no lesson.",
            "Name a lesson 010-finding-north.md, or put lesson.md into a folder of that name.",
        )
        return None
    number, slug = int(match["number"]), match["slug"]
    if flat:
        return _Place(number, slug, ((flat["language"] or "", entry),), ())
    inside = list(_entries(folder, entry, faults))
    texts = tuple(
        (found["language"] or "", path)
        for path in inside
        if (found := _LESSON_FILE.fullmatch(path.name))
    )
    if not texts:
        faults.error(name_of(folder, entry), 0, "it has no lesson.md.", "Write lesson.md in it.")
        return None
    named = {path for _, path in texts}
    return _Place(number, slug, texts, tuple(path for path in inside if path not in named))


def _by_language(folder: Path, place: _Place, own: str, faults: Faults) -> dict[str, Path]:
    """Return the texts of a lesson, each under its language."""
    texts: dict[str, Path] = {}
    for language, path in place.texts:
        if texts.setdefault(language or own, path) is not path:
            problem = f"it is a second text of {place.slug} in the language {own}."
            faults.error(name_of(folder, path), 0, problem, "Keep one of the two.")
    return texts


def _entries(folder: Path, inside: Path, faults: Faults) -> Iterator[Path]:
    """List a folder by name, without what is hidden; links are refused."""
    if inside.is_symlink():
        faults.error(name_of(folder, inside), 0, "it is a link.", _NO_LINK)
        return
    if not inside.is_dir():
        return
    for path in sorted(inside.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            faults.error(name_of(folder, path), 0, "it is a link.", _NO_LINK)
            continue
        yield path


def _load_lesson(
    folder: Path,
    place: _Place,
    language: str,
    path: Path,
    *,
    files: dict[str, str],
    faults: Faults,
) -> Source | None:
    name = name_of(folder, path)
    text = _read(folder, path, faults)
    if text is None:
        return None
    head = _head(text, name, faults)
    if head is None:
        return None
    try:
        title = LessonToml.model_validate(head.values).title
    except ValidationError as error:
        add_faults(faults, name, error, LessonToml, head.lines)
        return None
    attached = _files(folder, place, head.body, faults)
    files.update({file.sha256: str(beside) for beside, file in attached})
    lesson = Lesson(
        course=folder.name,
        slug=place.slug,
        number=place.number,
        language=language,
        title=title,
        version=_version(title, head.body, [file for _, file in attached]),
        source=head.body,
        files=tuple(file for _, file in attached),
        text="",
    )
    return Source(lesson, name, head.body_line)


def _head(text: str, name: str, faults: Faults) -> FrontMatter | None:
    try:
        return split(text)
    except FrontMatterError as error:
        remedy = 'Begin the file with three lines: +++, title = "...", +++.'
        faults.error(name, error.line, f"{error}.", remedy)
        return None


def _files(folder: Path, place: _Place, body: str, faults: Faults) -> list[tuple[Path, File]]:
    """Return the files beside a lesson; an image that its text shows is not attached."""
    shown = _shown(body)
    found: list[tuple[Path, File]] = []
    for path in place.beside:
        if path.is_dir():
            faults.error(
                name_of(folder, path), 0, "a lesson holds files only.", "Move them up, or out."
            )
            continue
        content = path.read_bytes()
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        is_shown = path.name in shown and media_type.startswith("image/")
        sha256 = hashlib.sha256(content).hexdigest()
        found.append((path, File(path.name, sha256, len(content), media_type, is_shown)))
    return found


def _shown(body: str) -> set[str]:
    """Return the names of the images that a text shows, in whatever branch of it."""
    return {unquote(image.source) for image in markdown.images(markdown.parse(body))}


def _version(title: str, body: str, files: list[File]) -> str:
    """Return the hash of all that a student gets."""
    named = "\n".join(f"{file.name} {file.sha256} {file.shown}" for file in files)
    return hashlib.sha256(f"{title}\n{body}\n{named}".encode()).hexdigest()[:16]


def _read(folder: Path, path: Path, faults: Faults) -> str | None:
    if path.is_symlink():  # it may lead out of the course
        faults.error(name_of(folder, path), 0, "it is a link.", _NO_LINK)
        return None
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        faults.error(name_of(folder, path), 0, "it is missing.", "Write it.")
    except OSError as error:
        problem = f"it cannot be read: {error.strerror}."
        faults.error(name_of(folder, path), 0, problem, "Put a text there that can be read.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.error(name_of(folder, path), line, "it is not UTF-8.", "Save it as UTF-8.")
    return None
