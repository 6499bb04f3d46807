"""Text of an HTML mail, without the elements that mail programs mark as quoted.

The tree is walked once and never changed: removing a node may free others that the walk still
refers to.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto

from selectolax.lexbor import LexborHTMLParser, LexborNode

from maildriver.mail.quoted.header_block import FORWARDED

#: Classes, ids and names of the elements in which mail programs put a quotation.
_CONTAINERS = {
    *("gmail_quote", "gmail_quote_container", "gmail_extra_quote", "yahoo_quoted", "zmail_extra"),
    *("protonmail_quote", "tutanota_quote", "moz-cite-prefix", "quote", "quoted-content"),
    *("OutlookMessageHeader", "ymail_android_signature_quote", "WM_quote", "replyforwardquote"),
    *("isReplyContent", "mail-app-auto-quote", "messageReplySection", "clean_bq", "airmail_on"),
    *("nylas-quote", "CanaryBlockquote", "zimbra-quote", "gmail_attr"),
}
_ZIMBRA = ("__HEADERS__", "__QUOTED_TEXT__")
#: Elements from which on the rest of the mail is quoted.
_HISTORY = {"divRplyFwdMsg", "appendonsend", "mail-editor-reference-message-container", *_ZIMBRA}
#: Words in names of such elements, for mail programs that are not in the list.
_LIKE_CONTAINER = re.compile(
    r"(^|[-_])(quoted?|cite[-_]prefix|reply[-_]?intro|original[-_]?(mail|message))([-_]|$)"
    r"|quotedcontent|quotedtext|messagequote|mailquote|aqm-original",
    re.IGNORECASE,
)
#: Words in names of the elements with a user's signature.
_SIGNATURE = re.compile(r"signature|(^|[-_])(sign?|sgn)([-_]|$)", re.IGNORECASE)
_FORWARDED = re.compile(rf"\s*-{{3,}}\s?({FORWARDED})\s?-{{3,}}", re.IGNORECASE)
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
_SPACES = re.compile(r" {2,}")
_DEEPEST = 300
_LONGEST_HEADER = 3000
_DEEPEST_QUOTE = 20
_MOST_NODES = 40_000
_MOST_CONTAINERS = 50
_FIXED_SPACE = "\xa0"  # a space of preformatted text, which is not collapsed


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The written text, and the quoted text."""

    text: str
    quoted: str


class _Mark(Enum):
    """A structural mark between the words of a text."""

    LINE = auto()  # the next words begin a line
    PARAGRAPH = auto()  # the next words begin a line, after an empty one
    BREAK = auto()  # the line ends here, even if it is empty
    QUOTE = auto()
    UNQUOTE = auto()
    CUT = auto()
    UNCUT = auto()
    CUT_REST = auto()


_Token = str | _Mark


def html_text(html: str) -> HtmlText:
    """Return the text of HTML; if that is too deep or too large, with its tags just removed."""
    if html.count("<") > _MOST_NODES or _depth(html) > _DEEPEST:
        return HtmlText(_without_tags(html), "")
    tree = LexborHTMLParser(html)
    root = tree.body or tree.root
    if root is None:
        return HtmlText("", "")
    tokens = _tokens_of(root)
    if tokens is None:
        return HtmlText(_without_tags(html), "")
    text, quoted = _build_texts(tokens)
    if not text:  # only a quotation: the caller decides what that means
        return HtmlText(*_build_texts([each for each in tokens if not _is_cut(each)]))
    return HtmlText(text, quoted)


def _depth(html: str) -> int:
    """Return how deep elements may nest, without the parser, whose cost grows with depth."""
    depth, deepest = 0, 0
    for match in _TAG.finditer(html):
        depth = max(0, depth - 1) if match[1] else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _is_cut(token: _Token) -> bool:
    return token in {_Mark.CUT, _Mark.UNCUT, _Mark.CUT_REST}


def _tokens_of(root: LexborNode) -> list[_Token] | None:
    """Return a tree's words in order, with marks around quotations; None if it is too deep."""
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
            out += _words(node, as_it_is=as_it_is)
            continue
        if depth > _DEEPEST:
            return None
        if tag in _UNSEEN:
            continue
        before, behind, is_container = _tokens_around(
            node, tag, look_inside=containers < _MOST_CONTAINERS
        )
        containers += is_container
        out += before
        stack.append((None, behind, 0, False))
        as_it_is = as_it_is or tag == "pre"
        children = reversed(list(node.iter(include_text=True)))
        stack += [(child, [], depth + 1, as_it_is) for child in children]
    return out


def _tokens_around(
    node: LexborNode, tag: str, *, look_inside: bool
) -> tuple[list[_Token], list[_Token], bool]:
    """Return the tokens before and after an element's words, and whether it is a container."""
    before: list[_Token] = []
    behind: list[_Token] = []
    if tag == "br":
        return [_Mark.BREAK], [], False
    if tag in {"td", "th"}:
        before, behind = [" "], [" "]
    elif tag in _BLOCKS:
        space = _Mark.PARAGRAPH if tag in _PARAGRAPHS else _Mark.LINE
        before, behind = [space], [space]
    attributes = node.attributes
    if tag == "blockquote" and _is_quote(attributes):
        return [*before, _Mark.QUOTE], [_Mark.UNQUOTE, *behind], False
    names = _names(attributes)
    if names & _HISTORY or _is_outlooks_header(node, attributes):
        return [*before, _Mark.CUT_REST], behind, False
    is_container = bool(names & _CONTAINERS) or any(map(_LIKE_CONTAINER.search, names))
    is_container &= not (look_inside and _FORWARDED.match(node.text()[:200]))
    if any(map(_SIGNATURE.search, names)):
        return [*before, _Mark.CUT], [_Mark.UNCUT, *behind], False
    if _is_hidden(attributes) or (
        is_container and not (look_inside and node.css_first("blockquote") is not None)
    ):
        return [*before, _Mark.CUT], [_Mark.UNCUT, *behind], is_container
    return before, behind, is_container


