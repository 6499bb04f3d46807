"""Packets: lessons frozen for one reader, or for a million."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from maildriver.domain.course import Course, File, Lesson
from maildriver.letters import jinja, markdown
from maildriver.letters.frame import FrozenMessage, Reader, RenderedMessage
from maildriver.letters.headers import HeaderValues, clean_header
from maildriver.letters.labels import labels_for, local_date, readable_size
from maildriver.letters.message import Body, compose_body, compose_header, content_id
from maildriver.letters.packet_template import (
    PacketTemplate,
    TemplateBuilder,
    fits_placeholder,
    is_fillable,
    placeholder,
)
from maildriver.letters.page import Page
from maildriver.letters.plaintext import ParagraphHook, keep_paragraph
from maildriver.letters.renderer import RenderedPage, Renderer

#: The variables that the author of a lesson can use.
LESSON_FIELDS: Mapping[str, tuple[str, ...]] = {
    "student": ("name", "language", "zone"),
    "course": ("title",),
    "lesson": ("title", "number"),
    "due_on": (),
}

#: The variables that differ from one packet to the next.
_PERSONAL = frozenset({"student", "due_on"})

_MOST_TEMPLATES = 64  # packet templates


@dataclass(frozen=True, slots=True)
class PositionedLesson:
    """A lesson at its position in the course, without anything personal."""

    course: Course
    lesson: Lesson
    position: int  # counts from 1; an issue of the newsletter has 0
    last: bool

    @property
    def key(self) -> tuple[object, ...]:
        """The identity of the rendered page: equal keys share a packet template."""
        course, lesson = self.course, self.lesson
        return (
            course.slug, course.title, course.discussion, tuple(course.templates.items()),
            lesson.slug, lesson.version, lesson.language, self.position, self.last,
        )  # fmt: skip

    @property
    def seed(self) -> str:
        """The seed of the MIME boundaries, the same for every reader."""
        name = f"{self.course.slug}/{self.lesson.slug}/{self.lesson.version}"
        return hashlib.sha256(name.encode()).hexdigest()[:24]

    @property
    def title(self) -> str:
        """The title as the student reads it, with the position in front."""
        return f"{self.position}. {self.lesson.title}" if self.position else self.lesson.title


@dataclass(slots=True)
class PacketRenderer:
    """Freezes packets, from a packet template where the lesson allows it."""

    renderer: Renderer
    _templates: OrderedDict[tuple[object, ...], PacketTemplate | None] = field(
        default_factory=OrderedDict
    )

    def freeze(
        self, positioned: PositionedLesson, reader: Reader, *, token: str, date: datetime
    ) -> FrozenMessage:
        """Return the packet of a lesson, frozen for one reader."""
        mould = self._template(positioned)
        values = self._values(positioned, reader, date) | {"token": token}
        if mould is None or not all(fits_placeholder(values[name]) for name in mould.names):
            return self.render(positioned, reader, token=token, date=date)
        heading = self._header_values(positioned, reader, token, date)
        return FrozenMessage(
            mail_from=self.renderer.mail_from(token),
            subject=clean_header(heading.subject),
            parts=compose_header(heading) + mould.filled(values),
            segments=mould.segments,
        )

    def render(
        self, positioned: PositionedLesson, reader: Reader, *, token: str, date: datetime
    ) -> RenderedMessage:
        """Return the packet with its text and HTML; takes a hundred times as long as `freeze`."""
        source = self.lesson_markdown(positioned, reader, date)
        return self.renderer.freeze(
            self._header_values(positioned, reader, token, date),
            self._render_page(positioned, source, token),
            positioned.lesson.files,
            positioned.seed,
        )

    def lesson_markdown(self, positioned: PositionedLesson, reader: Reader, date: datetime) -> str:
        """Return the Markdown of a lesson as one reader gets it; raise TemplateError."""
        return self._markdown(positioned, self._values(positioned, reader, date))

    # -- the packet template -------------------------------------------------------------

    def _template(self, positioned: PositionedLesson) -> PacketTemplate | None:
        """Return the packet template of a lesson; None if each student needs a rendering."""
        key = positioned.key
        if key not in self._templates:
            self._templates[key] = self._build_template(positioned)
            while len(self._templates) > _MOST_TEMPLATES:
                self._templates.popitem(last=False)
        self._templates.move_to_end(key)
        return self._templates[key]

    def _build_template(self, positioned: PositionedLesson) -> PacketTemplate | None:
        if not jinja.only_prints(positioned.lesson.source, _PERSONAL):
            return None
        holes = {name: placeholder(name) for name in ("name", "language", "zone", "day", "token")}
        source = self._markdown(positioned, holes)
        if not is_fillable(markdown.parse(source)):
            return None
        casting = TemplateBuilder()
        page = self._render_page(positioned, source, holes["token"], casting.mark_paragraph)
        body = Body(
            casting.mark_text(page.text), casting.mark_html(page.html), positioned.lesson.files
        )
        mould = casting.build(
            compose_body(body, self.renderer.site.address.domain, positioned.seed)
        )
        return (
            mould if mould is not None and self._fills_like_rendering(positioned, mould) else None
        )

    def _fills_like_rendering(
        self, positioned: PositionedLesson, template: PacketTemplate
    ) -> bool:
        """Return whether filling in gives the bytes of rendering.

        With the page layout of a course's own it may not.
        """
        values = {
            "name": 'Zoë <b>&amp; "Ω" O\'Neill-García y Vélez de la Torre',
            "language": positioned.lesson.language,
            "zone": "America/Argentina/Buenos_Aires",
            "day": "Wednesday 30 September 2026",
            "token": "abcdefgh234567abcdefgh23",
        }
        page = self._render_page(positioned, self._markdown(positioned, values), values["token"])
        body = Body(page.text, page.html, positioned.lesson.files)
        rendered = compose_body(body, self.renderer.site.address.domain, positioned.seed)
        return template.expanded(values) == rendered

    # -- what both ways share ------------------------------------------------------------

    def _values(
        self, positioned: PositionedLesson, reader: Reader, date: datetime
    ) -> dict[str, str]:
        labels = labels_for(self.renderer.templates(positioned.course), positioned.lesson.language)
        return {
            "name": jinja.one_line(reader.name),
            "language": jinja.one_line(reader.language),
            "zone": reader.zone,
            "day": local_date(date, reader.zone, labels),
        }

    def _markdown(self, positioned: PositionedLesson, values: Mapping[str, str]) -> str:
        return jinja.render(
            positioned.lesson.source,
            {
                "student": {name: values[name] for name in LESSON_FIELDS["student"]},
                "course": {"title": positioned.course.title},
                "lesson": {"title": positioned.lesson.title, "number": positioned.position},
                "due_on": values["day"],
            },
        )

    def _render_page(
        self,
        version: PositionedLesson,
        source: str,
        token: str,
        hook: ParagraphHook = keep_paragraph,
    ) -> RenderedPage:
        course, lesson = version.course, version.lesson
        templates = self.renderer.templates(course)
        labels = labels_for(templates, lesson.language)
        footer = [labels["reply"][course.discussion]]
        if version.last:
            goes_on = course.discussion == "class"
            footer.append(labels["last_of_class" if goes_on else "last"])
        page = Page(
            language=lesson.language,
            over=course.title,
            title=version.title,
            attached=_attachment_names(lesson.files),
            footer=[*footer, labels["pace"]],
            imprint=self.renderer.site.imprint,
            reference=f"{labels['reference']} {token}",
        )
        images = self._image_source(lesson.files)
        return self.renderer.render(source, page, templates, image_source=images, hook=hook)

    def _header_values(
        self, positioned: PositionedLesson, reader: Reader, token: str, date: datetime
    ) -> HeaderValues:
        course = positioned.course
        return HeaderValues(
            site=self.renderer.site.address,
            token=token,
            sender=course.title,
            to=reader.address,
            subject=positioned.title,
            date=date,
            language=positioned.lesson.language,
            auto_submitted="generated",
            course=course.slug,
            can_post=course.discussion != "none",
        )

    def _image_source(self, files: Sequence[File]) -> Callable[[str], str]:
        domain = self.renderer.site.address.domain
        ids = {file.name: content_id(file, domain) for file in files if file.shown}
        return lambda source: f"cid:{ids[unquote(source)]}" if unquote(source) in ids else ""


def _attachment_names(files: Sequence[File]) -> list[str]:
    return [f"{file.name} ({readable_size(file.size)})" for file in files if not file.shown]
