"""Markdown tokens as plain text, complete without the HTML part."""

import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

WIDTH = 72
_UNDERLINE = {"h1": "=", "h2": "-"}
_SPACES = re.compile(r"[ \t\n]+")


@dataclass(slots=True)
class _List:
    """A list that is being written."""

    count: int | None  # number of the next item; None in a bullet list
    loose: bool = False  # empty lines separate the items


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph to be wrapped at a width, inside the lists and quotes around it."""

    text: str
    width: int
    first_prefix: str  # prefix of the first line: a bullet
    indent: str  # prefix of the other lines

    def lines(self) -> list[str]:
        """Return the wrapped lines.

        Without an indent, a line that flows into the next one ends in a space, so that a
        narrow screen can wrap the text elsewhere (RFC 3676 4.1).
        """
        soft = "" if self.indent else " "
        content: list[str] = []
        for hard_line in self.text.split("\n"):
            broken = _wrap(hard_line, self.width)
            content += [line + soft for line in broken[:-1]] + broken[-1:]
        prefixes = [self.first_prefix] + [self.indent] * (len(content) - 1)
        # A line that ends in a space would flow into the next; an empty line must not.
        return [
            prefix + line if line else prefix.rstrip()
            for prefix, line in zip(prefixes, content, strict=True)
        ]


#: Called with every paragraph; returns a line to write instead, or None.
ParagraphHook = Callable[[Paragraph], str | None]


def keep_paragraph(_paragraph: Paragraph) -> None:
    """Return None: every paragraph is written as it is."""


@dataclass(slots=True)
class _Writer:
    """Builds the text block by block, each indented by the lists and quotes around it."""

    labels: Mapping[str, str]
    hook: ParagraphHook = keep_paragraph
    lines: list[str] = field(default_factory=list)
    indents: list[str] = field(default_factory=list)
    bullets: dict[int, str] = field(default_factory=dict)  # replace indents in the next line
    lists: list["_List"] = field(default_factory=list)
    tight: bool = False  # the next block follows without an empty line
    table: list[list[str]] | None = None

    def write_gap(self) -> None:
        """Write an empty line before the next block, unless `close` or it is the first."""
        if self.lines and not self.tight:
            self.lines.append("".join(self.indents).rstrip())
        self.tight = True

    def write_block(self, content: Sequence[str]) -> None:
        """Write the lines of one block."""
        self.write_gap()
        self.tight = False
        for line in content:
            prefix = self.prefix()
            self.lines.append(prefix + line if line else prefix.rstrip())

    def prefix(self) -> str:
        """Return the prefix of the next line; a bullet is used once."""
        prefix = "".join(self.bullets.get(n, each) for n, each in enumerate(self.indents))
        self.bullets.clear()
        return prefix

    @property
    def width(self) -> int:
        """The number of characters left for a line."""
        return max(WIDTH - len("".join(self.indents)), 30)

    def write_paragraph(self, text: str) -> None:
        """Write a paragraph, wrapped at the width that is left."""
        self.write_gap()
        self.tight = False
        paragraph = Paragraph(text, self.width, self.prefix(), "".join(self.indents))
        held = self.hook(paragraph)
        self.lines += paragraph.lines() if held is None else [held]


def _wrap(text: str, width: int) -> list[str]:
    """Return the lines of a paragraph; a word that is too long is left whole."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def plain_text(
    tokens: Sequence[Token], labels: Mapping[str, str], hook: ParagraphHook = keep_paragraph
) -> str:
    """Return the text of a whole document, ending in a line break."""
    writer = _Writer(labels, hook)
    heading = ""
    for token in tokens:
        match token.type:
            case "inline" if writer.table is not None:
                writer.table[-1].append(_inline_text(token, labels))
            case "inline" if heading:
                _write_heading(writer, heading, _inline_text(token, labels))
            case "inline":
                writer.write_paragraph(_inline_text(token, labels))
            case "heading_open":
                heading = token.tag
            case "heading_close":
                heading = ""
            case "fence" | "code_block":
                lines = token.content.rstrip("\n").split("\n")
                writer.write_block([f"    {line}".rstrip() for line in lines])
            case "hr":
                writer.write_block(["* * *"])
            case _:
                _track_structure(writer, token)
    return "\n".join(writer.lines).strip("\n") + "\n"


