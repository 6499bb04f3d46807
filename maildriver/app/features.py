"""The list of all features, and their merged tables.

A new room adds its line to `FEATURES`. Importing this module registers all effects; every opened
site needs them, since a command may withdraw a message of any room.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, TypeVar

import sqlalchemy as sa

from maildriver import effects
from maildriver.commands import feature as commands
from maildriver.discussion import feature as discussion
from maildriver.domain.course import CourseKey
from maildriver.domain.message_kind import NOTICE
from maildriver.enrolment import feature as enrolment
from maildriver.errors import ConfigError
from maildriver.feature import DecisionTables, Feature, StudentCommand
from maildriver.lessons import feature as lessons
from maildriver.moderation import feature as moderation
from maildriver.newsletter import feature as newsletter

if TYPE_CHECKING:
    from maildriver.mail.command.grammar import Grammar
    from maildriver.mail.command.words import LanguageWords

_Row = TypeVar("_Row")

FEATURES = (
    enrolment.FEATURE,
    lessons.FEATURE,
    discussion.FEATURE,
    commands.FEATURE,
    moderation.FEATURE,
    newsletter.FEATURE,
    Feature(kinds=(NOTICE,)),  # alerts to the operator, of any room
)

for _feature in FEATURES:
    for _kind in _feature.effects:
        effects.register(_kind)


def decision_tables(
    features: Iterable[Feature] = FEATURES, own_templates: Mapping[str, str] | None = None
) -> DecisionTables:
    """Return the merged tables for decisions about mail, with the words of a site's languages.

    Raise ValueError if two rooms define the same name, or if a word means two commands, and
    ConfigError if the site's own templates are at fault.
    """
    features = tuple(features)
    table = _by_name((each.name, each) for room in features for each in room.commands())
    return DecisionTables(
        kinds=_by_name((each.name, each) for room in features for each in room.kinds),
        replies=_by_name(each for room in features for each in room.replies().items()),
        commands=table,
        grammar=_grammar(table.values(), own_templates or {}),
    )


def _grammar(commands: Collection[StudentCommand], own_templates: Mapping[str, str]) -> "Grammar":
    from maildriver.letters.languages import languages_of
    from maildriver.mail.command.grammar import ARGUMENTS, Grammar

    arguments = {each.name: each.argument for each in commands} | dict(ARGUMENTS)
    languages = [*languages_of(own_templates), *_languages_of_rooms(commands)]
    try:
        return Grammar.of(languages, arguments)
    except ValueError as error:
        if not own_templates:
            raise
        raise ConfigError(
            f"the words of commands in templates cannot be used: {error}",
            hint="Correct commands.toml or cadence.toml in the folder of that language.",
        ) from error


def course_keys(features: Iterable[Feature] = FEATURES) -> tuple[CourseKey, ...]:
    """Return the keys of course.toml that rooms read."""
    keys = _by_name((each.name, each) for room in features for each in room.course_keys)
    return tuple(keys.values())


def status_lines(
    conn: sa.Connection, now: datetime, features: Iterable[Feature] = FEATURES
) -> tuple[str, ...]:
    """Return the lines that rooms add to `maildriver status`."""
    return tuple(line for room in features for line in room.status_lines(conn, now))


def _by_name(rows: Iterable[tuple[str, _Row]]) -> Mapping[str, _Row]:
    found: dict[str, _Row] = {}
    for name, row in rows:
        if name in found:
            raise ValueError(f"two rooms bring {name}")
        found[name] = row
    return found


def _languages_of_rooms(commands: Iterable[StudentCommand]) -> "Iterator[LanguageWords]":
    """Yield the words that rooms bring for their commands, one language at a time."""
    from maildriver.mail.command.words import LanguageWords

    for each in commands:
        for words in each.words.values():
            yield LanguageWords(commands={each.name: words})