def _names(attributes: dict[str, str | None]) -> set[str]:
    values = [attributes.get(each) or "" for each in ("class", "id", "name", "data-marker")]
    # The names in an earlier quotation have the prefix x_.
    return {word.removeprefix("x_") for value in values for word in value.split()[:20]}


def _is_quote(attributes: dict[str, str | None]) -> bool:
    """Return whether a blockquote is a mail program's quotation, not the writer's."""
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return (
        (attributes.get("type") or "").lower() == "cite"
        or attributes.get("cite") is not None
        or bool(_names(attributes) & {"gmail_quote", "tutanota_quote", "protonmail_quote"})
        or "border-left" in style
    )


def _is_outlooks_header(node: LexborNode, attributes: dict[str, str | None]) -> bool:
    """Return whether this is the box above Outlook's quotation: a line, a few labels."""
    style = (attributes.get("style") or "").replace(" ", "").lower()
    if not ("border-top:solid" in style and "padding:3.0pt0" in style):
        return False
    text = node.text()[:_LONGEST_HEADER]
    return len(text) < _LONGEST_HEADER and text.count(":") + text.count("：") > 1


def _is_hidden(attributes: dict[str, str | None]) -> bool:
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return any(each in style and f"{each}." not in style for each in _HIDDEN)


def _words(node: LexborNode, *, as_it_is: bool) -> list[_Token]:
    """Return the words of a text node, each run of spaces collapsed, also at the ends."""
    words = (node.text_content or "").replace("\xa0", " ")
    if as_it_is:
        lines = words.replace("\t", "    ").replace(" ", _FIXED_SPACE).split("\n")
        return [lines[0], *(each for line in lines[1:] for each in (_Mark.BREAK, line))]
    if not (inner := " ".join(words.split())):
        return [" "] if words else []
    return [(" " if words[0].isspace() else "") + inner + (" " if words[-1].isspace() else "")]


class _TextBuilder:
    """A text under construction: lines of words, each at a depth of quotation."""

    def __init__(self) -> None:
        self._lines: list[tuple[int, list[str]]] = []
        self._open = False

    def write(self, words: str, depth: int) -> None:
        """Continue the open line, or begin one."""
        if self._open:
            self._lines[-1][1].append(words)
        elif words.strip(" "):
            self._lines.append((depth, [words]))
            self._open = True

    def end_line(self) -> None:
        self._open = False

    def end_paragraph(self, depth: int) -> None:
        self._open = False
        self._lines.append((depth, []))

    def break_line(self, depth: int) -> None:
        if not self._open:
            self._lines.append((depth, []))
        self._open = False

    def text(self) -> str:
        """Return the text, with at most one empty line in a row and > before quoted lines."""
        lines: list[str] = []
        said = [_SPACES.sub(" ", "".join(words)).strip(" ") for _, words in self._lines]
        depths = self._depths(said)
        for bare, depth in zip(said, depths, strict=True):
            margin = ">" * min(depth, _DEEPEST_QUOTE)
            if bare or (lines and lines[-1].strip("> ")):
                line = f"{margin} {bare}" if margin else bare
                lines.append(line.replace(_FIXED_SPACE, " ").rstrip())
        return "\n".join(lines).strip()

    def _depths(self, said: list[str]) -> list[int]:
        """Return each line's depth of quotation; an empty line has its shallower neighbour's."""
        depths = [depth for depth, _ in self._lines]
        for order in (range(len(depths)), range(len(depths) - 1, -1, -1)):
            last = 0
            for number in order:
                if not said[number]:
                    depths[number] = min(depths[number], last)
                last = depths[number]
        return depths


def _build_texts(tokens: list[_Token]) -> tuple[str, str]:
    """Return the text and the cut text."""
    pages = (_TextBuilder(), _TextBuilder())
    depth, cuts = 0, 0
    rest: int | None = None  # the depth at which the rest is cut; the cut ends with that depth
    for token in tokens:
        page = pages[cuts > 0 or rest is not None]
        match token:
            case _Mark.QUOTE | _Mark.UNQUOTE:
                depth += 1 if token is _Mark.QUOTE else -1
                rest = None if rest is not None and depth < rest else rest
                page.end_line()
            case _Mark.CUT_REST:
                rest = depth if rest is None and not cuts else rest
            case _Mark.CUT:
                cuts += 1
            case _Mark.UNCUT:
                cuts = max(0, cuts - 1)
            case _Mark.LINE:
                page.end_line()
            case _Mark.PARAGRAPH:
                page.end_paragraph(depth)
            case _Mark.BREAK:
                page.break_line(depth)
            case str():
                page.write(token, depth)
    return pages[0].text(), pages[1].text()


def _without_tags(html: str) -> str:
    out: list[str] = []
    for piece in html.split("<"):
        _, found, rest = piece.partition(">")
        out.append(rest if found else piece)
    page = _TextBuilder()
    for line in " ".join(out).split("\n"):
        page.write(line.strip(), 0)
        page.break_line(0)
    return page.text()
