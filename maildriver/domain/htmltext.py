"""The text of an HTML mail, with what each mail program marks as quoted cut out of it.

The tree is walked once and never changed: a node that was removed may take others with it
that the walk still holds.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Classes, ids and names of the elements in which mail programs put what they quote.
_CONTAINERS = {
    *("gmail_quote", "gmail_quote_container", "gmail_extra_quote", "yahoo_quoted", "zmail_extra"),
    *("protonmail_quote", "tutanota_quote", "moz-cite-prefix", "quote", "quoted-content"),
    *("OutlookMessageHeader", "ymail_android_signature_quote", "WM_quote", "replyforwardquote"),
}
#: From these on, the rest of the mail is quoted.
_REST = {"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container"}
_UNSEEN = {"head", "script", "style", "title", "template", "noscript", "svg", "img", "-comment"}
_HIDDEN = ("display:none", "visibility:hidden", "font-size:0", "mso-hide:all")
_PARAGRAPHS = {"p", "blockquote", "table", "ul", "ol", "pre"}
_BLOCKS = _PARAGRAPHS | {
    *("address", "article", "div", "dl", "dt", "dd", "fieldset", "footer", "form", "h1", "h2"),
    *("h3", "h4", "h5", "h6", "header", "hr", "li", "main", "section", "tr"),
}
_TAG = re.compile(
    r"<(/?)(?!area|base|br|col|dd|dt|hr|img|input|li|link|meta|option|p\b|t[dhr]\b|wbr)[a-z]",
    re.IGNORECASE,
)
_DEEPEST = 300
_DEEPEST_QUOTE = 20
_MOST_NODES = 40_000
_MOST_CONTAINERS = 50
_FIXED = "\xa0"  # a space that stays, in what is shown as it stands


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What was written, and what was marked as quoted."""

    text: str
    quoted: str


class _Mark(Enum):
    """What is found between the words of a text."""

    QUOTE = auto()
    UNQUOTE = auto()
    CUT = auto()
    UNCUT = auto()
    CUT_REST = auto()


_Token = str | _Mark


def html_text(html: str) -> HtmlText:
    """Return the text of HTML; what is too deep or too much is read without its tags."""
    if html.count("<") > _MOST_NODES or _depth(html) > _DEEPEST:
        return HtmlText(_without_tags(html), "")
    tree = LexborHTMLParser(html)
    root = tree.body or tree.root
    if root is None:
        return HtmlText("", "")
    tokens = _walk(root)
    if tokens is None:
        return HtmlText(_without_tags(html), "")
    text, quoted = _written(tokens)
    if not text:  # nothing but quoted: the reader of the text decides what that means
        return HtmlText(*_written([each for each in tokens if not _is_cut(each)]))
    return HtmlText(text, quoted)


def _depth(html: str) -> int:
    """Return how deep elements may nest, told without the parser, whose cost grows with it."""
    depth, deepest = 0, 0
    for match in _TAG.finditer(html):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _is_cut(token: _Token) -> bool:
    return token in {_Mark.CUT, _Mark.UNCUT, _Mark.CUT_REST}


def _walk(root: LexborNode) -> list[_Token] | None:
    """Return the words of a tree in order, with the marks of what is quoted; None if too deep."""
    out: list[_Token] = []
    stack: list[tuple[LexborNode | None, list[_Token], int, bool]] = [(root, [], 0, False)]
    containers = 0
    while stack:
        node, after, depth, as_it_is = stack.pop()
        if node is None:
            out += after
            continue
        tag = node.tag or ""
        if tag == "-text":
            out.append(_words(node, as_it_is=as_it_is))
            continue
        if depth > _DEEPEST:
            return None
        if tag in _UNSEEN:
            continue
        before, behind, is_container = _around(
            node, tag, look_inside=containers < _MOST_CONTAINERS
        )
        containers += is_container
        out += before
        stack.append((None, behind, 0, False))
        as_it_is = as_it_is or tag == "pre"
        children = reversed(list(node.iter(include_text=True)))
        stack += [(child, [], depth + 1, as_it_is) for child in children]
    return out


