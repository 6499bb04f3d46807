"""Markdown as HTML and as plain text, from the same tokens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from maildriver.letters.plaintext import ParagraphHook, keep_paragraph, plain_text

#: No raw HTML: tags in the text of an author or a student are shown as they were typed.
_PARSER = MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Image:
    """An image that a text shows."""

    source: str
    alt: str
    line: int  # of the Markdown, from 1


def parse(source: str) -> list[Token]:
    """Return the tokens of a Markdown text."""
    return _PARSER.parse(source)


def images(tokens: Sequence[Token]) -> list[Image]:
    """Return the images that a text shows, in their order."""
    return [
        Image(str(child.attrs.get("src", "")), child.content, block.map[0] + 1 if block.map else 1)
        for block in tokens
        for child in block.children or ()
        if child.type == "image"
    ]


def html(tokens: Sequence[Token], image_source: Callable[[str], str]) -> str:
    """Return the HTML of a text; `image_source` maps the name of each image to its URL.

    The image tokens are changed in place.
    """
    for block in tokens:
        for child in block.children or ():
            if child.type == "image":
                child.attrs["src"] = image_source(str(child.attrs.get("src", "")))
                child.attrs["style"] = "max-width:100%;height:auto"
        if block.type == "th_open":
            block.attrs.setdefault("scope", "col")
    return str(_PARSER.renderer.render(list(tokens), _PARSER.options, {}))


def text(
    tokens: Sequence[Token], labels: Mapping[str, str], hook: ParagraphHook = keep_paragraph
) -> str:
    """Return the plain text, complete without the HTML. `labels` has the word for `image`."""
    return plain_text(tokens, labels, hook)
