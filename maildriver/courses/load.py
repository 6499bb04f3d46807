"""The loader of a course folder: settings, lessons, files and templates.

    courses/night-sky/
      course.toml
      lessons/010-finding-north/lesson.md, lesson.de.md, star-map.pdf
      lessons/020-the-ecliptic.md
      templates/

All faults are collected. Nothing outside the folder is ever read, and nothing is fetched.
"""

import hashlib
import mimetypes
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

from pydantic import ValidationError

from maildriver.courses.course_toml import CourseToml, LessonToml, add_faults
from maildriver.courses.faults import Faults
from maildriver.courses.layout import (
    LessonFiles,
    find_issues,
    find_lessons,
    shown_path,
    texts_by_language,
)
from maildriver.domain.course import Course, CourseKey, File, Lesson
from maildriver.letters import markdown
from maildriver.letters.frontmatter import (
    FrontMatter,
    FrontMatterError,
    parse_toml,
    split_front_matter,
)
from maildriver.letters.shipped import template_files
from maildriver.settings.toml_lines import key_lines

_NO_LINK = "Copy the file itself into the course."


@dataclass(frozen=True, slots=True)
class LessonSource:
    """One lesson in one language, before it has been rendered."""

    lesson: Lesson  # its text is still empty
    path: str  # below the folder that holds the courses
    body_line: int  # the line of the file on which the Markdown begins


@dataclass(frozen=True, slots=True)
class LoadedCourse:
    """The contents of a folder; `course` is None if course.toml cannot be used."""

    course: Course | None
    sources: tuple[LessonSource, ...]
    files: Mapping[str, str]  # hash -> path


def load_course(folder: Path, faults: Faults, keys: Sequence[CourseKey] = ()) -> LoadedCourse:
    """Return the contents of a course folder, and add its faults to `faults`."""
    course = _load_settings(folder, faults, keys)
    own = course.language if course else "en"
    sources: list[LessonSource] = []
    files: dict[str, str] = {}
    for place in (*find_lessons(folder, faults), *find_issues(folder, faults)):
        for language, path in texts_by_language(folder, place, own, faults).items():
            source = _load_lesson(folder, place, language, path, files=files, faults=faults)
            if source is not None:
                sources.append(source)
    if not sources and not any(fault.level == "error" for fault in faults.found):
        faults.error(
            f"{folder.name}/lessons",
            0,
            "the course has no lessons.",
            "Write lessons/010-first.md.",
        )
    if course is not None:
        course = replace(course, templates=_load_templates(folder, faults))
    return LoadedCourse(course, tuple(sources), files)


def _load_settings(folder: Path, faults: Faults, keys: Sequence[CourseKey]) -> Course | None:
    path = folder / "course.toml"
    text = _read(folder, path, faults)
    if text is None:
        return None
    model = CourseToml.with_keys(keys)
    try:
        values = parse_toml(text)
        return model.model_validate(values).course(folder.name)
    except FrontMatterError as error:
        faults.error(shown_path(folder, path), error.line, f"{error}.", "Correct this line.")
    except ValidationError as error:
        add_faults(faults, shown_path(folder, path), error, model, key_lines(text))
    return None


def _load_templates(folder: Path, faults: Faults) -> dict[str, str]:
    own = folder / "templates"
    texts = {
        path.relative_to(own).as_posix(): _read(folder, path, faults)
        for path in template_files(own)
    }
    return {name: text for name, text in texts.items() if text is not None}


# -- lessons -----------------------------------------------------------------------


def _load_lesson(
    folder: Path,
    lesson_files: LessonFiles,
    language: str,
    path: Path,
    *,
    files: dict[str, str],
    faults: Faults,
) -> LessonSource | None:
    name = shown_path(folder, path)
    text = _read(folder, path, faults)
    if text is None:
        return None
    head = _split_head(text, name, faults)
    if head is None:
        return None
    try:
        title = LessonToml.model_validate(head.values).title
    except ValidationError as error:
        add_faults(faults, name, error, LessonToml, head.lines)
        return None
    attached = _files(folder, lesson_files, head.body, faults)
    files.update({file.sha256: str(beside) for beside, file in attached})
    lesson = Lesson(
        course=folder.name,
        slug=lesson_files.slug,
        number=lesson_files.number,
        language=language,
        title=title,
        version=_content_hash(title, head.body, [file for _, file in attached]),
        source=head.body,
        files=tuple(file for _, file in attached),
        text="",
    )
    return LessonSource(lesson, name, head.body_line)


def _split_head(text: str, name: str, faults: Faults) -> FrontMatter | None:
    try:
        return split_front_matter(text)
    except FrontMatterError as error:
        remedy = 'Begin the file with three lines: +++, title = "...", +++.'
        faults.error(name, error.line, f"{error}.", remedy)
        return None


def _files(
    folder: Path, lesson_files: LessonFiles, body: str, faults: Faults
) -> list[tuple[Path, File]]:
    """Return the files beside a lesson; an image that its text shows is not attached."""
    shown = _shown_images(body)
    found: list[tuple[Path, File]] = []
    for path in lesson_files.beside:
        if path.is_dir():
            faults.error(
                shown_path(folder, path),
                0,
                "a lesson folder must not contain folders.",
                "Move the files up into the lesson folder.",
            )
            continue
        content = path.read_bytes()
        media_type = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        is_shown = path.name in shown and media_type.startswith("image/")
        sha256 = hashlib.sha256(content).hexdigest()
        found.append((path, File(path.name, sha256, len(content), media_type, is_shown)))
    return found


def _shown_images(body: str) -> set[str]:
    """Return the names of the images in a text, in all branches of its template."""
    return {unquote(image.source) for image in markdown.images(markdown.parse(body))}


def _content_hash(title: str, body: str, files: list[File]) -> str:
    """Return the hash of everything a student gets: title, text and files."""
    named = "\n".join(f"{file.name} {file.sha256} {file.shown}" for file in files)
    return hashlib.sha256(f"{title}\n{body}\n{named}".encode()).hexdigest()[:16]


def _read(folder: Path, path: Path, faults: Faults) -> str | None:
    if path.is_symlink():  # a link may lead out of the course
        faults.error(shown_path(folder, path), 0, "symbolic links are not allowed.", _NO_LINK)
        return None
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        faults.error(shown_path(folder, path), 0, "the file is missing.", "Create it.")
    except OSError as error:
        problem = f"cannot be read: {error.strerror}."
        faults.error(shown_path(folder, path), 0, problem, "Make it a readable text file.")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.error(shown_path(folder, path), line, "the file is not UTF-8.", "Save it as UTF-8.")
    return None
