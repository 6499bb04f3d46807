"""Packets and letters: from a lesson, or a template of ours, to a frozen message."""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from maildriver.content import markdown, template
from maildriver.content.discussion import Talk, bodies
from maildriver.content.fields import Field, letter_fields
from maildriver.content.frame import Frozen, Reader, SiteFrame
from maildriver.content.frontmatter import split
from maildriver.content.headers import Auto, Heading, clean
from maildriver.content.message import Body, compose, content_id
from maildriver.content.page import Page, as_html, as_text
from maildriver.content.words import Templates, local_date, readable_size, words
from maildriver.domain.course import Course, File, Lesson

#: What the author of a lesson can fill in.
LESSON_FIELDS: Mapping[str, tuple[str, ...]] = {
    "student": ("name", "language", "zone"),
    "course": ("title",),
    "lesson": ("title", "number"),
    "due_on": (),
}

#: What of these differs from one packet to the next.
_PERSONAL = {"student", "due_on"}

_KEPT = 64  # pages that are the same for all, kept between packets

# Stands for the token in a page that is the same for all. Nobody can have written it.
_HOLE = "hole" + secrets.token_hex(10)


@dataclass(frozen=True, slots=True)
class _Rendered:
    text: str
    html: str

    def with_token(self, token: str) -> "_Rendered":
        return _Rendered(self.text.replace(_HOLE, token), self.html.replace(_HOLE, token))


