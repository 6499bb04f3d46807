"""Commands that a student can write to the course, in every supported language.

Words are data: a language is a folder of templates. A command is a whole first line, with a
duration after `pause`; a sentence that begins with a command's word is not a command.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Literal, Self

from maildriver.domain.cadence import DAY_NAMES
from maildriver.mail.command.cadence import CadenceRequest, CadenceWords
from maildriver.mail.command.words import LanguageWords, all_words, by_word
from maildriver.mail.kind.auto_reply import bare_subject, has_reply_prefix

#: What may stand behind the word of a command: nothing, how long, the number of a post, that and
#: the text below it, or a cadence.
Argument = Literal["", "length", "number", "text", "cadence"]

#: What may stand behind the words of each command.
ARGUMENTS: Mapping[str, Argument] = {
    **dict.fromkeys(("leave", "resume", "next", "undo", "help", "status"), ""),
    "pause": "length",
    "cadence": "cadence",
    "withdraw": "number",
    "restore": "number",
    "edit": "text",
}
_LENGTH = re.compile(r"(\d{1,3}) ?([^\W\d_]+)")
_DAYS = {"day": 1, "week": 7}
_NUMBER = re.compile(r"#? ?(\d{1,12})")
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


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words of commands in all languages, and what may stand behind each.

    Its fields can be written as JSON.
    """

    by_word: Mapping[str, str]  # the command of each word
    arguments: Mapping[str, Argument]  # by command
    private: frozenset[str]  # first lines that send a reply to the instructor alone
    decisions: Mapping[str, bool]  # on a held mail: yes and no
    please: frozenset[str]  # before a command
    polite: frozenset[str]  # without effect beside a command
    was_me: frozenset[str]  # after a yes: "Yes, that was me"
    not_me: frozenset[str]  # after a no, as well
    before_length: frozenset[str]  # pause for 2 weeks
    units: Mapping[str, str]  # of a length: "day" or "week"
    cadence: CadenceWords

    @classmethod
    def of(
        cls,
        languages: Iterable[LanguageWords],
        arguments: Mapping[str, Argument] = ARGUMENTS,
    ) -> Self:
        """Return the grammar of some languages, with the argument of each command.

        Raise ValueError for a word of two meanings, and for words of an unknown command.
        """
        languages = tuple(languages)
        for name in {name for each in languages for name in each.commands} - set(arguments):
            raise ValueError(f"there are words for {name}, and no such command")
        beside = [each.beside for each in languages]
        decisions = by_word(beside, ("yes", "no"))
        was_me = frozenset(all_words(beside, "was_me"))
        return cls(
            by_word=by_word([each.commands for each in languages], arguments),
            arguments=arguments,
            private=frozenset(all_words(beside, "private")),
            decisions={word: key == "yes" for word, key in decisions.items()},
            please=frozenset(all_words(beside, "please")),
            polite=frozenset(all_words(beside, "polite")),
            was_me=was_me,
            not_me=was_me.union(all_words(beside, "not")),
            before_length=frozenset(all_words(beside, "for")),
            units=by_word(beside, ("day", "week")),
            cadence=CadenceWords.of(each.cadence for each in languages),
        )

    @property
    def commands(self) -> Collection[str]:
        """The names of all commands that have words."""
        return set(self.by_word.values())

    def read(self, subject: str, text: str) -> Command | None:
        """Return the command in the first line of a trimmed text, or in a fresh subject.

        A subject that answers one of our mails is ours, not theirs. A fresh subject counts only
        with next to nothing below it.
        """
        lines = [line for line in text.split("\n") if line.strip()]
        if lines and (command := self._read(lines[0])) is not None:
            if self.arguments[command.name] == "text":
                return replace(command, text=text.partition(lines[0])[2].strip("\n"))
            if _is_almost_empty(lines[1:]):
                return command
        if not has_reply_prefix(subject) and _is_almost_empty(lines):
            return self._read(bare_subject(subject))
        return None

    def decision(self, text: str) -> bool | None:
        """Return whether the first line of a text says yes or no; None if it says neither."""
        return self.decisions.get(_bare(_first_line(text)))

    def yes_or_no(self, text: str) -> bool | None:
        """Return whether a text's first line says yes or no, also as "Yes, it was me"."""
        line = _bare(_first_line(text)).replace(",", " ").replace(".", " ")
        first, _, rest = line.partition(" ")
        said = self.decisions.get(first)
        known = self.was_me if said else self.not_me
        return said if all(word in known for word in rest.split()) else None

    def below_private(self, text: str) -> str | None:
        """Return the text below a first line `private`; None if there is no such line."""
        first = _first_line(text)
        if _bare(first) not in self.private:
            return None
        return text.partition(first)[2].strip("\n")

    def _read(self, line: str) -> Command | None:
        first, _, rest = _bare(line).partition(" ")
        if first in self.please:
            first, _, rest = rest.partition(" ")
        name = self.by_word.get(first)
        if name is None:
            return None
        argument = self.arguments[name]
        if argument == "cadence" and rest:
            return self._with_cadence(name, rest)
        if len(rest.split()) > _MOST_WORDS:
            return None
        rest = " ".join(word for word in rest.split() if word.strip(",.!") not in self.polite)
        if not rest:
            return Command(name)
        if argument in {"number", "text"}:
            found = _NUMBER.fullmatch(rest)
            return Command(name, post_number=int(found[1])) if found else None
        length = self._length(rest) if argument == "length" else None
        return None if length is None else Command(name, length)

    def _with_cadence(self, name: str, rest: str) -> Command | None:
        wanted = self.cadence.read(rest) if len(rest) <= _LONGEST_CADENCE else None
        if wanted is None:
            return None
        return Command(name) if wanted.unclear else Command(name, cadence=wanted)

    def _length(self, rest: str) -> timedelta | None:
        """Return the length of time that `2 weeks` or `for 14 days` names; None if none."""
        first, _, after = rest.partition(" ")
        match = _LENGTH.fullmatch(after if first in self.before_length else rest)
        unit = self.units.get(match[2]) if match else None
        if match is None or unit is None or not int(match[1]):
            return None
        return timedelta(days=int(match[1]) * _DAYS[unit])


def _is_almost_empty(rest: list[str]) -> bool:
    """Return whether the other lines are only a greeting or a name, not a message."""
    return len(rest) <= 3 and sum(len(line.split()) for line in rest) <= 8


def _first_line(text: str) -> str:
    return next((line for line in text.split("\n") if line.strip()), "")


def _bare(line: str) -> str:
    return _SPACE.sub(" ", line.strip().lower().strip(" .!*_\"'“”„:")).strip()
