"""Which mails of a batch are ours, and whose, as far as headers and the database tell it."""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.domain.token import SiteAddress
from maildriver.inbound.context import Context, contexts_of
from maildriver.mail.kind.ours import Belongs, FoundToken, found_tokens, sift
from maildriver.mail.message import Mail, read

_Headers = list[tuple[Mail, Sequence[FoundToken]]]


class Sorted(NamedTuple):
    """Whose business a mail is, and whose it says it is."""

    belongs: Belongs
    sender: str  # the address in From, in lower case; empty where there is not exactly one


async def sort(db: DatabaseThread, own: SiteAddress, headers: Sequence[bytes]) -> list[Sorted]:
    """Return whose business each mail is."""
    if not headers:
        return []
    # In a thread: a hundred headers take long enough to keep everybody else waiting.
    found = await asyncio.to_thread(_read_all, headers, own)
    return await db.read(lambda conn: _sort_all(conn, found, own))


def _read_all(headers: Sequence[bytes], own: SiteAddress) -> _Headers:
    mails = map(read, headers)
    return [(mail, found_tokens(mail, own)) for mail in mails]


def _sort_all(conn: sa.Connection, headers: _Headers, own: SiteAddress) -> list[Sorted]:
    known = contexts_of(conn, headers, own)
    return [
        Sorted(_sort(mail, each), (mail.sender or "").lower())
        for (mail, _), each in zip(headers, known, strict=True)
    ]


def _sort(mail: Mail, known: Context) -> Belongs:
    if known.joins:
        return Belongs.OURS
    return sift(mail, token_known=bool(known.named), sender_enrolled=bool(known.sender))
