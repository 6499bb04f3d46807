"""What somebody may have meant who wrote a word that we do not know, and how to quote it."""

from collections.abc import Iterable
from difflib import get_close_matches

_LONGEST = 60


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "host"?`, or nothing where no known word comes near."""
    words = {each.lower(): each for each in known}
    # Comparing costs the product of the lengths, and the word may be a stranger's.
    near = get_close_matches(word[:_LONGEST].strip().lower(), words, n=1)
    return f'; did you mean "{words[near[0]]}"?' if near else ""


def quoted(text: str) -> str:
    """Return a stranger's text in quotes, short and with nothing in it that moves a cursor."""
    short = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return f'"{short}"' if short.isprintable() else ascii(short)
