"""Ten mail programs, and how each quotes what is answered: in text, in HTML, or in both."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from textwrap import wrap

from quoting.phrases import HEADERS, INTRODUCTIONS, TAILS, filled


@dataclass(frozen=True, slots=True)
class Ours:
    """A mail of ours, as its reader has it, and what intake knows of its words."""

    name: str
    address: str
    text: str
    html: str  # what stands in its body
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply on its way: what was written, and what its program made of it."""

    written: tuple[str, ...]  # the writer's own paragraphs, in order
    text: str  # empty where there is only HTML
    html: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """What somebody writes, and where: by the line of ours above which it is put."""

    above: str = ""
    between: tuple[tuple[int, str], ...] = ()
    below: str = ""

    @property
    def written(self) -> tuple[str, ...]:
        words = (self.above, *(each for _, each in self.between), self.below)
        return tuple(each for each in words if each)


#: Returns the reply in the language of the program.
Client = Callable[[Draft, Ours, str], Answer]


# -- how lines are quoted --------------------------------------------------------------


def marked(draft: Draft, ours: Ours, width: int = 0) -> str:
    """Return our lines marked with >, with what is written between them."""
    return "\n".join(_woven(draft, _lines(ours.text, width), "> "))


def unmarked(draft: Draft, ours: Ours, width: int = 0) -> str:
    """Return our lines as they are, with what is written between them."""
    return "\n".join(_woven(draft, _lines(ours.text, width), ""))


def _lines(text: str, width: int) -> list[str]:
    lines = text.strip("\n").split("\n")
    if not width:
        return lines
    return [piece for line in lines for piece in wrap(line, width, break_long_words=False) or [""]]


def _woven(draft: Draft, lines: list[str], mark: str) -> Iterator[str]:
    places = {max(1, round(len(lines) * part / 100)): words for part, words in draft.between}
    for number, line in enumerate(lines):
        if number in places:
            yield f"\n{places[number]}\n"
        yield f"{mark}{line}".rstrip()


def _divs(text: str) -> str:
    lines = text.split("\n")
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in lines)


def _around(draft: Draft, quoted: str, *between: str) -> str:
    parts = (draft.above, *between, quoted, draft.below)
    return "\n\n".join(part for part in parts if part) + "\n"


def _html(draft: Draft, quoted: str) -> str:
    return f"<html><body>{_divs(draft.above)}{quoted}{_divs(draft.below)}</body></html>"


def _phrase(table: dict[str, str], language: str, ours: Ours) -> str:
    return filled(table.get(language, table["en"]), ours.name, ours.address)


# -- the programs ----------------------------------------------------------------------


def gmail(draft: Draft, ours: Ours, language: str) -> Answer:
    says = _phrase(INTRODUCTIONS["gmail"], language, ours)
    html = _html(
        draft,
        '<br><div class="gmail_quote gmail_quote_container"><div dir="ltr" class="gmail_attr">'
        f'{escape(says)}<br></div><blockquote class="gmail_quote" style="margin:0 0 0 0.8ex">'
        f"{ours.html}</blockquote></div>",
    )
    return Answer(draft.written, _around(draft, f"{says}\n\n{marked(draft, ours, 76)}"), html)


def apple(draft: Draft, ours: Ours, language: str) -> Answer:
    says = _phrase(INTRODUCTIONS["apple"], language, ours)
    html = _html(
        draft,
        f'<div><br><blockquote type="cite"><div>{escape(says)}</div>'
        f'<br class="Apple-interchange-newline"><div>{ours.html}</div></blockquote></div><br>',
    )
    return Answer(draft.written, _around(draft, f"> {says}\n>\n{marked(draft, ours)}"), html)


def iphone(draft: Draft, ours: Ours, language: str) -> Answer:
    says = _phrase(INTRODUCTIONS["apple"], language, ours)
    tail = TAILS["apple"][sum(map(ord, language)) % len(TAILS["apple"])]
    text = _around(draft, f"> {says}\n> \n{marked(draft, ours)}", tail)
    html = _html(
        draft,
        f'<br><div dir="ltr">{escape(tail)}</div><div dir="ltr"><br><blockquote type="cite">'
        f"{escape(says)}<br><br></blockquote></div>"
        f'<blockquote type="cite"><div dir="ltr">{ours.html}</div></blockquote>',
    )
    return Answer(draft.written, text, html)


