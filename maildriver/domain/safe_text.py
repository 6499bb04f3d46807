"""The words of a post as others may see them: plain lines, from which nothing can break out."""

import re
import unicodedata

MOST_LINES = 400
MOST_CHARACTERS = 20_000
_LONGEST_NAME = 60

#: Zero-width joiners hold emoji and the letters of some scripts together; they stay.
_JOINERS = "\u200c\u200d"
_BLANK = re.compile(r"\n{3,}")
#: A token of ours (domain.token), wherever it stands: whoever shows it is taken for its owner.
#: Without a digit in it, it is one only where we write it: somebody's word may be as long.
_TOKEN = re.compile(
    r"(?<![a-z0-9])(?:(?=[a-z]{0,23}[2-7])|(?<=ref )|(?<=\+)|(?<=\+b-))[a-z2-7]{24}(?![a-z0-9])",
    re.IGNORECASE,
)
HIDDEN = "[…]"
_WHOLE_ADDRESS = re.compile(r"<?(?:mailto:)?[^\s<>@()\[\]:;,\"|]{1,128}@[^\s<>@()\"|,;]{1,253}>?")
_BREAK = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def clean_text(text: str) -> str:
    """Return a text without controls, marks that turn its direction, and tokens of ours.

    Longer than 400 lines or 20,000 characters it is cut, and says so; the whole is kept in
    the database.
    """
    text = unicodedata.normalize("NFC", _BREAK.sub("\n", text))
    kept = "".join(
        " " if char == "\t" else char
        for char in text
        if char in "\n\t" or char in _JOINERS or unicodedata.category(char)[0] != "C"
    )
    lines = [line.rstrip() for line in without_tokens(kept[:MOST_CHARACTERS]).split("\n")]
    shown = "\n".join(lines[:MOST_LINES])
    if len(kept) > MOST_CHARACTERS or len(lines) > MOST_LINES:
        shown += "\n[…]"
    return _BLANK.sub("\n\n", shown).strip("\n")


def without_addresses(text: str) -> str:
    """Return a text in which no address can be read, and no token of ours."""
    return without_tokens(_WHOLE_ADDRESS.sub(HIDDEN, text))


def without_tokens(text: str) -> str:
    """Return a text that can be shown to others although it quotes a mail of ours."""
    return _TOKEN.sub(HIDDEN, text)


def clean_name(name: str) -> str:
    """Return a name on one line, in which nothing can be taken for an anchor or an address."""
    words = clean_text(name).replace("\n", " ").translate(_NO_MARKS)
    return " ".join(words.split())[:_LONGEST_NAME].strip()


#: What frames a name in a digest cannot stand in it; nor can an address be hidden there.
_NO_MARKS = str.maketrans(dict.fromkeys('[]#<>"|@', " "))
