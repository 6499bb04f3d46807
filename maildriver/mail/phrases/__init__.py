"""Phrases that are recognised in any mail, in TOML files by topic, concept and language.

A language is a BCP-47 code, or `any`. A word there is taken as it is, a pattern is one
alternative of a regular expression. Modules read their tables while they are imported.
"""

import re
import tomllib
from functools import cache
from importlib.resources import files


def phrases(topic: str, concept: str) -> tuple[str, ...]:
    """Return the items of a concept in all languages, in the order of the file."""
    return tuple(item for items in _topic(topic)[concept].values() for item in items)


def words(topic: str, *concepts: str) -> str:
    """Return a pattern that matches any of the words, the longest first."""
    found = {word for concept in concepts for word in phrases(topic, concept)}
    return "|".join(re.escape(word) for word in sorted(found, key=lambda word: (-len(word), word)))


def pattern(topic: str, concept: str) -> str:
    """Return a pattern that matches any of the alternatives."""
    return "|".join(phrases(topic, concept))


@cache
def _topic(topic: str) -> dict[str, dict[str, list[str]]]:
    file = files(__name__).joinpath(f"{topic}.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))
