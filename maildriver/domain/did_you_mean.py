"""Suggestions for an unknown word, and safe quoting of strangers' text."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 60


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "host"?`, or "" if no known word is close."""
    words = {each.lower(): each for each in known}
    # Comparing costs the product of the lengths, and the word may be a stranger's.
    near = get_close_matches(word[:_LONGEST].strip().lower(), words, n=1)
    return f'; did you mean "{words[near[0]]}"?' if near else ""


def quoted(text: str) -> str:
    """Return a stranger's text in quotes, shortened, with unprintable characters escaped."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f'"{short}"' if short.isprintable() else ascii(short)
