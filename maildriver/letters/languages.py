"""The languages of a site: a folder of templates each, with the words of its commands."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from maildriver.errors import ConfigError
from maildriver.letters.frontmatter import FrontMatterError, parse_toml
from maildriver.letters.jinja import OurMarkdown
from maildriver.letters.shipped import shipped_templates
from maildriver.mail.command.words import BESIDE, CADENCE, LanguageWords, Lists

COMMANDS_FILE = "commands.toml"
CADENCE_FILE = "cadence.toml"
_HINT = "Compare it with templates/en/{file} of maildriver, correct it, then run this again."


def languages_of(own: Mapping[str, str]) -> list[LanguageWords]:
    """Return the words of every language, shipped or in a site's own templates.

    A list in a site's own file takes the place of the shipped list. Raise ConfigError for a file
    that cannot be used.
    """
    files = (name.partition("/") for name in {*shipped_templates(), *own})
    codes = {code for code, _, file in files if file in {COMMANDS_FILE, CADENCE_FILE}}
    return [_language(code, own) for code in sorted(codes)]


def help_lines(own: Mapping[str, str], languages: Iterable[str]) -> Sequence[OurMarkdown]:
    """Return the line of each command for the help mail, in the first language that has them."""
    for code in languages:
        lines: dict[str, str] = {}
        for source in (shipped_templates(), own):
            tables = _tables(_values(source, f"{code}/{COMMANDS_FILE}"))
            lines |= {key: table["help"] for key, table in tables.items() if "help" in table}
        if lines:
            return tuple(OurMarkdown(line) for line in lines.values())
    return ()


def _language(code: str, own: Mapping[str, str]) -> LanguageWords:
    commands: dict[str, Sequence[str]] = {}
    beside: dict[str, Sequence[str]] = {}
    cadence: dict[str, Sequence[str]] = {}
    for source in (shipped_templates(), own):
        name = f"{code}/{COMMANDS_FILE}"
        values = _values(source, name)
        tables = _tables(values)
        commands |= {key: _command_words(name, key, table) for key, table in tables.items()}
        lists = {key: value for key, value in values.items() if key not in tables}
        beside |= _lists(name, lists, BESIDE)
        name = f"{code}/{CADENCE_FILE}"
        cadence |= _lists(name, _values(source, name), CADENCE)
    return LanguageWords(commands, beside, cadence)


def _values(source: Mapping[str, str], name: str) -> dict[str, Any]:
    try:
        return dict(_parsed(source.get(name, "")))
    except FrontMatterError as error:
        raise _fault(name, f"line {error.line}: {error}") from None


def _tables(values: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {key: value for key, value in values.items() if isinstance(value, dict)}


@cache
def _parsed(text: str) -> Mapping[str, Any]:
    return parse_toml(text)


def _command_words(name: str, command: str, table: Mapping[str, Any]) -> Sequence[str]:
    if set(table) - {"words", "help"} or not isinstance(table.get("help", ""), str):
        raise _fault(name, f"[{command}] must have words, a list, and help, a text")
    words = _words(name, f"words of [{command}]", table.get("words", []))
    for word in words:
        if len(word.split()) != 1:
            raise _fault(name, f'"{word}" in [{command}] is not one word')
    return words


def _lists(name: str, values: Mapping[str, Any], known: Sequence[str]) -> Lists:
    for key in values:
        if key not in known:
            raise _fault(name, f"nothing is called {key}")
    found = {key: _words(name, key, value) for key, value in values.items()}
    for pattern in found.get("unclear", ()):
        try:
            re.compile(pattern)
        except re.error as error:
            raise _fault(name, f"'{pattern}' is no regular expression: {error}") from None
    return found


def _words(name: str, key: str, value: object) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _fault(name, f'{key} must be a list of words, such as ["pause"]')
    return tuple(each.lower() for each in value if each)


def _fault(name: str, what: str) -> ConfigError:
    file = name.partition("/")[2]
    return ConfigError(f"templates/{name}: {what}", hint=_HINT.format(file=file))
