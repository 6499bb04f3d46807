"""Whole messages of every kind that intake knows, and what may happen to them on their way."""

import random
from collections.abc import Callable

from fuzz.pieces import LINES, NASTY, WORDS
from support.raw_mails import mail, multipart, report

_QUOTE = "\n\nOn Monday, Night School wrote:\n> The pole stands still.\n> What do you see?\n"
_PICTURE = (
    "Content-Type: image/png; name=sky.png\nContent-Transfer-Encoding: base64\n"
    "Content-Disposition: attachment; filename=sky.png\n\niVBORw0KGgo=\n"
)
_HTML = (
    "Content-Type: text/html; charset=utf-8\n\n<p>I saw <b>one</b>.</p><div class=gmail_quote>"
    "<blockquote type=cite>The pole stands still.</blockquote></div>"
)


def bases(to: str) -> list[bytes]:
    """Return a message of each kind, to an address of ours."""
    here = {"to": to, "subject": "Re: 1. The pole", "message_id": "<1@client.test>"}
    text = "Content-Type: text/plain; charset=utf-8\n\nI saw ïne." + _QUOTE
    return [
        mail("I saw one." + _QUOTE, **here),
        mail("pause 2 weeks\n", **here),
        mail("I saw =C3=AFne." + _QUOTE, content_transfer_encoding="quoted-printable",
             content_type="text/plain; charset=utf-8", **here),
        mail("SSBzYXcgb25lLg==", content_transfer_encoding="base64", **here),
        mail("flowed \ntext\n> quoted \n> text\n", content_type="text/plain; format=flowed",
             **here),
        mail(_HTML.partition("\n\n")[2], content_type="text/html", **here),
        multipart(text, _HTML, kind="alternative", **here),
        multipart(text, _PICTURE, **here),
        multipart(text, "Content-Type: message/rfc822\n\n" + mail("inner").decode(), **here),
        multipart(text, "Content-Type: application/pkcs7-signature; name=x.p7s\n\nMIAG", **here),
        mail("Begin", content_type="text/calendar; method=REPLY", **here),
        mail("I am away.", auto_submitted="auto-replied", **here),
        mail("", **(here | {"subject": "help"})),
        mail("> only\n> a quotation\n", **here),
        mail("---- Forwarded message ----\nFrom: B\nTo: A\nSubject: C\n\ntext", **here),
        report(to=to),
        report(to=to, action="delayed", status="4.2.2"),
        multipart("Content-Type: text/plain\n\ncomplaint",
                  "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\n",
                  kind="report; report-type=feedback-report", **here),
    ]  # fmt: skip


def mutated(chance: random.Random, all_bases: list[bytes]) -> bytes:
    """Return one of the messages after some accidents."""
    raw = chance.choice(all_bases)
    for _ in range(chance.choice((1, 1, 2, 3, 6))):
        raw = chance.choice(_ACCIDENTS)(chance, raw, all_bases)
    return raw[:100_000]


def _flip(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    changed = bytearray(raw)
    for _n in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    first, last = sorted(chance.randrange(len(raw) + 1) for _n in range(2))
    return raw[:first] + raw[last:]


def _truncate(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    return raw[: chance.randrange(len(raw) + 1)]


def _repeat(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    lines = raw.split(b"\n")
    at = chance.randrange(len(lines))
    return b"\n".join([*lines[:at], *lines[at : at + 2] * chance.choice((2, 5, 60)), *lines[at:]])


def _put_line(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    lines = raw.split(b"\n")
    new = chance.choice(LINES).encode("latin-1", "replace")
    lines.insert(chance.randrange(len(lines) + 1), new)
    return b"\n".join(lines)


def _put_header(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    head, gap, body = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    at = chance.randrange(len(lines))
    name = lines[at].partition(b":")[0]
    value = "".join(chance.choices(NASTY + WORDS, k=chance.randint(1, 4)))
    line = name + b": " + value.encode("utf-8", "surrogateescape")
    lines[at : at + chance.randint(0, 1)] = [line]
    return b"\n".join(lines) + gap + body


def _splice(chance: random.Random, raw: bytes, all_bases: list[bytes]) -> bytes:
    other = chance.choice(all_bases)
    return raw[: chance.randrange(len(raw) + 1)] + other[chance.randrange(len(other)) :]


def _shuffle(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    lines = raw.split(b"\n")
    chance.shuffle(lines)
    return b"\n".join(lines)


def _line_ends(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    return raw.replace(b"\n", chance.choice((b"\r\n", b"\r", b"\n\r", b"\n\n", b"\x0b")))


def _long(chance: random.Random, raw: bytes, _: list[bytes]) -> bytes:
    at = chance.randrange(len(raw) + 1)
    run = chance.choice((b"a", b"> ", b"<", b"(", b"=", b"--cut\n", b" ", b";", b"\n>", b"a@b. "))
    return raw[:at] + run * chance.choice((100, 2000, 10_000)) + raw[at:]


_ACCIDENTS: tuple[Callable[[random.Random, bytes, list[bytes]], bytes], ...] = (
    _flip, _cut, _truncate, _repeat, _put_line, _put_header, _put_header, _splice, _shuffle,
    _line_ends, _long,
)  # fmt: skip