def _around(
    node: LexborNode, tag: str, *, look_inside: bool
) -> tuple[list[_Token], list[_Token], bool]:
    """Return what stands before and behind the words of an element."""
    before: list[_Token] = []
    behind: list[_Token] = []
    if tag == "br":
        return ["\n"], [], False
    if tag in {"td", "th"}:
        before, behind = [" "], [" "]
    elif tag in _BLOCKS:
        space = "\n\n" if tag in _PARAGRAPHS else "\n"
        before, behind = [space], [space]
    attributes = node.attributes
    if tag == "blockquote" and _is_quote(attributes):
        return [*before, _Mark.QUOTE], [_Mark.UNQUOTE, *behind], False
    names = _names(attributes)
    if names & _REST:
        return [*before, _Mark.CUT_REST], behind, False
    is_container = bool(names & _CONTAINERS)
    if _is_hidden(attributes) or (
        is_container and not (look_inside and node.css_first("blockquote") is not None)
    ):
        return [*before, _Mark.CUT], [_Mark.UNCUT, *behind], is_container
    return before, behind, is_container


def _names(attributes: dict[str, str | None]) -> set[str]:
    values = (attributes.get("class"), attributes.get("id"), attributes.get("name"))
    return {word for value in values if value for word in value.split()[:20]}


def _is_quote(attributes: dict[str, str | None]) -> bool:
    """Whether a mail program made a quotation, and not its writer."""
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return (
        (attributes.get("type") or "").lower() == "cite"
        or attributes.get("cite") is not None
        or bool(_names(attributes) & {"gmail_quote", "tutanota_quote", "protonmail_quote"})
        or "border-left" in style
    )


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return any(each in style and f"{each}." not in style for each in _HIDDEN)


def _words(node: LexborNode, *, as_it_is: bool) -> str:
    """Return the words of a text node, each run of spaces as one, also at the ends."""
    words = (node.text_content or "").replace("\xa0", " ")
    if as_it_is:
        return words.replace("\t", "    ").replace(" ", _FIXED)
    inner = " ".join(words.split())
    if not inner:
        return " " if words else ""
    return (" " if words[0].isspace() else "") + inner + (" " if words[-1].isspace() else "")


def _written(tokens: list[_Token]) -> tuple[str, str]:
    """Return the text and what was cut; a line of a quotation begins with >."""
    texts: tuple[list[str], list[str]] = ([], [])
    depth, cuts = 0, 0
    for token in tokens:
        match token:
            case _Mark.QUOTE | _Mark.UNQUOTE:
                depth += 1 if token is _Mark.QUOTE else -1
                texts[cuts > 0].append("\n" + _margin(depth))
            case _Mark.CUT | _Mark.CUT_REST:
                cuts += 1
            case _Mark.UNCUT:
                cuts = max(0, cuts - 1)
            case str():
                texts[cuts > 0].append(
                    token.replace("\0", "").replace("\n", "\n" + _margin(depth))
                )
    return _tidy("".join(texts[0])), _tidy("".join(texts[1]))


def _margin(depth: int) -> str:
    return "\0" * min(depth, _DEEPEST_QUOTE)


def _tidy(text: str) -> str:
    """Return lines without outer spaces, at most one empty in a row; nulls become marks."""
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.replace("\0", "").strip(" \t\r")
        depth = line.count("\0")
        whole = f"{'>' * depth} {bare}".rstrip() if depth else bare
        if bare or (lines and lines[-1].strip("> ")):
            lines.append(whole.replace(_FIXED, " ").rstrip())
    return "\n".join(lines).strip()


def _without_tags(html: str) -> str:
    out: list[str] = []
    for piece in html.split("<"):
        _, found, rest = piece.partition(">")
        out.append(rest if found else piece)
    return _tidy(" ".join(out))
