"""The composer of letters, discussion mails and packets, as frozen messages."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from maildriver.domain.course import Course
from maildriver.letters import jinja
from maildriver.letters.fields import Field, letter_fields
from maildriver.letters.frame import Reader, SiteFrame, Whole
from maildriver.letters.frontmatter import split
from maildriver.letters.headers import Auto, Heading
from maildriver.letters.labels import words
from maildriver.letters.packet import Packets
from maildriver.letters.page import Page, as_html, as_text
from maildriver.letters.posts import Talk, bodies, enclosure
from maildriver.letters.renderer import Press, Rendered

#: The sentence on who gets a reply, by letter: a key of `reply`; all others have `command`.
_ANSWERED_BY = {"asked": "asked", "receipt": "receipt", "changed": "receipt"}
#: Letters without the sentence on pause, resume and leave: it does not apply to their readers.
_WITHOUT_PACE = {"left", "instructor"}


class Composer:
    """Composes all mails of a site; `packets` composes packets, of which there are many."""

    def __init__(self, site: SiteFrame) -> None:
        self._press = Press(site)
        self.packets = Packets(self._press)

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
    ) -> Whole:
        """Return a letter, frozen; `name` is the name of its template."""
        templates = self._press.templates(course)
        labels = words(templates, reader.language)
        head = split(templates.in_language(f"{name}.md", reader.language))
        if name == "confirm":  # the name is not confirmed either:
            reader = replace(reader, name="")  # it may be an advertisement
        values = letter_fields(self._press.site, reader, fields, course, labels)
        subject = jinja.render_plain(str(head.values["subject"]), values)
        answer = labels["reply"][_ANSWERED_BY.get(name, "command")]
        pace = [] if name in _WITHOUT_PACE else [labels["pace"]]
        footer = [answer, *pace] if course else []
        page = Page(
            language=reader.language,
            over=course.title if course else self._press.site.name,
            title=subject,
            footer=[] if name == "confirm" else footer,
            imprint=self._press.site.imprint,
            reference=f"{labels['reference']} {token}",
        )
        source = jinja.render(head.body, values)
        heading = Heading(
            site=self._press.site.address,
            token=token,
            sender=course.title if course else self._press.site.name,
            to=reader.address,
            subject=subject,
            date=date,
            language=reader.language,
            auto=auto,
            course=course.slug if course else "",
            answers=in_reply_to,
        )
        return self._press.freeze(heading, self._press.render(source, page, templates))

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
    ) -> Whole:
        """Return a mail that shows posts, frozen for one reader."""
        templates = self._press.templates(course)
        labels = words(templates, reader.language)
        text, html = bodies(talk, templates, labels, self._press.site.address, token)
        page = Page(
            language=reader.language,
            over=course.title,
            title=talk.subject,
            html=html,
            text=text,
            footer=talk.footer,
            imprint=self._press.site.imprint,
            reference=f"{labels['reference']} {token}",
        )
        heading = Heading(
            site=self._press.site.address,
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
        rendered = Rendered(as_text(page, templates, labels), as_html(page, templates, labels))
        return self._press.freeze(heading, rendered, enclosure(talk).files)

    def frame_text(self, course: Course, language: str) -> str:
        """Return all text that the frame of a mail of a course can show, one sentence a line."""
        labels = words(self._press.templates(course), language)
        sentences = [labels[key] for key in ("pace", "private", "last", "last_of_class", "more")]
        return "\n".join(
            (course.title, *labels["reply"].values(), *sentences, self._press.site.imprint)
        )

    def labels(self, course: Course, language: str) -> Mapping[str, Any]:
        """Return the labels for a mail of a course, in a language."""
        return words(self._press.templates(course), language)
