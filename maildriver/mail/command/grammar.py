"""Commands that a student can write to the course, in every supported language.

Words are data: another language is another entry. A command is a whole first line, with a
duration after `pause`; a sentence that begins with a command's word is not a command.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal

from maildriver.domain.cadence import DAY_NAMES
from maildriver.mail.command.cadence import CadenceRequest, read_cadence_request
from maildriver.mail.kind.auto_reply import bare_subject, has_reply_prefix

#: What may stand behind the word of a command: nothing, how long, the number of a post, that and
#: the text below it, or a cadence.
Argument = Literal["", "length", "number", "text", "cadence"]

#: By language, then by command; see `commands.table` for what each command does.
WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
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
#: What may stand behind the words of each command.
ARGUMENTS: Mapping[str, Argument] = {
    **dict.fromkeys(WORDS["en"], ""),
    "pause": "length",
    "cadence": "cadence",
    "withdraw": "number",
    "restore": "number",
    "edit": "text",
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
_LENGTH = re.compile(r"(?:for |für )?(\d{1,3}) ?([a-zäöü]+)")
_NUMBER = re.compile(r"#? ?(\d{1,12})")
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

    name: str
    duration: timedelta | None = None  # of a pause
    post_number: int | None = None  # of the post in question
    text: str = ""  # the new text of that post
    cadence: CadenceRequest | None = None  # the new cadence


def as_facts(command: Command) -> dict[str, str | int]:
    """Return a command as `explain --json` prints it: its name, and what it asks for."""
    facts: dict[str, str | int] = {"name": command.name}
    if command.duration is not None:
        facts["days"] = command.duration.days
    if command.post_number is not None:
        facts["number"] = command.post_number
    wanted = command.cadence
    if wanted is not None and wanted.days is not None:
        facts["days_of_week"] = ",".join(DAY_NAMES[day] for day in sorted(wanted.days))
    if wanted is not None and wanted.at is not None:
        facts["at"] = f"{wanted.at:%H:%M}"
    if wanted is not None and wanted.zone is not None:
        facts["zone"] = wanted.zone
    return facts


class Grammar:
    """The words of commands in all languages, and what may stand behind each."""

    def __init__(
        self, arguments: Mapping[str, Argument], words: Iterable[Mapping[str, Sequence[str]]]
    ) -> None:
        """Take the argument of each command, and the words for commands, a language at a time.

        Raise ValueError for a word that means two commands.
        """
        self._arguments = arguments
        self._by_word: dict[str, str] = {}
        for by_command in words:
            for name, many in by_command.items():
                for word in many:
                    if self._by_word.setdefault(word, name) != name:
                        raise ValueError(f"{word} means {name} and {self._by_word[word]}")

    @property
    def commands(self) -> Collection[str]:
        """The names of all commands that have words."""
        return set(self._by_word.values())

    def read(self, subject: str, text: str) -> Command | None:
        """Return the command in the first line of a trimmed text, or in a fresh subject.

        A subject that answers one of our mails is ours, not theirs. A fresh subject counts only
        with next to nothing below it.
        """
        lines = [line for line in text.split("\n") if line.strip()]
        if lines and (command := self._read(lines[0])) is not None:
            if self._arguments[command.name] == "text":
                return replace(command, text=text.partition(lines[0])[2].strip("\n"))
            if _is_almost_empty(lines[1:]):
                return command
        if not has_reply_prefix(subject) and _is_almost_empty(lines):
            return self._read(bare_subject(subject))
        return None

    def _read(self, line: str) -> Command | None:
        first, _, rest = _bare(line).partition(" ")
        if first in _ASKING:
            first, _, rest = rest.partition(" ")
        name = self._by_word.get(first)
        if name is None:
            return None
        argument = self._arguments[name]
        if argument == "cadence" and rest:
            return _with_cadence(name, rest)
        if len(rest.split()) > _MOST_WORDS:
            return None
        rest = " ".join(word for word in rest.split() if word.strip(",.!") not in _POLITE)
        if not rest:
            return Command(name)
        if argument in {"number", "text"}:
            found = _NUMBER.fullmatch(rest)
            return Command(name, post_number=int(found[1])) if found else None
        length = _length(rest) if argument == "length" else None
        return None if length is None else Command(name, length)


def _with_cadence(name: str, rest: str) -> Command | None:
    wanted = read_cadence_request(rest) if len(rest) <= _LONGEST_CADENCE else None
    if wanted is None:
        return None
    return Command(name) if wanted.unclear else Command(name, cadence=wanted)


def _length(rest: str) -> timedelta | None:
    """Return the length of time that `2 weeks` or `for 14 days` names; None if it names none."""
    match = _LENGTH.fullmatch(rest)
    days = _UNITS.get(match[2]) if match else None
    if match is None or days is None or not int(match[1]):
        return None
    return timedelta(days=int(match[1]) * days)


#: The commands of every site; a room may bring others.
CORE = Grammar(ARGUMENTS, WORDS.values())


def _is_almost_empty(rest: list[str]) -> bool:
    """Return whether the other lines are only a greeting or a name, not a message."""
    return len(rest) <= 3 and sum(len(line.split()) for line in rest) <= 8


def read_decision(text: str) -> bool | None:
    """Return whether the first line of a text says yes or no; None if it says neither."""
    return DECISIONS.get(_bare(_first_line(text)))


def read_yes_or_no(text: str) -> bool | None:
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
