"""Text and names from students, made safe to show to others."""

import re
import unicodedata

MOST_LINES = 400
MOST_CHARACTERS = 20_000
_LONGEST_NAME = 60

#: Zero-width joiners hold emoji and the letters of some scripts together; they stay.
_JOINERS = "\u200c\u200d"
_BLANK = re.compile(r"\n{3,}")
#: A token of ours (domain.token), anywhere in a text: whoever has it can pass for the student.
#: Without a digit it counts only where we write tokens, since a word may be as long.
_TOKEN = re.compile(
    r"(?<![a-z0-9])(?:(?=[a-z]{0,23}[2-7])|(?<=ref )|(?<=\+)|(?<=\+b-))[a-z2-7]{24}(?![a-z0-9])",
    re.IGNORECASE,
)
HIDDEN = "[…]"
_WHOLE_ADDRESS = re.compile(r"<?(?:mailto:)?[^\s<>@()\[\]:;,\"|]{1,128}@[^\s<>@()\"|,;]{1,253}>?")
_BREAK = re.compile(r"\r\n|[\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def clean_text(text: str) -> str:
    """Return a text without control characters, bidirectional marks, and tokens of ours.

    A text of more than 400 lines or 20,000 characters is cut and marked with […]; the
    database keeps the whole.
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
    """Return a text with all addresses and tokens of ours hidden."""
    return without_tokens(_WHOLE_ADDRESS.sub(HIDDEN, text))


def without_tokens(text: str) -> str:
    """Return a text with all tokens of ours hidden, so that others may see quoted mail."""
    return _TOKEN.sub(HIDDEN, text)


def clean_name(name: str) -> str:
    """Return a name on one line, in which nothing can pass for an anchor or an address."""
    words = clean_text(name).replace("\n", " ").translate(_NO_MARKS)
    return " ".join(words.split())[:_LONGEST_NAME].strip()


#: Characters that frame a name in a digest, or that an address needs.
_NO_MARKS = str.maketrans(dict.fromkeys('[]#<>"|@', " "))
