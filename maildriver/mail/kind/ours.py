"""Relevance of a mail to the course, by its header and its tokens.

A teacher's mailbox also holds private mail, which is not stored. Only if a mail may be a reply
or a delivery report is its body searched for tokens, in memory.
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
    """The relevance of a mail to the course."""

    OURS = "ours"
    DOUBT = "doubt"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token and its place: a body may be forwarded, an address is written for us."""

    token: str
    place: Place
    about: str = ""  # which part of that message is answered: see domain.token.Recipient


def found_tokens(mail: Mail, own: SiteAddress) -> list[FoundToken]:
    """Return the tokens in a mail, each once, those in the strongest places first."""
    found = dict[str, FoundToken]()
    for each in _tokens(mail, own):
        found.setdefault(each.token, each)
    return list(found.values())[:_MOST]


def loose_tokens(raw: bytes) -> list[str]:
    """Return everything that looks like a token in unparsed bytes."""
    found = dict.fromkeys(match.decode("ascii").lower() for match in _LOOSE.findall(raw))
    return list(found)[:_MOST]


def sift(mail: Mail, *, token_known: bool, sender_enrolled: bool) -> Belongs:
    """Return the relevance of a mail by its header alone."""
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
