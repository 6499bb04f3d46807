"""Commands that a student can write to the course, in every supported language.

Words are data: another language is another entry. A command is a whole first line, with a
duration after `pause`; a sentence that begins with a command's word is not a command.
"""

import re
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from maildriver.mail.command.cadence import Wanted, read_wanted
from maildriver.mail.kind.auto_reply import bare_subject, is_answer

CommandName = Literal[
    "leave", "pause", "resume", "next", "undo", "help", "status", "cadence",
    "withdraw", "restore", "edit",
]  # fmt: skip

WORDS: dict[str, dict[CommandName, tuple[str, ...]]] = {
    "en": {
        "leave": ("leave", "stop", "unsubscribe"),
        "pause": ("pause",),
        "resume": ("resume", "continue"),
        "next": ("next",),
        "undo": ("undo",),
        "help": ("help",),
        "status": ("status",),
        "cadence": ("send", "cadence"),
        "withdraw": ("withdraw", "retract"),
        "restore": ("restore",),
        "edit": ("edit",),
    },
    "de": {
        "leave": ("abmelden", "austragen", "stopp"),
        "pause": ("pause", "pausieren"),
        "resume": ("weiter", "fortsetzen"),
        "next": ("nächste", "nächstes"),
        "undo": ("rückgängig", "zurück"),
        "help": ("hilfe",),
        "status": ("status", "stand"),
        "cadence": ("sende", "senden", "rhythmus"),
        "withdraw": ("zurückziehen", "widerrufen"),
        "restore": ("wiederherstellen",),
        "edit": ("bearbeiten", "ändern"),
    },
}
#: First lines that send a reply to the instructor alone.
PRIVATE = {"private", "privately", "privat"}
#: An instructor's decisions on a held mail.
DECISIONS = {
    **dict.fromkeys(("ok", "okay", "yes", "ja", "annehmen"), True),
    **dict.fromkeys(("no", "nein", "ablehnen", "drop"), False),
}
_UNITS = {
    **dict.fromkeys(("d", "day", "days", "tag", "tage", "tagen"), 1),
    **dict.fromkeys(("w", "week", "weeks", "woche", "wochen"), 7),
}
_BY_WORD = {
    word: name for words in WORDS.values() for name, many in words.items() for word in many
}
_LENGTH = re.compile(r"(?:for |für )?(\d{1,3}) ?([a-zäöü]+)")
_NUMBER = re.compile(r"#? ?(\d{1,12})")
#: Commands about a post of the writer, which may name that post: `withdraw #12`.
OWN_POST: set[CommandName] = {"withdraw", "restore", "edit"}
#: Words without effect beside a command.
_POLITE = {
    *("please", "now", "the", "this", "my", "course", "me", "all", "lessons", "mails", "emails"),
    *("thanks", "thank", "you", "bitte", "jetzt", "den", "diesen", "kurs", "mich", "danke"),
}
_ASKING = {"please", "bitte"}
#: Words that may follow a yes: "Yes, that was me".
_WAS_ME = {
    *("it", "that", "this", "was", "is", "i", "me", "my", "mine", "did", "wrote", "myself"),
    *("das", "dies", "ist", "war", "ich", "es", "meine", "selbst", "thanks", "danke"),
}
_NOT = {"not", "wasn't", "wasn’t", "didn't", "didn’t", "nicht"}
_MOST_WORDS = 4  # after the command: for 2 weeks please
_LONGEST_CADENCE = 120  # characters: our note repeats the name of an unknown place
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Command:
    """A command to the course."""

    name: CommandName
    length: timedelta | None = None  # of a pause
    number: int | None = None  # of the post in question
    text: str = ""  # the new text of that post
    wanted: Wanted | None = None  # the new cadence


def read_command(subject: str, text: str) -> Command | None:
    """Return the command in the first line of a trimmed text, or in a fresh subject.

    The subject of a reply repeats ours, so it does not count. A fresh subject counts only
    above an almost empty text.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and (command := _read(lines[0])) is not None:
        if command.name == "edit":
            return replace(command, text=text.partition(lines[0])[2].strip("\n"))
        if _stands_alone(lines[1:]):
            return command
    if not is_answer(subject) and _stands_alone(lines):
        return _read(bare_subject(subject))
    return None


def _stands_alone(rest: list[str]) -> bool:
    """Return whether the other lines are only a greeting or a name, not a message."""
    return len(rest) <= 3 and sum(len(line.split()) for line in rest) <= 8


def _read(line: str) -> Command | None:
    first, _, rest = _bare(line).partition(" ")
    if first in _ASKING:
        first, _, rest = rest.partition(" ")
    name = _BY_WORD.get(first)
    if name == "cadence" and rest:
        wanted = read_wanted(rest) if len(rest) <= _LONGEST_CADENCE else None
        if wanted is None:
            return None
        return Command(name) if wanted.unclear else Command(name, wanted=wanted)
    if name is None or len(rest.split()) > _MOST_WORDS:
        return None
    rest = " ".join(word for word in rest.split() if word.strip(",.!") not in _POLITE)
    if not rest:
        return Command(name)
    if name in OWN_POST:
        found = _NUMBER.fullmatch(rest)
        return Command(name, number=int(found[1])) if found else None
    match = _LENGTH.fullmatch(rest)
    days = _UNITS.get(match[2]) if match else None
    if name != "pause" or match is None or days is None or not int(match[1]):
        return None
    return Command(name, timedelta(days=int(match[1]) * days))


def read_decision(text: str) -> bool | None:
    """Return whether the first line of a text says yes or no; None if it says neither."""
    return DECISIONS.get(_bare(_first_line(text)))


def read_answer(text: str) -> bool | None:
    """Return whether a text's first line says yes or no, also in a phrase: "Yes, it was me"."""
    first, _, rest = _bare(_first_line(text)).replace(",", " ").replace(".", " ").partition(" ")
    said = DECISIONS.get(first)
    known = _WAS_ME if said else _WAS_ME | _NOT
    return said if all(word in known for word in rest.split()) else None


def read_private(text: str) -> str | None:
    """Return the text below a first line `private`; None if there is no such line."""
    first = _first_line(text)
    if _bare(first) not in PRIVATE:
        return None
    return text.partition(first)[2].strip("\n")


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")


def _bare(line: str) -> str:
    return _SPACE.sub(" ", line.strip().lower().strip(" .!*_\"'“”„:")).strip()
