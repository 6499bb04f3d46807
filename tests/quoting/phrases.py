"""What mail programs put around the words of their users, in the languages they speak."""

import re
import tomllib
from pathlib import Path

_HERE = Path(__file__).parent
_ADDRESS = re.compile(r"(?<!\w)@(?!\w)")
_NAME = re.compile(r"(?<!\w)N(?!\w)")


def _load(name: str) -> dict[str, dict[str, str]]:
    return tomllib.loads((_HERE / name).read_text())


#: By program, by language.
INTRODUCTIONS = _load("introductions.toml")
HEADERS = _load("headers.toml")
#: By program.
TAILS: dict[str, list[str]] = tomllib.loads((_HERE / "tails.toml").read_text())


def filled(phrase: str, name: str, address: str) -> str:
    """Return a phrase with the name and the address of whoever is quoted."""
    return _ADDRESS.sub(lambda _: address, _NAME.sub(lambda _: name, phrase))