class Composer:
    """Writes all mails of a site."""

    def __init__(self, site: SiteFrame) -> None:
        self._site = site
        self._pages: OrderedDict[tuple[object, ...], _Rendered] = OrderedDict()

    # -- packets ---------------------------------------------------------------------

    def packet(
        self,
        course: Course,
        lesson: Lesson,
        reader: Reader,
        *,
        token: str,
        date: datetime,
        position: int,
        last: bool,
    ) -> Frozen:
        """Return one lesson, frozen for one reader.

        `position` counts lessons from 1; an issue of the newsletter has 0.
        """
        page = self._packet_page(course, lesson, reader, date, position=position, last=last)
        heading = Heading(
            site=self._site.address,
            token=token,
            sender=course.title,
            to=reader.address,
            subject=_numbered(lesson, position),
            date=date,
            language=lesson.language,
            auto="generated",
            course=course.slug,
            can_post=course.discussion != "none",
        )
        return self._freeze(heading, page.with_token(token), lesson.files)

    def rendered(
        self, course: Course, lesson: Lesson, reader: Reader, date: datetime, *, position: int
    ) -> str:
        """Return the Markdown of a lesson as one reader gets it; raise TemplateError."""
        labels = words(self._templates(course), lesson.language)
        return template.render(
            lesson.source,
            {
                "student": {
                    "name": reader.name,
                    "language": reader.language,
                    "zone": reader.zone,
                },
                "course": {"title": course.title},
                "lesson": {"title": lesson.title, "number": position},
                "due_on": local_date(date, reader.zone, labels),
            },
        )

    def _packet_page(
        self,
        course: Course,
        lesson: Lesson,
        reader: Reader,
        date: datetime,
        *,
        position: int,
        last: bool,
    ) -> _Rendered:
        """Return a page; one that names no student is rendered once for all."""
        key = (
            course.slug, course.title, course.discussion, lesson.slug, lesson.version,
            lesson.language, position, last, tuple(course.templates.items()),
        )  # fmt: skip
        known = self._pages.get(key)
        if known is not None:
            self._pages.move_to_end(key)
            return known
        source = self.rendered(course, lesson, reader, date, position=position)
        page = self._render_packet(course, lesson, source, position=position, last=last)
        if _PERSONAL.isdisjoint(template.names_in(lesson.source)):
            self._pages[key] = page
            while len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
        return page

    def _render_packet(
        self, course: Course, lesson: Lesson, source: str, *, position: int, last: bool
    ) -> _Rendered:
        templates = self._templates(course)
        labels = words(templates, lesson.language)
        footer = [labels["reply"][course.discussion]]
        if last:
            goes_on = course.discussion == "class"
            footer.append(labels["last_of_class" if goes_on else "last"])
        footer.append(labels["pace"])
        return self._render(
            source,
            Page(
                language=lesson.language,
                over=course.title,
                title=_numbered(lesson, position),
                attached=_attached(lesson.files),
                footer=footer,
                imprint=self._site.imprint,
                reference=f"{labels['reference']} {_HOLE}",
            ),
            templates,
            image_source=self._image_source(lesson.files),
        )

    # -- letters ---------------------------------------------------------------------

    def letter(
        self,
        name: str,
        reader: Reader,
        fields: Mapping[str, Field],
        *,
        course: Course | None,
        token: str,
        date: datetime,
        in_reply_to: str | None = None,
        auto: Auto = "generated",
    ) -> Frozen:
        """Return one of maildriver's own mails, by the name of its template, frozen."""
        templates = self._templates(course)
        labels = words(templates, reader.language)
        head = split(templates.in_language(f"{name}.md", reader.language))
        if name == "confirm":  # nobody has shown yet whose name it is: somebody may have
            reader = replace(reader, name="")  # typed an advertisement
        values = letter_fields(self._site, reader, fields, course, labels)
        subject = template.render_plain(str(head.values["subject"]), values)
        footer = [labels["reply"]["command"], labels["pace"]] if course else []
        page = Page(
            language=reader.language,
            over=course.title if course else self._site.name,
            title=subject,
            footer=[] if name == "confirm" else footer,
            imprint=self._site.imprint,
            reference=f"{labels['reference']} {_HOLE}",
        )
        source = template.render(head.body, values)
        heading = Heading(
            site=self._site.address,
            token=token,
            sender=course.title if course else self._site.name,
            to=reader.address,
            subject=subject,
            date=date,
            language=reader.language,
            auto=auto,
            course=course.slug if course else "",
            answers=in_reply_to,
        )
        rendered = self._render(source, page, templates, image_source=lambda source: source)
        return self._freeze(heading, rendered.with_token(token), ())

    # -- posts -----------------------------------------------------------------------

    def discussion(
        self,
        course: Course,
        reader: Reader,
        talk: Talk,
        *,
        token: str,
        date: datetime,
        in_reply_to: str | None = None,
    ) -> Frozen:
        """Return a mail that shows posts, frozen for one reader."""
        templates = self._templates(course)
        labels = words(templates, reader.language)
        text, html = bodies(talk, templates, labels, self._site.address, token)
        page = Page(
            language=reader.language,
            over=course.title,
            title=talk.subject,
            html=html,
            text=text,
            footer=talk.footer,
            imprint=self._site.imprint,
            reference=f"{labels['reference']} {token}",
        )
        heading = Heading(
            site=self._site.address,
            token=token,
            sender=course.title,
            to=reader.address,
            subject=talk.subject,
            date=date,
            language=reader.language,
            auto="generated",
            course=course.slug,
            answers=in_reply_to,
        )
        rendered = _Rendered(as_text(page, templates, labels), as_html(page, templates, labels))
        return self._freeze(heading, rendered, ())

    def frame_text(self, course: Course, language: str) -> str:
        """Return all that may stand around a mail of a course, a sentence a line."""
        labels = words(self._templates(course), language)
        sentences = [labels[key] for key in ("pace", "private", "last", "last_of_class", "more")]
        return "\n".join((course.title, *labels["reply"].values(), *sentences, self._site.imprint))

    def labels(self, course: Course, language: str) -> Mapping[str, Any]:
        """Return the words around a mail of a course, in a language."""
        return words(self._templates(course), language)

    # -- both ------------------------------------------------------------------------

    def _templates(self, course: Course | None) -> Templates:
        return Templates(course.templates if course else {}, self._site.overrides)

    def _render(
        self,
        source: str,
        page: Page,
        templates: Templates,
        *,
        image_source: Callable[[str], str],
    ) -> _Rendered:
        labels = words(templates, page.language)
        tokens = markdown.parse(source)
        text = markdown.text(tokens, labels)  # first: the HTML is given other image names
        page = replace(page, text=text, html=markdown.html(tokens, image_source))
        return _Rendered(as_text(page, templates, labels), as_html(page, templates, labels))

    def _image_source(self, files: Sequence[File]) -> Callable[[str], str]:
        domain = self._site.address.domain
        ids = {file.name: content_id(file, domain) for file in files if file.shown}
        return lambda source: f"cid:{ids[unquote(source)]}" if unquote(source) in ids else ""

    def _freeze(self, heading: Heading, page: _Rendered, files: Sequence[File]) -> Frozen:
        address, token = self._site.address, heading.token
        return Frozen(
            mail_from=address.reverse_path(token) if self._site.verp else address.address,
            subject=clean(heading.subject),
            parts=compose(heading, Body(page.text, page.html, files)),
            text=page.text,
            html=page.html,
        )


def _numbered(lesson: Lesson, position: int) -> str:
    return f"{position}. {lesson.title}" if position else lesson.title


def _attached(files: Sequence[File]) -> list[str]:
    return [f"{file.name} ({readable_size(file.size)})" for file in files if not file.shown]
