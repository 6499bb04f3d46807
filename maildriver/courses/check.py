"""The check of a course: all its faults, and its rendered lessons."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

from jinja2 import TemplateSyntaxError

from maildriver.courses.course_toml import CourseToml
from maildriver.courses.faults import CourseFault, Faults
from maildriver.courses.limits import Limits
from maildriver.courses.load import LessonSource, LoadedCourse, load_course
from maildriver.domain.course import NO_POSITION, Course, CourseKey, Lesson
from maildriver.domain.did_you_mean import did_you_mean
from maildriver.domain.token import SiteAddress
from maildriver.letters import jinja, markdown
from maildriver.letters.frame import Reader, RenderedMessage, SiteFrame
from maildriver.letters.frontmatter import FrontMatterError, parse_toml, split_front_matter
from maildriver.letters.packet import LESSON_FIELDS, PacketRenderer, PositionedLesson
from maildriver.letters.renderer import Renderer

_SAMPLE_SITE = SiteFrame("Sample", SiteAddress("course@example.org"), "Sample, 1 Long Lane")
_SAMPLE_TOKEN = "a" * 24
_SAMPLE_DATE = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
_KNOWN_VARIABLES = [
    f"{top}.{attribute}" if attribute else top
    for top, attributes in LESSON_FIELDS.items()
    for attribute in (attributes or ("",))
]
_REMOTE = re.compile(r"[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class CheckedCourse:
    """A course and its faults; `course` is None if a fault is an error."""

    course: Course | None
    faults: tuple[CourseFault, ...]
    files: dict[str, str]  # hash -> path of every file of a lesson


def check_course(folder: Path, limits: Limits, keys: tuple[CourseKey, ...] = ()) -> CheckedCourse:
    """Return the course in a folder with all its faults, after rendering every lesson."""
    faults = Faults([])
    loaded = load_course(folder, faults, keys)
    _check_own_templates(loaded, faults)
    lessons = [_check_lesson(loaded, source, limits, faults) for source in loaded.sources]
    found = faults.in_order()
    broken = loaded.course is None or any(fault.level == "error" for fault in found)
    course = None
    if loaded.course is not None and not broken:
        lessons.sort(key=lambda each: (each.number, each.slug, each.language))
        course = replace(
            loaded.course,
            lessons=tuple(each for each in lessons if each.number > NO_POSITION),
            news=tuple(each for each in lessons if each.number == NO_POSITION),
        )
    return CheckedCourse(course, found, dict(loaded.files))


def _check_own_templates(loaded: LoadedCourse, faults: Faults) -> None:
    """Add the faults of a course's own templates that show without rendering."""
    if loaded.course is None:
        return
    for name, text in loaded.course.templates.items():
        path = f"{loaded.course.slug}/templates/{name}"
        try:
            if name.endswith(".toml"):
                parse_toml(text)
                continue
            head = split_front_matter(text) if name.endswith(".md") else None
            jinja.forbidden_tags(head.body if head else text)
        except FrontMatterError as error:
            faults.error(path, error.line, f"{error}.", "Correct it.")
        except TemplateSyntaxError as error:
            line = error.lineno + (head.body_line - 1 if head else 0)
            faults.error(path, line, f"broken template: {error.message}.", "Fix the braces.")


def _check_lesson(
    loaded: LoadedCourse, source: LessonSource, limits: Limits, faults: Faults
) -> Lesson:
    """Return the lesson with its text, and add its faults."""
    _check_sizes(source, limits, faults)
    if not _check_template(source, faults):
        _check_images(source, source.lesson.source, faults)  # before rendering, as far as visible
        return source.lesson
    course = loaded.course or _sample_course(source.lesson)
    text = ""
    for name in ("Ada", ""):  # some students give no name
        text = _check_rendering(course, source, name, limits, faults) or text
    return replace(source.lesson, text=text)


def _check_template(source: LessonSource, faults: Faults) -> bool:
    """Add the faults in all branches of a template; return whether it can be rendered."""
    try:
        used = jinja.variables_in(source.lesson.source)
        barred = jinja.forbidden_tags(source.lesson.source)
    except RecursionError:
        remedy = "Use fewer nested braces."
        faults.error(source.path, source.body_line, "broken template: nested too deeply.", remedy)
        return False
    except TemplateSyntaxError as error:
        line = source.body_line + error.lineno - 1
        remedy = "Fix the braces, or write {% raw %}{{ }}{% endraw %} to show them."
        faults.error(source.path, line, f"broken template: {error.message}.", remedy)
        return False
    for tag, line in barred:
        problem = f"{{% {tag} %}} is not allowed in a lesson."
        remedy = "Use only if, for, set and raw."
        faults.error(source.path, source.body_line + line - 1, problem, remedy)
    unknown = [(name, line) for name, line in used if not _is_known(name)]
    for name, line in unknown:
        faults.error(
            source.path,
            source.body_line + line - 1,
            f"unknown variable {name}{did_you_mean(name, _KNOWN_VARIABLES)}.",
            f"Variables: {', '.join(_KNOWN_VARIABLES)}.",
        )
    return not barred and not unknown


