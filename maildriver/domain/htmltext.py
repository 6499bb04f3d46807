"""The text of an HTML mail, with what each mail program marks as quoted cut out of it."""

from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

#: Containers in which mail programs put what they quote.
_QUOTED = (
    "div.gmail_quote_container, div.gmail_quote, blockquote.gmail_quote, div#divRplyFwdMsg, "
    "div#appendonsend, blockquote[type=cite], div.moz-cite-prefix, div.yahoo_quoted, "
    "div.protonmail_quote, div[name=quote], div[name=quoted-content], div#mail-editor-reference-"
    "message-container, div.tutanota_quote, blockquote.tutanota_quote, div.zmail_extra"
)
_UNSEEN = "head, script, style, title, template, noscript, svg, img"
_BLOCKS = {
    *("address", "article", "blockquote", "div", "dl", "fieldset", "footer", "form", "h1", "h2"),
    *("h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table"),
    *("tr", "ul"),
}
_DEEPEST = 200


@dataclass(frozen=True, slots=True)
class HtmlText:
    """What was written, and what was marked as quoted."""

    text: str
    quoted: str


def html_text(html: str) -> HtmlText:
    """Return the text of HTML; what nests too deep is read without its tags."""
    if html.lower().count("<div") > 5000 or html.count("<") > 40_000:
        return HtmlText(_without_tags(html), "")
    tree = LexborHTMLParser(html)
    for node in tree.css(_UNSEEN):
        node.decompose()
    quoted: list[str] = []
    if not _is_interleaved(tree):
        for node in tree.css(_QUOTED):
            if node.parent is not None:
                quoted.append(_text(node))
                node.decompose()
        for node in tree.css("div#divRplyFwdMsg ~ *"):
            quoted.append(_text(node))
            node.decompose()
    root = tree.body or tree.root
    return HtmlText(_text(root) if root is not None else "", "\n".join(quoted))


def _is_interleaved(tree: LexborHTMLParser) -> bool:
    """Whether words stand between quotes, so that cutting by containers would lose a question."""
    return len(tree.css("blockquote[type=cite]")) > 1


def _text(node: LexborNode) -> str:
    """Return the text below a node; a block begins a line and a quote is marked by >."""
    out: list[str] = []
    stack: list[tuple[LexborNode | None, str, int]] = [(node, "", 0)]
    while stack:
        current, after, depth = stack.pop()
        if current is None:
            out.append(after)
            continue
        tag = current.tag or ""
        if tag == "-text":
            words = (current.text_content or "").replace("\xa0", " ")
            out.append(" ".join(words.split()) and _spaced(words))
        elif tag == "br":
            out.append("\n")
        else:
            if tag in _BLOCKS:
                out.append("\n\n" if tag in {"p", "blockquote"} else "\n")
                stack.append((None, "\n\n" if tag in {"p", "blockquote"} else "\n", 0))
            if depth < _DEEPEST:
                stack += [(child, "", depth + 1) for child in reversed(_children(current))]
    return _tidy("".join(out))


def _children(node: LexborNode) -> list[LexborNode]:
    return list(node.iter(include_text=True))


def _spaced(words: str) -> str:
    """Return words with each run of spaces as one, also where they begin or end."""
    inner = " ".join(words.split())
    return (" " if words[:1].isspace() else "") + inner + (" " if words[-1:].isspace() else "")


def _tidy(text: str) -> str:
    lines: list[str] = []
    for line in text.split("\n"):
        stripped = line.strip()
        if stripped or (lines and lines[-1]):
            lines.append(stripped)
    return "\n".join(lines).strip()


def _without_tags(html: str) -> str:
    out: list[str] = []
    for piece in html.split("<"):
        _, found, rest = piece.partition(">")
        out.append(rest if found else piece)
    return _tidy(" ".join(out))
