"""The tables of phrases: each item is well-formed, and each concept is used."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

import maildriver.mail.phrases

_FOLDER = Path(maildriver.mail.phrases.__file__).parent
_FILES = sorted(_FOLDER.glob("*.toml"))
_CODE = "\n".join(file.read_text(encoding="utf-8") for file in _FOLDER.parent.rglob("*.py"))
_LANGUAGE = re.compile(r"any|[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?")  # BCP 47


def _concepts() -> list[Any]:
    return [
        pytest.param(file.stem, concept, languages, id=f"{file.stem}-{concept}")
        for file in _FILES
        for concept, languages in tomllib.loads(file.read_text(encoding="utf-8")).items()
    ]


def test_there_are_tables() -> None:
    assert _FILES


@pytest.mark.parametrize(("topic", "concept", "languages"), _concepts())
def test_a_concept_has_languages_and_each_item_once(
    topic: str, concept: str, languages: dict[str, list[str]]
) -> None:
    items = [item for each in languages.values() for item in each]
    assert all(_LANGUAGE.fullmatch(language) for language in languages), topic
    assert all(languages.values()), f"{concept} has an empty language"
    assert all(isinstance(item, str) and item.strip() for item in items)
    assert [item for item, count in Counter(items).items() if count > 1] == []


@pytest.mark.parametrize(("topic", "concept", "languages"), _concepts())
def test_each_item_compiles_alone(
    topic: str, concept: str, languages: dict[str, list[str]]
) -> None:
    for item in (item for each in languages.values() for item in each):
        re.compile(re.escape(item) if _is_of_words(topic, concept) else item)


@pytest.mark.parametrize(("topic", "concept", "languages"), _concepts())
def test_the_code_uses_each_concept(
    topic: str, concept: str, languages: dict[str, list[str]]
) -> None:
    assert f'"{topic}"' in _CODE.replace("'", '"')
    assert f'"{concept}"' in _CODE.replace("'", '"'), f"nothing reads {topic}.{concept}"
    assert languages


def _is_of_words(topic: str, concept: str) -> bool:
    call = rf"""(words|phrases)\(['"]{topic}['"], (?:['"]{concept}['"]|\*_ROLES|role)"""
    return re.search(call, _CODE) is not None