def _track_structure(writer: _Writer, token: Token) -> None:
    """Track where lists, quotes and tables begin and end."""
    match token.type:
        case "blockquote_open":
            writer.write_gap()
            writer.indents.append("> ")
        case "blockquote_close" | "list_item_close":
            writer.indents.pop()
            writer.bullets.pop(len(writer.indents), None)
        case "bullet_list_open":
            writer.lists.append(_List(None))
        case "ordered_list_open":
            writer.lists.append(_List(int(token.attrs.get("start", 1))))
        case "bullet_list_close" | "ordered_list_close":
            writer.lists.pop()
            writer.tight = bool(writer.lists) and not writer.lists[-1].loose
        case "list_item_open":
            _begin_list_item(writer)
        case "paragraph_close" if token.hidden:
            writer.tight = True  # a tight list has no empty lines
        case "paragraph_close" if writer.lists:
            writer.lists[-1].loose = True
        case "table_open":
            writer.table = []
        case "tr_open" if writer.table is not None:
            writer.table.append([])
        case "table_close" if writer.table is not None:
            rows, writer.table = writer.table, None
            _write_table(writer, rows)


def _begin_list_item(writer: _Writer) -> None:
    inside = writer.lists[-1]
    bullet = "- " if inside.count is None else f"{inside.count}. "
    if inside.count is not None:
        inside.count += 1
    writer.bullets[len(writer.indents)] = bullet
    writer.indents.append(" " * len(bullet))


def _write_heading(writer: _Writer, tag: str, text: str) -> None:
    underline = _UNDERLINE.get(tag)
    if underline is None:
        writer.write_paragraph(f"{'#' * int(tag[1:])} {text}")
        return
    lines = _wrap(text, writer.width)
    writer.write_block([*lines, underline * min(max(map(len, lines)), writer.width)])


def _write_table(writer: _Writer, rows: Sequence[Sequence[str]]) -> None:
    """Write a table in columns if they fit, else row by row with the headings repeated."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    if sum(widths) + 3 * len(widths) <= writer.width:
        lines = [
            "   ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        writer.write_block([lines[0], "   ".join("-" * width for width in widths), *lines[1:]])
        return
    if len(rows) == 1:
        writer.write_paragraph("\n".join(rows[0]))
    for row in rows[1:]:
        pairs = zip(rows[0], row, strict=True)
        writer.write_paragraph(
            "\n".join(f"{name}: {cell}" if name else cell for name, cell in pairs)
        )


def _inline_text(token: Token, labels: Mapping[str, str]) -> str:
    """Return the text of an inline token, with addresses of links and descriptions of images."""
    parts: list[str] = []
    links: list[tuple[str, int]] = []
    for child in token.children or ():
        match child.type:
            case "text" | "text_special":
                parts.append(child.content)
            case "softbreak":
                parts.append(" ")
            case "hardbreak":
                parts.append("\n")
            case "code_inline":
                parts.append(f"`{child.content}`")
            case "em_open" | "em_close":
                parts.append("_")
            case "strong_open" | "strong_close":
                parts.append("*")
            case "image":
                parts.append(f"[{labels['image']}: {child.content}]")
            case "link_open":
                links.append((str(child.attrs.get("href", "")), len(parts)))
            case "link_close":
                href, start = links.pop()
                shown = href.removeprefix("mailto:")
                if "".join(parts[start:]).strip() not in {href, shown}:
                    parts.append(f" <{shown}>")
    return "\n".join(_SPACES.sub(" ", line).strip() for line in "".join(parts).split("\n"))
