"""Packets: lessons frozen for one reader, or for a million."""

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import unquote

from maildriver.domain.course import Course, File, Lesson
from maildriver.letters import jinja, markdown
from maildriver.letters.frame import Frozen, Reader, RenderedMessage
from maildriver.letters.headers import Heading, clean
from maildriver.letters.labels import local_date, readable_size, words
from maildriver.letters.message import Body, body_of, content_id, header
from maildriver.letters.packet_template import Casting, Mould, can_cast, can_fill, hole
from maildriver.letters.page import Page
from maildriver.letters.plaintext import Hold, hold_none
from maildriver.letters.renderer import Press, Rendered

#: The variables that the author of a lesson can use.
LESSON_FIELDS: Mapping[str, tuple[str, ...]] = {
    "student": ("name", "language", "zone"),
    "course": ("title",),
    "lesson": ("title", "number"),
    "due_on": (),
}

#: The variables that differ from one packet to the next.
_PERSONAL = frozenset({"student", "due_on"})

_KEPT = 64  # packet templates


@dataclass(frozen=True, slots=True)
class Version:
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
class Packets:
    """Freezes packets, from a packet template where the lesson allows it."""

    press: Press
    _moulds: OrderedDict[tuple[object, ...], Mould | None] = field(default_factory=OrderedDict)

    def freeze(self, version: Version, reader: Reader, *, token: str, date: datetime) -> Frozen:
        """Return the packet of a lesson, frozen for one reader."""
        mould = self._mould(version)
        values = self._values(version, reader, date) | {"token": token}
        if mould is None or not all(can_fill(values[name]) for name in mould.names):
            return self.whole(version, reader, token=token, date=date)
        heading = self._heading(version, reader, token, date)
        return Frozen(
            mail_from=self.press.mail_from(token),
            subject=clean(heading.subject),
            parts=header(heading) + mould.filled(values),
            segments=mould.segments,
        )

    def whole(
        self, version: Version, reader: Reader, *, token: str, date: datetime
    ) -> RenderedMessage:
        """Return the packet with its text and HTML; takes a hundred times as long as `freeze`."""
        source = self.rendered(version, reader, date)
        return self.press.freeze(
            self._heading(version, reader, token, date),
            self._page(version, source, token),
            version.lesson.files,
            version.seed,
        )

    def rendered(self, version: Version, reader: Reader, date: datetime) -> str:
        """Return the Markdown of a lesson as one reader gets it; raise TemplateError."""
        return self._markdown(version, self._values(version, reader, date))

    # -- the packet template -------------------------------------------------------------

    def _mould(self, version: Version) -> Mould | None:
        """Return the packet template of a lesson; None if each student needs a rendering."""
        key = version.key
        if key not in self._moulds:
            self._moulds[key] = self._cast(version)
            while len(self._moulds) > _KEPT:
                self._moulds.popitem(last=False)
        self._moulds.move_to_end(key)
        return self._moulds[key]

    def _cast(self, version: Version) -> Mould | None:
        if not jinja.only_shows(version.lesson.source, _PERSONAL):
            return None
        holes = {name: hole(name) for name in ("name", "language", "zone", "day", "token")}
        source = self._markdown(version, holes)
        if not can_cast(markdown.parse(source)):
            return None
        casting = Casting()
        page = self._page(version, source, holes["token"], casting.hold)
        body = Body(casting.text(page.text), casting.html(page.html), version.lesson.files)
        mould = casting.mould(body_of(body, self.press.site.address.domain, version.seed))
        return mould if mould is not None and self._is_true(version, mould) else None

    def _is_true(self, version: Version, mould: Mould) -> bool:
        """Return whether filling in gives the bytes of rendering.

        With the page layout of a course's own it may not.
        """
        values = {
            "name": 'Zoë <b>&amp; "Ω" O\'Neill-García y Vélez de la Torre',
            "language": version.lesson.language,
            "zone": "America/Argentina/Buenos_Aires",
            "day": "Wednesday 30 September 2026",
            "token": "abcdefgh234567abcdefgh23",
        }
        page = self._page(version, self._markdown(version, values), values["token"])
        body = Body(page.text, page.html, version.lesson.files)
        rendered = body_of(body, self.press.site.address.domain, version.seed)
        return mould.unfolded(values) == rendered

    # -- what both ways share ------------------------------------------------------------

    def _values(self, version: Version, reader: Reader, date: datetime) -> dict[str, str]:
        labels = words(self.press.templates(version.course), version.lesson.language)
        return {
            "name": jinja.one_line(reader.name),
            "language": jinja.one_line(reader.language),
            "zone": reader.zone,
            "day": local_date(date, reader.zone, labels),
        }

    def _markdown(self, version: Version, values: Mapping[str, str]) -> str:
        return jinja.render(
            version.lesson.source,
            {
                "student": {name: values[name] for name in LESSON_FIELDS["student"]},
                "course": {"title": version.course.title},
                "lesson": {"title": version.lesson.title, "number": version.position},
                "due_on": values["day"],
            },
        )

    def _page(self, version: Version, source: str, token: str, hold: Hold = hold_none) -> Rendered:
        course, lesson = version.course, version.lesson
        templates = self.press.templates(course)
        labels = words(templates, lesson.language)
        footer = [labels["reply"][course.discussion]]
        if version.last:
            goes_on = course.discussion == "class"
            footer.append(labels["last_of_class" if goes_on else "last"])
        page = Page(
            language=lesson.language,
            over=course.title,
            title=version.title,
            attached=_attached(lesson.files),
            footer=[*footer, labels["pace"]],
            imprint=self.press.site.imprint,
            reference=f"{labels['reference']} {token}",
        )
        images = self._image_source(lesson.files)
        return self.press.render(source, page, templates, image_source=images, hold=hold)

    def _heading(self, version: Version, reader: Reader, token: str, date: datetime) -> Heading:
        course = version.course
        return Heading(
            site=self.press.site.address,
            token=token,
            sender=course.title,
            to=reader.address,
            subject=version.title,
            date=date,
            language=version.lesson.language,
            auto="generated",
            course=course.slug,
            can_post=course.discussion != "none",
        )

    def _image_source(self, files: Sequence[File]) -> Callable[[str], str]:
        domain = self.press.site.address.domain
        ids = {file.name: content_id(file, domain) for file in files if file.shown}
        return lambda source: f"cid:{ids[unquote(source)]}" if unquote(source) in ids else ""


def _attached(files: Sequence[File]) -> list[str]:
    return [f"{file.name} ({readable_size(file.size)})" for file in files if not file.shown]