def _is_known(name: str) -> bool:
    top, _, attribute = name.partition(".")
    return top in LESSON_FIELDS and (not attribute or attribute in LESSON_FIELDS[top])


def _check_rendering(
    course: Course, source: LessonSource, name: str, limits: Limits, faults: Faults
) -> str | None:
    """Return the text for one sample student, and add the faults found in rendering it."""
    lesson = source.lesson
    reader = Reader(name, "ada@example.org", lesson.language, course.zone)
    version, packets = (
        PositionedLesson(course, lesson, 1, last=True),
        PacketRenderer(Renderer(_SAMPLE_SITE)),
    )
    try:
        rendered = packets.lesson_markdown(version, reader, _SAMPLE_DATE)
    except Exception as error:  # noqa: BLE001 - whatever an author's expression can raise
        where = jinja.error_line(error)
        faults.error(
            source.path,
            source.body_line + where - 1,
            f"the template cannot be filled in: {str(error) or type(error).__name__}.",
            "Test for missing values, as in {% if student.name %}.",
        )
        return None
    _check_images(source, rendered, faults)
    frozen = _render_packet(packets, version, reader, faults)
    if frozen is None:
        return None
    size = len(frozen.html.encode())
    if size > limits.html_warn:
        over = size > limits.html_error
        problem = f"its HTML is {size // 1000} KB; mail programs clip mails near 100 KB."
        note = faults.error if over else faults.warning
        note(source.path, 0, problem, "Split the lesson.")
    return frozen.text


def _render_packet(
    packets: PacketRenderer, version: PositionedLesson, reader: Reader, faults: Faults
) -> RenderedMessage | None:
    """Return the lesson as it is sent; None if the course's own layout or labels break it."""
    try:
        return packets.render(version, reader, token=_SAMPLE_TOKEN, date=_SAMPLE_DATE)
    except Exception as error:
        course = version.course
        if not course.templates:
            raise
        problem = f"the layout cannot be rendered: {error}."
        faults.error(
            f"{course.slug}/templates", 0, problem, "Compare it with the shipped templates."
        )
        return None


def _check_images(source: LessonSource, rendered: str, faults: Faults) -> None:
    names = {file.name: file for file in source.lesson.files}
    for image, line in _images_with_lines(source, rendered):
        if not image.alt.strip():
            faults.error(
                source.path,
                line,
                f"the image {image.source} has no description.",
                "Write ![description](file.png), for readers who cannot see it.",
            )
        file = names.get(unquote(image.source))
        if file is None:
            remote = _REMOTE.match(image.source)
            problem = (
                "is on the web, and mails load nothing from the web"
                if remote
                else "does not exist"
            )
            guess = "" if remote else did_you_mean(image.source, names)
            faults.error(
                source.path,
                line,
                f"the image {image.source} {problem}{guess}.",
                "Put the file beside lesson.md, in the lesson's own folder.",
            )
        elif not file.media_type.startswith("image/"):
            faults.error(source.path, line, f"{file.name} is not an image.", "Show a PNG or JPEG.")


def _images_with_lines(
    source: LessonSource, rendered: str
) -> Iterator[tuple[markdown.Image, int]]:
    """Yield the images of a text, each with its line in the file."""
    lines = source.lesson.source.split("\n")
    for image in markdown.images(markdown.parse(rendered)):
        found = (n for n, line in enumerate(lines) if f"({image.source}" in line)
        yield image, source.body_line + next(found, image.line - 1)


def _check_sizes(source: LessonSource, limits: Limits, faults: Faults) -> None:
    size = sum(file.size for file in source.lesson.files)
    if size > limits.attachments_warn:
        over = size > limits.attachments_error
        note = faults.error if over else faults.warning
        problem = f"its files total {size / 1e6:.1f} MB; many mailboxes refuse such mails."
        note(source.path, 0, problem, "Make the files smaller, or split them between lessons.")


def _sample_course(lesson: Lesson) -> Course:
    """Return a sample course, for lessons whose own course.toml is broken."""
    return CourseToml(title="Sample", language=lesson.language).course(lesson.course)
