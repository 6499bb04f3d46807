"""Which mails of a batch are ours, as far as their headers and the database tell it."""

import asyncio
from collections.abc import Sequence

import sqlalchemy as sa

from maildriver.domain.mail import Mail, read
from maildriver.domain.sift import Belongs, FoundToken, found_tokens, sift
from maildriver.domain.token import SiteAddress
from maildriver.services.acquaintance import acquaintance
from maildriver.store import outbox
from maildriver.store.thread import DatabaseThread

_Headers = list[tuple[Mail, list[FoundToken]]]


async def sort(db: DatabaseThread, own: SiteAddress, headers: Sequence[bytes]) -> list[Belongs]:
    """Return whose business each mail is."""
    if not headers:
        return []
    # In a thread: a hundred headers take long enough to keep everybody else waiting.
    found = await asyncio.to_thread(_read_all, headers, own)
    return await db.read(lambda conn: _sort_all(conn, found, own))


def _read_all(headers: Sequence[bytes], own: SiteAddress) -> _Headers:
    mails = map(read, headers)
    return [(mail, found_tokens(mail, own)) for mail in mails]


def _sort_all(conn: sa.Connection, headers: _Headers, own: SiteAddress) -> list[Belongs]:
    named = {each.token for _, tokens in headers for each in tokens}
    ours = outbox.by_token(conn, named) if named else {}
    return [
        Belongs.OURS
        if any(each.token in ours for each in tokens)
        else _sort(conn, mail, tokens, own)
        for mail, tokens in headers
    ]


def _sort(
    conn: sa.Connection, mail: Mail, tokens: Sequence[FoundToken], own: SiteAddress
) -> Belongs:
    known = acquaintance(conn, mail, tokens, own)
    if known.joins:
        return Belongs.OURS
    return sift(mail, token_known=False, sender_enrolled=bool(known.sender))
