"""The composer of letters, discussion mails and packets, as frozen messages."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from maildriver.domain.course import Course
from maildriver.domain.hold_reason import HoldReason
from maildriver.domain.message_kind import CONFIRM
from maildriver.letters import jinja
from maildriver.letters.fields import Field, letter_fields
from maildriver.letters.frame import RenderedMessage, SiteFrame
from maildriver.letters.frontmatter import split_front_matter
from maildriver.letters.headers import HeaderValues
from maildriver.letters.labels import Templates, labels_for, reason_in
from maildriver.letters.languages import help_lines
from maildriver.letters.outgoing import OutgoingMail
from maildriver.letters.packet import PacketRenderer
from maildriver.letters.page import Page, as_html, as_text
from maildriver.letters.posts import DiscussionContent, enclosure, render_bodies
from maildriver.letters.renderer import RenderedPage, Renderer

#: Letters without the sentence on pause, resume and leave: it does not apply to their readers.
_WITHOUT_PACE = {"left", "instructor"}


class Composer:
    """Composes all mails of a site; `packets` composes packets, of which there are many."""

    def __init__(self, site: SiteFrame) -> None:
        self._renderer = Renderer(site)
        self.packets = PacketRenderer(self._renderer)

    # -- letters ---------------------------------------------------------------------

    def compose_letter(
        self,
        mail: OutgoingMail,
        name: str,
        fields: Mapping[str, Field],
        *,
        token: str,
        date: datetime,
    ) -> RenderedMessage:
        """Return one of our own mails, by the name of its template, frozen."""
        course, reader = mail.course, mail.reader
        templates = self._renderer.templates(course)
        labels = labels_for(templates, reader.language)
        head = split_front_matter(templates.in_language(f"{name}.md", reader.language))
        if mail.kind is CONFIRM:  # nobody has shown yet whose name it is: somebody may have
            reader = replace(reader, name="")  # typed an advertisement
        known = {"commands": self._help_lines(templates, reader.language), **fields}
        values = letter_fields(self._renderer.site, reader, known, course, labels)
        subject = jinja.render_plain(str(head.values["subject"]), values)
        pace = [] if name in _WITHOUT_PACE else [labels["pace"]]
        answer = mail.kind.footer and labels["reply"][mail.kind.footer]
        page = self._page(mail, labels, token, subject)
        page = replace(page, footer=[answer, *pace] if course and answer else [])
        heading = self._heading(mail, token, date, subject)
        rendered = self._renderer.render(jinja.render(head.body, values), page, templates)
        return self._renderer.freeze(heading, rendered)

    def _help_lines(self, templates: Templates, language: str) -> Sequence[str]:
        languages = templates.languages_to_try(language)
        return help_lines(templates.site, languages)

    # -- posts -----------------------------------------------------------------------

    def compose_discussion(
        self, mail: OutgoingMail, content: DiscussionContent, *, token: str, date: datetime
    ) -> RenderedMessage:
        """Return a mail that shows posts, frozen for one reader."""
        templates = self._renderer.templates(mail.course)
        labels = labels_for(templates, mail.reader.language)
        text, html = render_bodies(content, templates, labels, self._renderer.site.address, token)
        page = self._page(mail, labels, token, content.subject)
        page = replace(page, html=html, text=text, footer=content.footer)
        rendered = RenderedPage(as_text(page, templates, labels), as_html(page, templates, labels))
        heading = self._heading(mail, token, date, content.subject)
        return self._renderer.freeze(heading, rendered, enclosure(content).files)

    # -- what both share -------------------------------------------------------------

    def _page(self, mail: OutgoingMail, labels: Mapping[str, Any], token: str, title: str) -> Page:
        site = self._renderer.site
        return Page(
            language=mail.reader.language,
            over=mail.course.title if mail.course else site.name,
            title=title,
            imprint=site.imprint,
            reference=f"{labels['reference']} {token}",
        )

    def _heading(
        self, mail: OutgoingMail, token: str, date: datetime, subject: str
    ) -> HeaderValues:
        site = self._renderer.site
        return HeaderValues(
            site=site.address,
            token=token,
            sender=mail.course.title if mail.course else site.name,
            to=mail.reader.address,
            subject=subject,
            date=date,
            language=mail.reader.language,
            auto_submitted="replied" if mail.kind.is_note and mail.in_reply_to else "generated",
            course=mail.course.slug if mail.course else "",
            in_reply_to=mail.in_reply_to or None,
        )

    def frame_text(self, course: Course, language: str) -> str:
        """Return all text that the frame of a mail of a course can show, one sentence a line."""
        labels = labels_for(self._renderer.templates(course), language)
        sentences = [labels[key] for key in ("pace", "private", "last", "last_of_class", "more")]
        return "\n".join(
            (course.title, *labels["reply"].values(), *sentences, self._renderer.site.imprint)
        )

    def labels(self, course: Course, language: str) -> Mapping[str, Any]:
        """Return the labels for a mail of a course, in a language."""
        return labels_for(self._renderer.templates(course), language)

    def reason(self, course: Course, language: str, reason: HoldReason) -> str:
        """Return why a mail is held, as a clause in a language."""
        return reason_in(self._renderer.templates(course), language, reason)
