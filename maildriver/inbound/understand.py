"""From mails that were read to what is known of them: whose they are, and what they say.

Many mails at a time, as long as no two of them are about the same people: what is known of a
mail must be what stands when all before it has had its effect.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.discussion import sent_texts
from maildriver.domain.ids import MailId
from maildriver.domain.token import SiteAddress
from maildriver.inbound.context import Acquaintance, acquaintances
from maildriver.inbound.files import files_of_mail
from maildriver.inbound.understood import Taken
from maildriver.letters.writer import Letters
from maildriver.mail.authentication import authentication
from maildriver.mail.boilerplate.learned_signature import Earlier
from maildriver.mail.kind.bounce import read_bounces
from maildriver.mail.kind.classify import Known, classify
from maildriver.mail.kind.ours import FoundToken, found_tokens
from maildriver.mail.message import Mail
from maildriver.mail.reply.read import Written, written
from maildriver.mail.truncated import is_beginning
from maildriver.sandbox.process import Jail, JailError
from maildriver.store import courses, inbox, posts

_EARLIER = 8  # mails of a writer, from which their signature is learnt
_SECONDS = 2.0  # for the words of a mail
_WITH_WORDS = {"post", "confirmation", "forward"}
_OF_OTHERS = {"hold", "note"}  # kinds of ours whose answers may change how others' mail is taken


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail of the inbox that was read, and nothing else is known of it."""

    row: inbox.Row
    raw: bytes
    mail: Mail


@dataclass(frozen=True, slots=True)
class _Met:
    """A mail whose sender was looked up."""

    read: ReadMail
    known: Acquaintance
    taken: Taken


@dataclass(frozen=True, slots=True)
class Understanding:
    """Finds out all that has to be known of a mail before anything is done about it."""

    db: DatabaseThread
    letters: Letters
    own: SiteAddress
    authserv_id: str
    jail: Jail

    async def of_first(self, mails: Sequence[ReadMail]) -> list[Taken | JailError]:
        """Understand mails from the first on, as many as may be decided at once: one at least."""
        met = await self._meet(mails)
        with_words = [each for each in met if each.taken.verdict.kind in _WITH_WORDS]
        found = dict(zip(map(id, with_words), await self._written(with_words), strict=True))
        return [await self._completed(each, found.get(id(each))) for each in met]

    async def _meet(self, mails: Sequence[ReadMail]) -> list[_Met]:
        tokens = [(each.mail, found_tokens(each.mail, self.own)) for each in mails]
        found = await self.db.read(lambda conn: look_up(conn, tokens, self.own))
        count = _apart(
            [(mail, known) for (mail, _), (known, _) in zip(tokens, found, strict=True)]
        )
        return [
            self._met(each, *of_it)
            for each, of_it in zip(mails[:count], found[:count], strict=True)
        ]

    def _met(self, read: ReadMail, known: Acquaintance, titles: tuple[str, ...]) -> _Met:
        mail = read.mail
        fact = known_of(read.row, mail, known, titles, self.own, self.authserv_id)
        taken = Taken(
            row=read.row,
            mail=mail,
            verdict=classify(mail, fact),
            answers=known.answers,
            named=known.named,
            about=known.about,
            enrolment=known.enrolment,
            known=fact,
            is_cut=is_beginning(read.raw, read.row.size),
        )
        return _Met(read, known, taken)

    async def _written(self, mails: Sequence[_Met]) -> list[Written | JailError]:
        """Read what people wrote, and by which posts it stands that they answer."""
        if not mails:
            return []
        found = await self.db.read(
            lambda conn: [
                what_is_known(conn, self.letters, each.known, before=each.read.row.id)
                for each in mails
            ]
        )
        calls = []
        for each, (quotable, earlier) in zip(mails, found, strict=True):
            answers, body = each.taken.answers, each.read.mail.body
            kind = "" if answers is None else answers.kind
            calls.append((_SECONDS, (body.whole, quotable, body.cut, earlier, kind)))
        return await self.jail.call_each(written, calls)

    async def _completed(self, met: _Met, found: Written | JailError | None) -> Taken | JailError:
        """Return a mail with its words, its files and its bounces, or how it cannot be read."""
        taken, raw = met.taken, met.read.raw
        if isinstance(found, JailError):
            return found
        try:
            if taken.verdict.kind == "bounce":
                bounces = await self.jail.call(read_bounces, taken.mail, raw)
                return replace(taken, bounces=bounces)
            if found is None:
                return taken
            taken = replace(taken, trimmed=found.trimmed, parts=found.parts, whole=found.whole)
            if taken.mail.files or taken.is_cut:
                came, is_whole = await files_of_mail(self.jail, raw, is_cut=taken.is_cut)
                taken = replace(taken, files=came, is_cut=not is_whole)
        except JailError as error:
            return error
        return taken


def _apart(mails: Sequence[tuple[Mail, Acquaintance]]) -> int:
    """Return how many mails, from the first on, are about different people."""
    seen: set[str] = set()
    for number, (mail, known) in enumerate(mails):
        people = known.people(mail)
        of_others = known.answers is not None and known.answers.kind in _OF_OTHERS
        if number and (of_others or people & seen):
            return number
        if of_others:
            return 1
        seen |= people
    return len(mails)


def look_up(
    conn: sa.Connection, mails: Sequence[tuple[Mail, Sequence[FoundToken]]], own: SiteAddress
) -> list[tuple[Acquaintance, tuple[str, ...]]]:
    """Return what is known of mails, and the titles of the lessons that each may answer."""
    found = []
    for known in acquaintances(conn, mails, own):
        owner = known.enrolment
        found.append((known, tuple(courses.titles(conn, owner.course)) if owner else ()))
    return found


def known_of(
    row: inbox.Row,
    mail: Mail,
    known: Acquaintance,
    titles: tuple[str, ...],
    own: SiteAddress,
    authserv_id: str,
) -> Known:
    """Return what the database says about a mail, as classification asks for it."""
    return Known(
        own=own,
        token_kind=known.answers.kind if known.answers else "",
        token_place=known.place,
        owner=known.answers.address.lower() if known.answers else "",
        owner_writes_from=known.writes_from,
        sender_enrolled=bool(known.sender),
        vouched=row.sender_confirmed,
        joins=known.joins,
        subjects=titles,
        authentication=authentication(mail.headers.get("authentication-results", ()), authserv_id),
    )


def what_is_known(
    conn: sa.Connection, letters: Letters, known: Acquaintance, *, before: MailId
) -> tuple[tuple[str, ...], tuple[Earlier, ...]]:
    """Return what the student may be quoting of what we sent, and what they wrote before.

    `before` is the id of the mail that may quote it.
    """
    if known.enrolment is None or known.answers is None:
        return (), ()
    quotable = sent_texts.texts(conn, letters, known.answers, known.enrolment)
    return quotable, tuple(posts.latest(conn, known.enrolment.id, _EARLIER, before))
