"""The renderer: Markdown and a page frame to a frozen message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from maildriver.domain.course import Course, File
from maildriver.letters import markdown
from maildriver.letters.frame import RenderedMessage, SiteFrame
from maildriver.letters.headers import HeaderValues, clean_header
from maildriver.letters.labels import Templates, labels_for
from maildriver.letters.message import Body, compose
from maildriver.letters.page import Page, as_html, as_text
from maildriver.letters.plaintext import ParagraphHook, keep_paragraph


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """The content of a mail, in both forms."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Renderer:
    """Renders pages in the frame of a site, and freezes them."""

    site: SiteFrame

    def templates(self, course: Course | None) -> Templates:
        """Return the templates in force for a course, or for the site."""
        if course is None:
            return Templates({}, self.site.overrides)
        return Templates(course.templates, self.site.overrides, course.language)

    def render(
        self,
        source: str,
        page: Page,
        templates: Templates,
        *,
        image_source: Callable[[str], str] = str,
        hook: ParagraphHook = keep_paragraph,
    ) -> RenderedPage:
        """Return the page as text and HTML, with this Markdown as its content.

        `image_source` maps the name of an image to its URL, and `hook` may replace a
        paragraph of the text.
        """
        labels = labels_for(templates, page.language)
        tokens = markdown.parse(source)
        text = markdown.text(tokens, labels, hook)  # first, since html() changes image names
        page = replace(page, text=text, html=markdown.html(tokens, image_source))
        return RenderedPage(as_text(page, templates, labels), as_html(page, templates, labels))

    def freeze(
        self, values: HeaderValues, page: RenderedPage, files: Sequence[File] = (), seed: str = ""
    ) -> RenderedMessage:
        """Return the frozen message; its boundaries come from `seed`, or else from the token."""
        return RenderedMessage(
            mail_from=self.mail_from(values.token),
            subject=clean_header(values.subject),
            parts=compose(values, Body(page.text, page.html, files), seed or values.token),
            text=page.text,
            html=page.html,
        )

    def mail_from(self, token: str) -> str:
        """Return the envelope sender of a message."""
        address = self.site.address
        return address.reverse_path(token) if self.site.verp else address.address
