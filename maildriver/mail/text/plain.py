"""Plain text as its writer saw it: unflowed, unescaped, without PGP frames."""

import re

_ENRICHED = re.compile(r"<(/?)([A-Za-z0-9-]{1,60})>|<<|(\n+)")
_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_SIGNATURE_END = "-----END PGP SIGNATURE-----"
_ENCRYPTED = "-----BEGIN PGP MESSAGE-----"
_ENCRYPTED_END = "-----END PGP MESSAGE-----"


def plain_lines(text: str) -> str:
    """Return a text with LF line ends and no NUL."""
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")


def unflowed(text: str, *, delsp: bool) -> str:
    """Return format=flowed text with its lines joined, at each quote depth (RFC 3676 4)."""
    out: list[list[str]] = []
    depth_before, flows = 0, False
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        bare = bare.removeprefix(" ")
        if not (flows and depth == depth_before and out and bare != "-- "):
            out.append([f"{'>' * depth} "] if depth else [])
        flows = bare.endswith(" ") and bare != "-- "
        depth_before = depth
        out[-1].append(bare.removesuffix(" ") if flows and delsp else bare)
    lines = ["".join(pieces) for pieces in out]
    return "\n".join(line.rstrip() if line != "-- " else line for line in lines)


def mbox_unescaped(text: str) -> str:
    """Return a text without the > that the mbox format puts before "From ".

    Next to other lines with >, such a line is a quotation and stays.
    """
    if ">From " not in text:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        beside = lines[max(0, number - 1) : number] + lines[number + 1 : number + 2]
        if line.startswith(">From ") and not any(each.startswith(">") for each in beside):
            lines[number] = line[1:]
    return "\n".join(lines)


def unenriched(text: str, *, old: bool) -> str:
    """Return the text of text/enriched (RFC 1896) or the older text/richtext (RFC 1341)."""
    out: list[str] = []
    place, unseen, as_it_is = 0, 0, 0
    for match in _ENRICHED.finditer(text):
        out.append("" if unseen else text[place : match.start()])
        place = match.end()
        name = (match[2] or "").lower()
        step = -1 if match[1] else 1
        if match[3] is not None:
            lines = match[3] if as_it_is else " " if len(match[3]) == 1 or old else match[3][1:]
            out.append("" if unseen else lines)
        elif not name:
            out.append("" if unseen else "<")
        elif name in {"param", "comment"}:
            unseen = max(0, unseen + step)
        elif name == "nofill":
            as_it_is = max(0, as_it_is + step)
        elif old and name in {"nl", "np", "lt"}:
            out.append({"nl": "\n", "np": "\n\n", "lt": "<"}[name] if step > 0 else "")
        elif name in {"paragraph", "excerpt"} and match[1]:
            out.append("\n")
    out.append("" if unseen else text[place:])
    return "".join(out)


def without_pgp_signature(text: str) -> str:
    """Return a clear-signed text without PGP's frame and signature (RFC 9580 7)."""
    start = text.find(_SIGNED)
    end = text.find(_SIGNATURE, start)
    if start < 0 or end < 0:
        return text
    _, _, said = text[start:end].partition("\n\n")
    if not said:
        return text
    stop = text.find(_SIGNATURE_END, end)
    below = text[stop + len(_SIGNATURE_END) :] if stop >= 0 else ""
    lines = [line.removeprefix("- ") for line in said.split("\n")]
    return text[:start] + "\n".join(lines) + below


def is_pgp_encrypted(text: str) -> bool:
    """Return whether a text is only a PGP-encrypted message."""
    start = text.find(_ENCRYPTED)
    if start < 0:
        return False
    stop = text.find(_ENCRYPTED_END, start)
    below = text[stop + len(_ENCRYPTED_END) :] if stop >= 0 else ""
    return not (text[:start] + below).strip()
