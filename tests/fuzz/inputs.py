"""Small inputs of the kinds that strangers choose: what each must never do, whatever it is."""

import random
from collections.abc import Callable

from fuzz.pieces import NASTY, WORDS
from support.shipped_words import GRAMMAR

from maildriver.domain.address import base_address_of, parse_address, single_from
from maildriver.domain.token import TOKEN, SiteAddress
from maildriver.errors import AddressError
from maildriver.mail.authentication import authentication
from maildriver.mail.command.join import requested_course
from maildriver.mail.kind.auto_reply import bare_subject, has_reply_prefix
from maildriver.mail.kind.classify import SenderFacts, classify, trust
from maildriver.mail.kind.ours import found_tokens, loose_tokens
from maildriver.mail.message import read_mail

SITE = SiteAddress("course@example.net", "+")
TOKEN_OF_OURS = "xac56tlpozke7wykwxaa4ymo"
NAMES = (
    "From",
    "To",
    "Cc",
    "Subject",
    "Message-ID",
    "In-Reply-To",
    "References",
    "Return-Path",
    "Content-Type",
    "Content-Disposition",
    "Content-Transfer-Encoding",
    "Delivered-To",
    "Authentication-Results",
    "Auto-Submitted",
    "X-Failed-Recipients",
    "Received",
    "Precedence",
)
_RESULTS = (
    "mx.example.net",
    "mx",
    ";",
    "; ",
    "dmarc=",
    "spf=",
    "dkim=",
    "pass",
    "fail",
    "none",
    "(",
    ")",
    '"',
    "\\",
    "\r\n\t",
    " 1",
    "header.from=",
    "smtp.mailfrom=",
    "@",
    "=",
    " ",
    "DMARC = PASS",
    "\0",
)
_ADDRESSES = (
    "anna",
    "@",
    "example.org",
    "<",
    ">",
    '"',
    "(",
    ")",
    ",",
    ":",
    ";",
    ".",
    "+",
    " ",
    "\t",
    "\r\n ",
    "\\",
    "=?utf-8?q?a?=",
    "@",
    "xn--",
    "ü",
    "\0",
    "[",
    "]",
    "course+",
    "b-",
    TOKEN_OF_OURS,
    "-17",
    "-private",
    "example.net",
    "A" * 65,
    "undisclosed: ",
    "\u200b",
    "\udcff",
)
_COMMANDS = (
    "pause",
    "leave",
    "resume",
    "next",
    "help",
    "status",
    "undo",
    "join",
    "yes",
    "no",
    "private",
    "Abmelden",
    "2",
    "99999999999999999999",
    "weeks",
    "days",
    "Tage",
    " ",
    "\n",
    ".",
    "!",
    "please",
    "night-sky",
    "Re: ",
    "Fwd: ",
    "> ",
    "٣",
    "\u2028",
    "stop",
    ",",
    "-1",
    "0",
)


def address(chance: random.Random) -> None:
    """Read an address: it is refused, or it means itself and nothing else."""
    text = _some(chance, _ADDRESSES, 8)
    base_address_of(text)
    try:
        found = parse_address(text)
    except AddressError:
        return
    assert parse_address(found) == found, text
    assert found.isascii(), text
    assert len(found) <= 254, text
    assert not set(found) & set(' \t\r\n\0"()<>,:;\\[]'), text


def sender(chance: random.Random) -> None:
    """Read a From header: nobody, or one address that stands in it as it is."""
    text = _some(chance, _ADDRESSES, 8)
    found = single_from([text])
    assert found is None or (found in text and found.count("@") == 1), text
    assert single_from([text, text]) is None, text


def token(chance: random.Random) -> None:
    """Look for a token: what is found has its grammar."""
    text = _some(chance, _ADDRESSES, 6)
    recipient = SITE.parse(text)
    if recipient is not None and recipient.token is not None:
        assert TOKEN.fullmatch(recipient.token), text
    named = SITE.token_of(text)
    assert named is None or TOKEN.fullmatch(named), text
    for each in loose_tokens(text.encode("utf-8", "surrogateescape")):
        assert TOKEN.fullmatch(each), text


def command(chance: random.Random) -> None:
    """Read a subject and a text: a command of ours, or none."""
    subject, text = _some(chance, _COMMANDS, 6), _some(chance, _COMMANDS, 8)
    found = GRAMMAR.read(subject, text)
    assert found is None or found.duration is None or 0 < found.duration.days < 4000, text
    GRAMMAR.decision(text)
    GRAMMAR.below_private(text)
    has_reply_prefix(subject)
    bare_subject(subject)


def results(chance: random.Random) -> None:
    """Read Authentication-Results: nobody's name is believed where none was given."""
    text = _some(chance, _RESULTS, 12)
    assert authentication([text], "") == "none"
    assert authentication([text], "mx.example.net") in {"pass", "fail", "none"}
    assert authentication([f"evil.example; {text}"], "mx.example.net") == "none", text


def header(chance: random.Random) -> None:
    """Read a mail that is a few headers, and decide what it is."""
    lines = [
        f"{chance.choice(NAMES)}: {_some(chance, chance.choice(_VALUES), 6)}"
        for _ in range(chance.randint(1, 4))
    ]
    mail = read_mail(("\n".join(lines) + "\n\nyes\n").encode("utf-8", "surrogateescape"))
    known = SenderFacts(
        site_address=SITE,
        token_kind=chance.choice(("", "packet")),
        recipient_address="anna@example.org",
    )
    assert classify(mail, known).rule
    trust(mail, known)
    requested_course(mail, SITE)
    for each in found_tokens(mail, SITE):
        assert TOKEN.fullmatch(each.token), lines
    repr(mail).encode()


_VALUES = (_ADDRESSES, _RESULTS, _COMMANDS, NASTY, WORDS)

#: By name; a header costs as much as ten of the others.
KINDS: dict[str, Callable[[random.Random], None]] = {
    "address": address,
    "sender": sender,
    "token": token,
    "command": command,
    "results": results,
    "header": header,
}
_ORDER = (address, sender, token, command, results) * 3 + (header,)


def one(chance: random.Random) -> None:
    """Try one small input."""
    _ORDER[int(chance.random() * len(_ORDER))](chance)


def _some(chance: random.Random, pieces: tuple[str, ...], most: int) -> str:
    found = chance.choices(pieces, k=1 + int(chance.random() * most))
    if chance.random() < 0.2:
        found.insert(0, "".join(map(chr, chance.choices(range(1, 0x2FFF), k=4))))
    return "".join(found)
