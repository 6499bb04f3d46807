"""A language is a folder of templates: what each has, and what one more needs."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from support.composed_mails import ADA, COURSE, DATE, FIELDS, SITE, TOKEN, a_mail

from maildriver.app.features import decision_tables
from maildriver.domain.hold_reason import HoldReason, Why
from maildriver.domain.message_kind import NOTE
from maildriver.errors import ConfigError
from maildriver.letters.composer import Composer
from maildriver.letters.frame import RenderedMessage
from maildriver.letters.labels import Templates, labels_for, reason_in
from maildriver.letters.languages import languages_of
from maildriver.letters.shipped import shipped_templates
from maildriver.mail.command.cadence import CadenceRequest
from maildriver.mail.command.grammar import Command
from maildriver.mail.command.words import BESIDE, CADENCE

FILES = ("commands.toml", "cadence.toml", "labels.toml", "reasons.toml")
CODES = sorted({name.partition("/")[0] for name in shipped_templates() if "/" in name})
RE = "Re: 3. Moons"
PORTUGUESE = {
    "pt/commands.toml": """
private = ["privado"]
yes = ["sim"]
no = ["não"]
please = ["por-favor"]
polite = ["agora"]
was_me = ["fui", "eu"]
for = ["por"]
day = ["dia", "dias"]
week = ["semana", "semanas"]

[pause]
words = ["pausa"]
help = "**pausa**, ou **pausa 2 semanas**: sem lições até lá"

[leave]
words = ["sair"]
help = "**sair**: deixar o curso já"

[cadence]
words = ["enviar"]
help = "**enviar terça às 7h**: é então que as lições chegam"
""",
    "pt/cadence.toml": """
