"""Is a mail ours to read? Told from its header; where that leaves a doubt, from its tokens.

A teacher's mailbox holds mail that is no business of ours. It is not stored, and only where
a mail may be an answer or a delivery report is its body looked through, in memory.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Literal

from maildriver.domain.token import SiteAddress
from maildriver.mail.kind.auto_reply import is_answer
from maildriver.mail.kind.bounce import looks_like_a_bounce
from maildriver.mail.message import Mail

Place = Literal[
    "address", "bounce-address", "in-reply-to", "references", "returned", "subject", "body"
]

_LOOSE = re.compile(rb"(?:\+(?:b-)?|-(?:b-)?|<|Ref )([a-z2-7]{24})(?![a-z0-9])", re.IGNORECASE)
_IN_SUBJECT = re.compile(r"(?:#(?P<about>\d{1,12})\b.{0,200})?\b[Rr]ef (?P<token>[a-z2-7]{24})\b")
_REFERENCE = re.compile(r"\b\w{2,12} ([a-z2-7]{24})\b")
_MOST = 50


class Belongs(Enum):
    """Whose business a mail is."""

    OURS = "ours"
    DOUBT = "doubt"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token, and where it stood: a body can be forwarded, an address is written for us."""

    token: str
    place: Place
    about: str = ""  # what of that message is answered: see domain.token.Recipient


def found_tokens(mail: Mail, own: SiteAddress) -> list[FoundToken]:
    """Return the tokens of a mail, the strongest place first, each once."""
    found = dict[str, FoundToken]()
    for each in _tokens(mail, own):
        found.setdefault(each.token, each)
    return list(found.values())[:_MOST]


def loose_tokens(raw: bytes) -> list[str]:
    """Return all that looks like a token in bytes that nobody has parsed."""
    found = dict.fromkeys(match.decode("ascii").lower() for match in _LOOSE.findall(raw))
    return list(found)[:_MOST]


def sift(mail: Mail, *, token_known: bool, sender_enrolled: bool) -> Belongs:
    """Decide by the header alone."""
    if token_known or sender_enrolled:
        return Belongs.OURS
    may_answer = bool(
        mail.in_reply_to or mail.references or is_answer(mail.subject) or mail.danger
    )
    if may_answer or looks_like_a_bounce(mail) or mail.header("return-path") == "<>":
        return Belongs.DOUBT
    return Belongs.STRANGER


def _tokens(mail: Mail, own: SiteAddress) -> Iterator[FoundToken]:
    for address in mail.recipients:
        recipient = own.read_recipient(address)
        if recipient is not None and recipient.token:
            place: Place = "bounce-address" if recipient.bounce else "address"
            yield FoundToken(recipient.token, place, recipient.about)
    ids: tuple[tuple[tuple[str, ...], Place], ...] = (
        (mail.in_reply_to, "in-reply-to"),
        (mail.references, "references"),
        (mail.returned_ids, "returned"),
    )
    for values, at in ids:
        for value in values:
            if token := own.read_message_id(value):
                yield FoundToken(token, at)
    if named := _IN_SUBJECT.search(mail.subject):  # a provider without sub-addressing
        yield FoundToken(named["token"], "subject", named["about"] or "")
    for text in (mail.body.text, mail.body.cut):
        for token in _REFERENCE.findall(text):
            yield FoundToken(token, "body")