def outlook(draft: Draft, ours: Ours, language: str) -> Answer:
    head = _phrase(HEADERS["outlook"], language, ours)
    bold = "<br>".join(
        f"<b>{escape(label)}:</b>{escape(rest)}"
        for label, _, rest in (line.partition(":") for line in head.split("\n"))
    )
    html = _html(
        draft,
        '<div class="WordSection1"><div style="border:none;border-top:solid #E1E1E1 1.0pt;'
        f'padding:3.0pt 0cm 0cm 0cm"><p class="MsoNormal">{bold}</p></div>{ours.html}</div>',
    )
    return Answer(draft.written, _around(draft, f"{head}\n\n{unmarked(draft, ours)}"), html)


def outlook_web(draft: Draft, ours: Ours, language: str) -> Answer:
    head = _phrase(HEADERS["outlook"], language, ours)
    tail = TAILS["outlook"][sum(map(ord, language)) % len(TAILS["outlook"])]
    lines = "<br>".join(escape(line) for line in head.split("\n"))
    html = _html(
        draft,
        f'<div id="ms-outlook-mobile-signature"><div>{escape(tail)}</div></div>'
        '<hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr">'
        f"<font>{lines}</font><div>&nbsp;</div></div><div>{ours.html}</div>",
    )
    rule = "_" * 32
    return Answer(
        draft.written, _around(draft, f"{rule}\n{head}\n\n{unmarked(draft, ours)}", tail), html
    )


def thunderbird(draft: Draft, ours: Ours, language: str) -> Answer:
    says = _phrase(INTRODUCTIONS["thunderbird"], language, ours)
    html = _html(
        draft,
        f'<div class="moz-cite-prefix">{escape(says)}<br></div>'
        f'<blockquote type="cite" cite="mid:a@b.example">{ours.html}</blockquote>',
    )
    return Answer(draft.written, _around(draft, f"{says}\n{marked(draft, ours)}"), html)


def yahoo(draft: Draft, ours: Ours, language: str) -> Answer:
    says = _phrase(INTRODUCTIONS["yahoo"], language, ours)
    lines = "\n".join(f"  {line}" for line in unmarked(draft, ours, 72).split("\n"))
    html = _html(
        draft,
        f'<div id="ydp1" class="yahoo_quoted"><div><div>{escape(says)}</div><div><br></div>'
        f"<div>{ours.html}</div></div></div>",
    )
    if draft.between:
        lines = unmarked(draft, ours, 72)
    return Answer(draft.written, _around(draft, f"    {says}\n\n{lines}"), html)


def samsung(draft: Draft, ours: Ours, language: str) -> Answer:
    head = _phrase(HEADERS["phone"], language, ours)
    lines = "</div><div>".join(escape(line) for line in head.split("\n"))
    html = _html(
        draft,
        f'<div><br></div><div align="left" style="font-size:100%"><div>{lines}</div></div>'
        f"<div><br></div>{ours.html}",
    )
    return Answer(draft.written, _around(draft, f"{head}\n{unmarked(draft, ours, 60)}"), html)


def gmx(draft: Draft, ours: Ours, language: str) -> Answer:
    head = filled(
        HEADERS["other"]["gmx" if language == "de" else "gmx_en"], ours.name, ours.address
    )
    lines = "<br>".join(escape(line) for line in head.split("\n"))
    html = _html(
        draft,
        '<div>&nbsp;<div name="quote" style="margin:10px 5px 5px 10px;border-left:2px solid '
        f'#C3D9E5"><div>{lines}</div><div name="quoted-content">{ours.html}</div></div></div>',
    )
    return Answer(draft.written, _around(draft, f"{head}\n\n{unmarked(draft, ours)}"), html)


def foxmail(draft: Draft, ours: Ours, language: str) -> Answer:
    name = "foxmail" if language.startswith("zh") else "lotus"
    head = filled(HEADERS["other"][name], ours.name, ours.address)
    lines = "<br>".join(escape(line) for line in head.split("\n"))
    html = _html(
        draft,
        f'<hr style="width:210px;height:1px"><div><div style="margin:10px">{lines}</div>'
        f"<div>{ours.html}</div></div>",
    )
    return Answer(draft.written, _around(draft, f"{head}\n{unmarked(draft, ours, 50)}"), html)


CLIENTS: dict[str, Client] = {
    "Gmail": gmail,
    "Apple Mail": apple,
    "iPhone": iphone,
    "Outlook": outlook,
    "Outlook on the web": outlook_web,
    "Thunderbird": thunderbird,
    "Yahoo": yahoo,
    "Samsung": samsung,
    "GMX": gmx,
    "Foxmail": foxmail,
}
LANGUAGES = (
    *("en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "hu", "ro"),
    *("ru", "uk", "el", "tr", "he", "ar", "zh", "ja", "ko"),
)