tuesday = ["terça", "terças"]
friday = ["sexta", "sextas"]
at = ["às"]
in = ["em"]
filling = ["e"]
twice = ["duas"]
times = ["vezes"]
a_week = ["por semana"]
unclear = ['mais (?:devagar|depressa)']
""",
}


def paths(values: Mapping[str, Any], above: str = "") -> Iterator[str]:
    for key, value in values.items():
        yield f"{above}{key}"
        if isinstance(value, dict):
            yield from paths(value, f"{above}{key}.")


def keys_of(name: str) -> list[str]:
    return list(paths(tomllib.loads(shipped_templates()[name])))


# -- the folders ------------------------------------------------------------------------


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("code", CODES)
def test_each_file_of_a_language_has_every_key_of_the_english_one(code: str, file: str) -> None:
    if f"{code}/{file}" in shipped_templates():
        assert sorted(keys_of(f"{code}/{file}")) == sorted(keys_of(f"en/{file}"))


def test_the_english_folder_has_every_file_and_every_list() -> None:
    commands = decision_tables().commands

    assert all(f"en/{file}" in shipped_templates() for file in FILES)
    assert set(keys_of("en/cadence.toml")) == set(CADENCE)
    tables = {f"{name}{part}" for name in commands for part in ("", ".words", ".help")}
    assert set(keys_of("en/commands.toml")) == {*BESIDE, *tables}
    assert set(keys_of("en/reasons.toml")) == set(Why)


def test_no_word_names_two_commands_in_any_two_languages() -> None:
    meanings: dict[str, set[str]] = {}
    for language in languages_of({}):
        for name, words in language.commands.items():
            for word in words:
                meanings.setdefault(word, set()).add(name)

    assert [word for word, names in meanings.items() if len(names) > 1] == []


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("why", Why)
def test_a_reason_shows_the_same_values_in_each_language(code: str, why: Why) -> None:
    values: dict[str, str | int] = {"command": "next", "most": 30, "megabytes": 100}
    said = {
        each: reason_in(Templates({}, {}), each, HoldReason(why, values)) for each in ("en", code)
    }

    assert "{" not in said[code]
    for value in map(str, values.values()):
        assert (f" {value} " in f" {said[code]} ") == (f" {value} " in f" {said['en']} ")
    assert code == "en" or said[code] != said["en"]


# -- one more ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Pausa", Command("pause")),
        ("pausa por 2 semanas", Command("pause", timedelta(weeks=2))),
        ("sair agora", Command("leave")),
        ("Por-favor sair", Command("leave")),
        ("pause 2 semanas", Command("pause", timedelta(weeks=2))),
        ("enviar terças e sextas às 7",
         Command("cadence", cadence=CadenceRequest(frozenset({1, 4}), time(7)))),
        ("enviar em Lisbon", Command("cadence", cadence=CadenceRequest(zone="Europe/Lisbon"))),
        ("enviar duas vezes por semana, terça e sexta",
         Command("cadence", cadence=CadenceRequest(frozenset({1, 4})))),
        ("enviar mais devagar", Command("cadence")),
        ("sair de casa é bom", None),
    ],
)  # fmt: skip
def test_a_language_is_one_folder(text: str, command: Command | None) -> None:
    grammar = decision_tables(own_templates=PORTUGUESE).grammar

    assert grammar.read(RE, text) == command
    assert decision_tables().grammar.read(RE, text) is None


def test_a_language_brings_its_words_for_decisions_and_privacy() -> None:
    grammar = decision_tables(own_templates=PORTUGUESE).grammar

    assert (grammar.decision("Sim."), grammar.decision("não")) == (True, False)
    assert grammar.yes_or_no("Sim, fui eu") is True
    assert grammar.below_private("Privado\n\nOlá.") == "Olá."


def a_letter(name: str, language: str, course_language: str) -> RenderedMessage:
    composer = Composer(replace(SITE, overrides=PORTUGUESE))
    reader, course = replace(ADA, language=language), replace(COURSE, language=course_language)
    mail = a_mail(reader, course, NOTE)
    return composer.compose_letter(mail, name, FIELDS, token=TOKEN, date=DATE)


@pytest.mark.parametrize(
    ("course_language", "says"), [("de", "schreiben können"), ("en", "can write"), ("fr", "can")]
)
def test_letters_to_who_has_words_alone_are_in_the_courses_language(
    course_language: str, says: str
) -> None:
    mail = a_letter("help", "pt-BR", course_language)

    assert says in mail.subject
    assert "**" not in mail.html
    assert "sem lições até lá" in " ".join(mail.text.split())


def test_labels_and_reasons_are_then_in_the_courses_language() -> None:
    templates = Templates({}, PORTUGUESE, "de-AT")

    assert labels_for(templates, "pt")["language"] == "de"
    german = reason_in(templates, "de", HoldReason(Why.UNPROVEN))
    assert reason_in(templates, "pt", HoldReason(Why.UNPROVEN)) == german


def test_a_list_of_a_sites_own_takes_the_place_of_the_shipped_one() -> None:
    own = {"de/commands.toml": '[pause]\nwords = ["Ruhe"]\n'}
    grammar = decision_tables(own_templates=own).grammar

    assert grammar.read(RE, "ruhe") == Command("pause")
    assert grammar.read(RE, "pausieren") is None
    assert grammar.read(RE, "weiter") == Command("resume")


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("pt/commands.toml", '[pause]\nwords = "pausa"\n', "must be a list of words"),
        ("pt/commands.toml", '[pause]\nwords = ["uma pausa"]\n', "is not one word"),
        ("pt/commands.toml", '[pause]\nword = ["pausa"]\n', "must have words"),
        ("pt/commands.toml", '[rest]\nwords = ["pausa"]\n', "no such command"),
        ("pt/commands.toml", '[pause]\nwords = ["stop"]\n', "stop means"),
        ("pt/commands.toml", "[pause\n", "line 1: invalid TOML"),
        ("pt/commands.toml", 'privat = ["privado"]\n', "nothing is called privat"),
        ("pt/cadence.toml", 'monday = ["di"]\n', "di means"),
        ("pt/cadence.toml", "unclear = ['(']\n", "is no regular expression"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(name: str, text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem) as told:
        decision_tables(own_templates={name: text})

    assert told.value.hint
