"""Triage of new mails by header: ours, doubtful, or a stranger's."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.domain.token import SiteAddress
from maildriver.inbound.context import Context, contexts_of
from maildriver.mail.kind.ours import FoundToken, Relevance, found_tokens, relevance_of
from maildriver.mail.message import Mail, read_mail

_Headers = list[tuple[Mail, Sequence[FoundToken]]]


class Triage(NamedTuple):
    """The relevance of a mail to the site, and the sender it names."""

    belongs: Relevance
    sender: str  # the address in From, in lower case; empty where there is not exactly one


async def triage(db: DatabaseThread, own: SiteAddress, headers: Sequence[bytes]) -> list[Triage]:
    """Return the triage of each mail, from its header and the database."""
    if not headers:
        return []
    # In a thread: parsing a hundred headers would block the event loop too long.
    found = await asyncio.to_thread(_read_all, headers, own)
    return await db.read(lambda conn: _sort_all(conn, found, own))


def _read_all(headers: Sequence[bytes], own: SiteAddress) -> _Headers:
    mails = map(read_mail, headers)
    return [(mail, found_tokens(mail, own)) for mail in mails]


def _sort_all(conn: sa.Connection, headers: _Headers, own: SiteAddress) -> list[Triage]:
    known = contexts_of(conn, headers, own)
    return [
        Triage(_triage(mail, each), (mail.sender or "").lower())
        for (mail, _), each in zip(headers, known, strict=True)
    ]


def _triage(mail: Mail, known: Context) -> Relevance:
    if known.joins:
        return Relevance.OURS
    return relevance_of(mail, token_known=bool(known.named), sender_enrolled=bool(known.sender))
