"""The words of commands in one language, as its folder of templates lists them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

#: Lists of words that stand beside commands, or in place of them.
BESIDE = (
    *("private", "yes", "no", "please", "polite", "was_me", "not", "for", "day", "week"),
)  # fmt: skip
#: The days of a week in `cadence.toml`, Monday first.
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Lessons a week, once first.
TIMES = ("once", "twice", "thrice", "four_times")
#: Lists of words in `cadence.toml`.
CADENCE = (
    *DAYS, "every_day", "weekdays", "weekend", "at", "to", "noon", "midnight", "am", "pm",
    "oclock", "in", "the", "time", "filling", *TIMES, "times", "a_week", "once_a_day", "unclear",
)  # fmt: skip

Lists = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class LanguageWords:
    """The words of one language, in lower case."""

    commands: Lists = field(default_factory=dict)  # by command
    beside: Lists = field(default_factory=dict)  # the lists in BESIDE
    cadence: Lists = field(default_factory=dict)  # the lists in CADENCE


def all_words(lists: Iterable[Lists], *keys: str) -> Iterator[str]:
    """Yield the words under some keys, in all languages."""
    for each in lists:
        for key in keys:
            yield from each.get(key, ())


def by_word(lists: Iterable[Lists], keys: Iterable[str]) -> dict[str, str]:
    """Return the key of each word; raise ValueError for a word that two keys have."""
    found: dict[str, str] = {}
    lists = tuple(lists)
    for key in keys:
        for word in all_words(lists, key):
            if found.setdefault(word, key) != key:
                raise ValueError(f"{word} means {key} and {found[word]}")
    return found
