"""The frame around the content of a mail, in HTML and text."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import css_inline
from jinja2 import StrictUndefined, Template
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from maildriver.letters.labels import Templates, text_direction

#: No stylesheet is fetched, and the rules for dark mode stay in the head.
_INLINER = css_inline.CSSInliner(
    load_remote_stylesheets=False, keep_at_rules=True, keep_style_tags=False
)
_HTML = ImmutableSandboxedEnvironment(
    autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEXT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the frame shows."""

    language: str
    over: str  # the line above the title: the course
    title: str
    imprint: str
    reference: str  # the last line of the text
    footer: Sequence[str] = ()  # sentences; the first says who reads a reply
    html: str = ""  # the content
    text: str = ""
    attached: Sequence[str] = ()  # names with sizes


def as_html(page: Page, templates: Templates, labels: Mapping[str, Any]) -> str:
    """Return the HTML part, with the styles inlined in each element."""
    return _INLINER.inline(
        html_template(templates.without_language("layout.html")).render(
            page=page,
            body=Markup(page.html),  # noqa: S704 - made by our renderer, which accepts no HTML
            labels=labels,
            dir=text_direction(page.language),
            labels_dir=text_direction(labels["language"]),
        )
    )


def as_text(page: Page, templates: Templates, labels: Mapping[str, Any]) -> str:
    """Return the plain text part."""
    template = text_template(templates.without_language("layout.txt"))
    return template.render(page=page, labels=labels).strip("\n") + "\n"


@lru_cache(maxsize=16)
def html_template(source: str) -> Template:
    """Return a compiled HTML template; it escapes the values that are filled in."""
    return _HTML.from_string(source)


@lru_cache(maxsize=16)
def text_template(source: str) -> Template:
    """Return a compiled template of plain text."""
    return _TEXT.from_string(source)
