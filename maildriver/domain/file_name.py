"""Names of received files, made safe to show, attach and save.

No name ever reaches the file system here: files are stored by their hash. But recipients
save them, so no name may lead out of a folder, hide its extension or be that of a device.
"""

import re
import unicodedata
from collections.abc import Collection

LONGEST = 120  # characters
_MOST_BYTES = 200  # of UTF-8; file systems allow 255, and a header line 998 when encoded
_LONGEST_EXTENSION = 10
_NAMELESS = "file"

#: Cf, Zl, Zp: invisible characters that change the direction of a text or end its line.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_FILLERS = "\u115f\u1160\u3164\uffa0"  # letters without a visible shape
_KEPT_MARKS = frozenset(" .,()+=-_&'!~")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_DIRECTION = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_EXTENSION = re.compile(rf"\.([A-Za-z0-9]{{1,{_LONGEST_EXTENSION}}})$")
_PADDED = re.compile(r"\s{4}")


def clean_file_name(given: str) -> str:
    """Return a safe name: no folder, control, bidirectional mark, leading dot or dash.

    The name is on one line, has at most 120 characters, and keeps its extension.
    """
    given = given[-4096:].replace("\\", "/").rstrip("/").rpartition("/")[2]
    kept = (_safe_character(char) for char in unicodedata.normalize("NFC", given))
    name = " ".join("".join(kept).split()).strip(" .-_")
    name = _shortened(name) or _NAMELESS
    return f"file {name}" if _DEVICE.match(name) else name


def is_disguised(given: str) -> bool:
    """Return whether a name as received tries to look like another name."""
    padded = _PADDED.search(given.strip())  # pushes the true extension out of sight
    return bool(padded or _DIRECTION.search(given) or "\0" in given)


def extension(name: str) -> str:
    """Return the extension of a name in lower case, without its dot; empty if it has none."""
    found = _EXTENSION.search(name)
    return found[1].lower() if found and found.start() > 0 else ""


def distinct_name(name: str, used: Collection[str]) -> str:
    """Return the name, with a number added if `used` has that name, in whatever case."""
    lower = {each.casefold() for each in used}
    end = extension(name)
    stem = name[: -len(end) - 1] if end else name
    tail = name[len(stem) :]
    number, other = 1, name
    while other.casefold() in lower:
        number += 1
        other = f"{stem[: LONGEST - 20]} ({number}){tail}"
    return other


def _safe_character(char: str) -> str:
    kind = unicodedata.category(char)
    if char in _KEPT_MARKS or (kind[0] in "LMN" and char not in _FILLERS):
        return char
    if kind == "Zs" or char in "\t\n\r":
        return " "
    if kind in _INVISIBLE or char in _FILLERS:
        return ""
    is_picture = (kind == "So" and char != "\ufffd") or (kind == "Sk" and not char.isascii())
    return char if is_picture else "_"


def _shortened(name: str) -> str:
    end = len(extension(name))
    tail = name[len(name) - end - 1 :] if end else ""
    stem = name.removesuffix(tail)[: LONGEST - len(tail)]
    while len((stem + tail).encode()) > _MOST_BYTES:
        stem = stem[:-1]
    return stem.rstrip(" .-_") + tail
