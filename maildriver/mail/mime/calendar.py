"""Personal notes in calendar replies to an invitation (RFC 5546).

The program writes who has accepted what; only a note, if there is one, is the person's.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from maildriver.mail.mime.charset import decode_text
from maildriver.mail.mime.parts import Part, message_classes, parameter
from maildriver.mail.reply.trim import trim
from maildriver.mail.text.body import Body

_CALENDARS = {"text/calendar", "application/ics"}
_ANSWERS = {"reply", "counter", "declinecounter", "refresh"}
_MOST = 200_000  # bytes of a calendar that are read
_FOLD = re.compile(r"\r?\n[ \t]")
_COMMENT = re.compile(r'X-RESPONSE-COMMENT=(?:"([^"\n]*)"|([^;:,"\n]*))', re.IGNORECASE)
_ESCAPE = re.compile(r"\\([nN,;\\])|\^([n'^])")
_QUOTED = re.compile(r"^[\"“„«](.{1,2000})[\"”“»]$")
_LONGEST = 1500  # characters of a text that a program writes
#: Words for a response to an invitation, in the first line of a program's text.
_RESPONSE = re.compile(
    r"accept|declin|tentativ|angenommen|zugesagt|abgelehnt|abgesagt|akzeptiert|vorbehalt"
    r"|vorläufig|refus|déclin|acept|rechaz|provisional|accett|rifiut|aceit|recus|geaccepteerd"
    r"|geweigerd|afgewezen|accepter|tacka|avböj|afvis|hyväksy|hylä|zaakceptowa|odrzuc|принял"
    r"|отклонил|přijal|odmítl|kabul|reddet|承諾|辞退|接受|拒绝|수락|거절",
    re.IGNORECASE,
)
_THIRD_PERSON = re.compile(r"\bhas (tentatively |provisionally )?(accepted|declined|replied)\b")


@dataclass(frozen=True, slots=True)
class _Calendar:
    """The fields of a calendar that matter here."""

    method: str = ""
    program: str = ""
    notes: tuple[str, ...] = ()
    attendees: tuple[str, ...] = ()
    is_file: bool = False  # attached beside the text, not an alternative to it


def calendar_method_of(parts: Sequence[Part]) -> str:
    """Return the method of a mail's calendar, such as "reply"; empty if there is none."""
    if any(".meeting.resp" in each or "mtgresp" in each for each in message_classes(parts)):
        return "reply"
    found = [_read_calendar(part) for part in parts if part.media_type in _CALENDARS]
    # An attached calendar that is no reply is a file like any other.
    return next((each.method for each in found if not each.is_file or each.method in _ANSWERS), "")


def without_program_text(body: Body, parts: Sequence[Part]) -> Body:
    """Return the body of a calendar reply without the program's own text."""
    calendars = [_read_calendar(part) for part in parts if part.media_type in _CALENDARS]
    answers = [each for each in calendars if each.method in _ANSWERS]
    if calendar_method_of(parts) not in _ANSWERS:
        return body
    text = body.text
    notes = [note for each in answers for note in each.notes]
    if any(_is_by_program(text, each) for each in answers):
        notes = notes or _quoted_note(text)
        said = "\n".join(dict.fromkeys(notes))
        return _with_text(body, said, text)
    if not trim(text).reply.strip():
        return _with_text(body, "\n".join(dict.fromkeys(notes)), text)
    missing = [note for note in dict.fromkeys(notes) if _bare(note) not in _bare(text)]
    return replace(body, text="\n\n".join([text.rstrip(), *missing])) if missing else body


def _with_text(body: Body, said: str, cut: str) -> Body:
    elided = "\n\n".join(each for each in (cut.strip(), body.html_quote) if each)
    chosen = ("the note in a calendar's answer",) if said else ()
    return replace(body, text=said, html_quote=elided, chosen_parts=chosen)


def _bare(text: str) -> str:
    return " ".join(text.split())


def _is_by_program(text: str, calendar: _Calendar) -> bool:
    """Return whether a program wrote a text, which names a person and a response."""
    if not text.strip() or len(text) > 4 * _LONGEST:
        return False
    if "google" in calendar.program and not calendar.is_file:
        return True
    first = next(line for line in text.split("\n") if line.strip())[:500]
    named = any(each and each in first.lower() for each in calendar.attendees)
    tells = bool(_RESPONSE.search(first)) and (named or bool(_THIRD_PERSON.search(first)))
    return tells and len(text) <= _LONGEST


def _quoted_note(text: str) -> list[str]:
    """Return the first line in quotation marks, which is how Google shows the note."""
    lines = [line.strip() for line in text.split("\n") if line.strip()][:8]
    return [match[1] for line in lines if (match := _QUOTED.match(line))][:1]


def _read_calendar(part: Part) -> _Calendar:
    text, _ = decode_text(part.content[:_MOST], part.charset or "utf-8")
    method, program = parameter(part.header, "method"), ""
    notes, people = list[str](), list[str]()
    for line in _FOLD.sub("", text).splitlines():
        name, _, value = line.partition(":")
        match re.split("[;:]", name.upper(), maxsplit=1)[0]:
            case "METHOD":
                method = method or value
            case "PRODID":
                program = value.lower()
            case "COMMENT":
                notes.append(_unescaped(value))
            case "ATTENDEE":
                notes += [_unescaped(first or other) for first, other in _COMMENT.findall(line)]
                people += _attendee(line)
    said = tuple(note for note in notes if note.strip())
    named = method.strip().lower() or "unknown"
    is_file = bool(part.name) or part.disposition == "attachment"
    return _Calendar(named, program, said, tuple(people[:50]), is_file)


def _attendee(line: str) -> list[str]:
    """Return the name and the address of an attendee, in lower case."""
    name = re.search(r'CN=(?:"([^"\n]{2,200})"|([^;:"\n]{2,200}))', line, re.IGNORECASE)
    address = re.search(r"mailto:([^\s;]{3,300})", line, re.IGNORECASE)
    found = [(name[1] or name[2]) if name else "", address[1] if address else ""]
    return [each.lower() for each in found if each]


def _unescaped(value: str) -> str:
    """Return a value with its escapes decoded (RFC 5545 3.3.11, RFC 6868)."""
    names = {"n": "\n", "N": "\n", "'": '"'}

    def sign(match: re.Match[str]) -> str:
        found = match[1] or match[2]
        return names.get(found, found)

    return _ESCAPE.sub(sign, value).strip()
