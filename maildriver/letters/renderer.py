"""The renderer: Markdown and a page frame to a frozen message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from maildriver.domain.course import Course, File
from maildriver.letters import markdown
from maildriver.letters.frame import RenderedMessage, SiteFrame
from maildriver.letters.headers import Heading, clean
from maildriver.letters.labels import Templates, words
from maildriver.letters.message import Body, compose
from maildriver.letters.page import Page, as_html, as_text
from maildriver.letters.plaintext import Hold, hold_none


@dataclass(frozen=True, slots=True)
class Rendered:
    """The content of a mail, in both forms."""

    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Press:
    """Renders pages in the frame of a site, and freezes them."""

    site: SiteFrame

    def templates(self, course: Course | None) -> Templates:
        """Return the templates in force for a course, or for the site."""
        return Templates(course.templates if course else {}, self.site.overrides)

    def render(
        self,
        source: str,
        page: Page,
        templates: Templates,
        *,
        image_source: Callable[[str], str] = str,
        hold: Hold = hold_none,
    ) -> Rendered:
        """Return the page as text and HTML, with this Markdown as its content.

        `image_source` maps the name of an image to its URL, and `hold` may replace a
        paragraph of the text.
        """
        labels = words(templates, page.language)
        tokens = markdown.parse(source)
        text = markdown.text(tokens, labels, hold)  # first, since html() changes image names
        page = replace(page, text=text, html=markdown.html(tokens, image_source))
        return Rendered(as_text(page, templates, labels), as_html(page, templates, labels))

    def freeze(
        self, heading: Heading, page: Rendered, files: Sequence[File] = (), seed: str = ""
    ) -> RenderedMessage:
        """Return the frozen message; its boundaries come from `seed`, or else from the token."""
        return RenderedMessage(
            mail_from=self.mail_from(heading.token),
            subject=clean(heading.subject),
            parts=compose(heading, Body(page.text, page.html, files), seed or heading.token),
            text=page.text,
            html=page.html,
        )

    def mail_from(self, token: str) -> str:
        """Return the envelope sender of a message."""
        address = self.site.address
        return address.reverse_path(token) if self.site.verp else address.address
