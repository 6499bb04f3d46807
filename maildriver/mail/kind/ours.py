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
from maildriver.mail.kind.auto_reply import has_reply_prefix
from maildriver.mail.kind.bounce import bounce_rule
from maildriver.mail.message import Mail

FoundIn = Literal[
    "address", "bounce-address", "in-reply-to", "references", "returned", "subject", "body"
]

_LOOSE = re.compile(rb"(?:\+(?:b-)?|-(?:b-)?|<|Ref )([a-z2-7]{24})(?![a-z0-9])", re.IGNORECASE)
_IN_SUBJECT = re.compile(r"(?:#(?P<about>\d{1,12})\b.{0,200})?\b[Rr]ef (?P<token>[a-z2-7]{24})\b")
_REFERENCE = re.compile(r"\b\w{2,12} ([a-z2-7]{24})\b")
_MOST = 50


class Relevance(Enum):
    """The relevance of a mail to the course."""

    OURS = "ours"
    DOUBT = "doubt"
    STRANGER = "stranger"


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token and its place: a body may be forwarded, an address is written for us."""

    token: str
    found_in: FoundIn
    about: str = ""  # which part of that message is answered: see domain.token.ParsedAddress


def found_tokens(mail: Mail, site_address: SiteAddress) -> list[FoundToken]:
    """Return the tokens in a mail, each once, those in the strongest places first."""
    found = dict[str, FoundToken]()
    for each in _tokens(mail, site_address):
        found.setdefault(each.token, each)
    return list(found.values())[:_MOST]


def loose_tokens(raw: bytes) -> list[str]:
    """Return everything that looks like a token in unparsed bytes."""
    found = dict.fromkeys(match.decode("ascii").lower() for match in _LOOSE.findall(raw))
    return list(found)[:_MOST]


def relevance_of(mail: Mail, *, token_known: bool, sender_enrolled: bool) -> Relevance:
    """Return the relevance of a mail by its header alone."""
    if token_known or sender_enrolled:
        return Relevance.OURS
    may_answer = bool(
        mail.in_reply_to or mail.references or has_reply_prefix(mail.subject) or mail.danger
    )
    if may_answer or bounce_rule(mail) or mail.header("return-path") == "<>":
        return Relevance.DOUBT
    return Relevance.STRANGER


def _tokens(mail: Mail, site_address: SiteAddress) -> Iterator[FoundToken]:
    for address in mail.recipients:
        recipient = site_address.parse(address)
        if recipient is not None and recipient.token:
            place: FoundIn = "bounce-address" if recipient.bounce else "address"
            yield FoundToken(recipient.token, place, recipient.about)
    ids: tuple[tuple[tuple[str, ...], FoundIn], ...] = (
        (mail.in_reply_to, "in-reply-to"),
        (mail.references, "references"),
        (mail.returned_ids, "returned"),
    )
    for values, at in ids:
        for value in values:
            if token := site_address.token_of(value):
                yield FoundToken(token, at)
    if named := _IN_SUBJECT.search(mail.subject):  # a provider without sub-addressing
        yield FoundToken(named["token"], "subject", named["about"] or "")
    for text in (mail.body.text, mail.body.html_quote):
        for token in _REFERENCE.findall(text):
            yield FoundToken(token, "body")
