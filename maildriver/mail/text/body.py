"""Text of a message: its text parts, in order, decoded whatever they claim to be.

Of alternatives one is chosen: the plain text, or the HTML if the plain text is a stub. All other
text parts are included, because mail programs put pictures between two pieces of a text.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from maildriver.mail.header import display_name, first, message_ids, one_line, raw_values
from maildriver.mail.mime.charset import decode_text
from maildriver.mail.mime.parts import TNEF, Part, parameter, walk
from maildriver.mail.mime.rtf import read_rtf
from maildriver.mail.mime.smime import Unreadable
from maildriver.mail.reply.trim import trim
from maildriver.mail.text.html import HtmlText, html_text
from maildriver.mail.text.plain import (
    is_pgp_encrypted,
    mbox_unescaped,
    plain_lines,
    unenriched,
    unflowed,
    without_pgp_signature,
)

TEXTS = {
    *("text/plain", "text/html", "text/enriched", "text/richtext", "text/rtf"),
    *("text/markdown", "text/x-markdown"),
}
_LONGEST = 200_000  # characters of text that are read
_MOST_PAGES = 400
_MOST_PASSED_ON = 5
_DEEPEST = 3  # mails within mails that are shown
_SHORT = 300  # characters of a plain text that may be a stub
#: Exchange's file name for a piece of text after a picture.
_PIECE = re.compile(r"ATT\d{5}\.(txt|html?)", re.IGNORECASE)
_STUB = re.compile(
    r"(view|open|read|see) (this|it|the).{0,40}(browser|online|html)"
    r"|(does|can) ?(not|n.t) (support|display|show).{0,20}html"
    r"|html.{0,30}(not supported|compatible)"
    r"|this (is a|message).{0,40}(multi-?part|html).{0,20}(message|format)|kein html"
    r"|(html-?(format|nachricht|e-?mail|mail)|im browser)|(au|en|dans).{0,20}(html|navigateur)"
    r"|en (formato )?html|(su|tu) navegador|nel browser|no navegador|no seu navegador",
    re.IGNORECASE,
)
_PICTURE = re.compile(
    r"\[(image|cid|bild|imagen|immagine|imagem|afbeelding|inline image)\b[^\[\]\n]{0,300}\]"
    r"|\[[^\[\]\s]{1,200}\.(png|jpe?g|gif)\]|<[^<>\n]{1,100}\.(png|jpe?g|gif|heic)>|\ufffc",
    re.IGNORECASE,
)
_META = re.compile(rb"<meta\b[^<>]{0,200}?charset\s*=\s*[\"']?([\w.:-]{1,40})", re.IGNORECASE)
_SOURCE = re.compile(r"^\s*(<!doctype html|<html[\s>])", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9]{0,15}(\s[^<>]{0,2000})?/?>|&[a-z]{2,8};|&#\d", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_SAME = 0.8  # of the words in common: two parts are one text in two forms
_Test = Callable[[Part], bool]
_FOREIGN = 0.3  # below this share of common words, two parts are different texts


@dataclass(frozen=True, slots=True)
class Body:
    """The text of a message, with its quotations."""

    text: str = ""
    html_quote: str = ""  # the quotation that was cut by an HTML mail's structure
    oddities: tuple[str, ...] = ()
    forwarded: str = ""  # the mails that are attached
    unreadable: str = ""  # why there is nothing to read
    chosen_parts: tuple[str, ...] = ()  # which parts the text is from, and why

    @property
    def full_text(self) -> str:
        """The text, and below it the forwarded mails."""
        return "\n\n".join(each for each in (self.text, self.forwarded) if each.strip())


@dataclass(slots=True)
class _TextPart:
    """One text part; HTML is parsed only on demand."""

    source: str
    is_html: bool
    oddities: tuple[str, ...]
    why: str
    _read: list[HtmlText] = field(default_factory=list)

    def read(self) -> HtmlText:
        if not self._read:
            html = html_text(self.source[: 4 * _LONGEST]) if self.is_html else None
            self._read.append(html or HtmlText(self.source, ""))
        return self._read[0]

    @property
    def text(self) -> str:
        return self.read().text


def read_body(root: Part, answered: Collection[str] = (), depth: int = 0) -> Body:
    """Return the text of a message; `answered` are the Message-IDs to which it replies."""
    pages = _text_parts(root, _is_text)
    if not _has_text(pages):
        named = _text_parts(root, _is_named_text)
        pages = named if _has_text(named) else pages
    if not _has_text(pages):
        pages = [
            replace(page, why=f"{page.why} of its winmail.dat")
            for part in walk(root)
            if part.media_type == TNEF
            for page in _text_parts(replace(part, media_type="multipart/mixed"), _is_text)
        ] or pages
    text = "\n".join(page.text for page in pages if page.text.strip())
    quoted = "\n\n".join(page.read().quoted for page in pages if page.read().quoted)
    odd = list(dict.fromkeys(each for page in pages for each in page.oddities))
    if any(len(page.source) > _LONGEST * (4 if page.is_html else 1) for page in pages):
        odd.append("its text is too long, and was cut")
    answer, passed_on = _attached_texts(root, answered, depth)
    sealed = _unreadable_reason(root, text)
    if sealed:
        text, quoted = "", text
    return Body(
        text[:_LONGEST],
        "\n\n".join(each for each in (quoted, answer) if each.strip())[:_LONGEST],
        tuple(odd),
        passed_on[:_LONGEST],
        sealed,
        tuple(dict.fromkeys(page.why for page in pages if page.text.strip())),
    )


def is_shown_text(part: Part) -> bool:
    """Return whether a part is text to be shown, not a file."""
    return _is_text(part)


def _has_text(pages: Sequence[_TextPart]) -> bool:
    return any(page.text.strip() for page in pages)


def _is_text(part: Part) -> bool:
    return part.media_type in TEXTS and (not part.name or _PIECE.fullmatch(part.name) is not None)


def _is_named_text(part: Part) -> bool:
    """Return whether a part may be the text although it has a name, as phone gateways give it."""
    return part.media_type in {"text/plain", "text/html"} and part.disposition != "attachment"


def _text_parts(part: Part, is_text: _Test) -> list[_TextPart]:
    """Return the text parts within a part, in order; of alternatives only one."""
    if part.media_type.startswith("message/") or part.media_type == TNEF:
        return []
    if part.media_type == "multipart/alternative":
        return _alternative([_text_parts(each, is_text) for each in part.parts])
    if part.is_multipart:
        found = [page for each in part.parts for page in _text_parts(each, is_text)]
        return _without_second_form(found)[:_MOST_PAGES]
    return [_text_part(part)] if is_text(part) else []


def _alternative(options: Sequence[Sequence[_TextPart]]) -> list[_TextPart]:
    """Return one of several forms of a text: the plain one, unless that is a stub."""
    plain = [list(each) for each in options if each and not any(page.is_html for page in each)]
    html = [list(each) for each in options if any(page.is_html for page in each)]
    said: list[_TextPart] = []
    for pages in plain:
        before = {page.source.strip() for page in said}
        said += [page for page in pages if page.source.strip() not in before]
    if not html:
        return said
    why = _why_html(said, html[-1])
    return [replace(page, why=f"its HTML: {why}") for page in html[-1]] if why else said


def _why_html(plain: Sequence[_TextPart], html: Sequence[_TextPart]) -> str:
    """Return why to read the HTML and not the plain text beside it; empty for the plain text."""
    text = "\n".join(page.source for page in plain)
    if not text.strip():
        return "there is no plain text" if not plain else "its plain text is empty"
    if len(text) > _SHORT or not _has_text(html):
        return ""
    if not _PICTURE.sub("", text).strip():
        return "its plain text names pictures only"
    if _STUB.search(text):
        return "its plain text only asks to read that"
    shown = "\n".join(page.text for page in html)
    words = set(_WORD.findall(text.lower()))
    there = set(_WORD.findall(shown.lower()))
    if len(there) <= 1.5 * len(words):
        return ""
    if _is_only_ending(text) and not _is_only_ending(shown):
        return "its plain text is empty but for its end"
    foreign = len(words & there) < _FOREIGN * len(words)
    return "its plain text says something else" if foreign and len(there) > 2 * len(words) else ""


def _is_only_ending(text: str) -> bool:
    """Return whether a text is only an ending: signature, device line or quotation."""
    return trim(f"x\n\n{text}").reply.strip() == "x"


def _without_second_form(pages: list[_TextPart]) -> list[_TextPart]:
    """Return pages without a second form of the same text, though not declared alternatives."""
    plain = [page for page in pages if not page.is_html]
    html = [page for page in pages if page.is_html]
    if not plain or not html:
        return pages
    if why := _why_html(plain, html):
        return [replace(page, why=f"its HTML: {why}") for page in html]
    said = set(_WORD.findall("\n".join(page.source for page in plain).lower()))
    shown = set(_WORD.findall("\n".join(page.text for page in html).lower()))
    same = len(said & shown) >= _SAME * len(shown)
    return plain if same else pages


def _text_part(part: Part) -> _TextPart:
    label = part.charset
    if (
        not label
        and part.media_type == "text/html"
        and (named := _META.search(part.content[:4000]))
    ):
        label = named[1].decode("ascii")
    text, oddity = decode_text(part.content, label)
    odd = tuple(each for each in (part.oddity, oddity) if each)
    text = plain_lines(text[: 4 * _LONGEST + 1])
    name = {"text/plain": "plain text", "text/html": "HTML"}.get(part.media_type, part.media_type)
    if part.media_type == "text/rtf":
        found = read_rtf(part.content)
        return _TextPart(found.text or text, found.is_html, odd, f"its {name}")
    if part.media_type in {"text/enriched", "text/richtext"}:
        text = unenriched(text, old=part.media_type == "text/richtext")
    is_html = part.media_type == "text/html"
    if is_html and text.strip() and not _TAG.search(text[:_LONGEST]):
        return _TextPart(text, is_html=False, oddities=(*odd, "it is no HTML"), why="its text")
    if (
        part.media_type == "text/plain"
        and _SOURCE.match(text[:1000])
        and text.rstrip().endswith(">")
    ):
        return _TextPart(text, is_html=True, oddities=(*odd, "it is HTML"), why="its text")
    if not is_html:
        text = _as_written(part, text[: 2 * _LONGEST])
    return _TextPart(text, is_html, odd, f"its {name}")


def _as_written(part: Part, text: str) -> str:
    text = without_pgp_signature(mbox_unescaped(text))
    if parameter(part.header, "format").lower() == "flowed":
        delsp = parameter(part.header, "delsp").lower() == "yes"
        text = unflowed(text, delsp=delsp)
    return text


def _unreadable_reason(root: Part, text: str) -> str:
    if is_pgp_encrypted(text):
        return Unreadable.ENCRYPTED.value
    if text.strip():
        return ""
    return next((part.unreadable for part in walk(root) if part.unreadable), "")


def _attached_texts(root: Part, answered: Collection[str], depth: int) -> tuple[str, str]:
    """Return the texts of attached mails: those that are answered, and those passed on."""
    answer, passed_on = list[str](), list[str]()
    if root.media_type == "multipart/report" or depth >= _DEEPEST:
        return "", ""
    for part in _attached_mails(root)[:_MOST_PASSED_ON]:
        inner = part.parts[0]
        shown = read_body(inner, (), depth + 1).full_text
        if any(each in answered for each in message_ids(inner.header, "message-id")):
            answer.append(shown)
        else:
            passed_on.append(f"{_forward_head(inner)}\n\n{shown}".rstrip())
    return "\n\n".join(answer), "\n\n".join(passed_on)


def _attached_mails(part: Part) -> list[Part]:
    """Return the mails attached to a mail, but none attached to these."""
    if part.media_type.startswith("message/"):
        return (
            [part]
            if part.parts and part.media_type in {"message/rfc822", "message/global"}
            else []
        )
    return [each for within in part.parts for each in _attached_mails(within)]


def _forward_head(inner: Part) -> str:
    """Return the head of a forwarded mail as mail programs write it."""
    sender = one_line(inner.header, "from")
    fields = {
        "From": display_name(sender) or sender,
        "Date": first(raw_values(inner.header, "date"))[:100],
        "Subject": one_line(inner.header, "subject"),
    }
    lines = [f"{name}: {value}" for name, value in fields.items() if value]
    return "\n".join(["---------- Forwarded message ----------", *lines])
