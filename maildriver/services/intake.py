"""From the inbox to its end: every mail becomes a post, an act or a bounce, or is held.

The try is counted before the mail is read, the reading is done by a process that can be
killed, and all that follows from a mail is one transaction with its last state. So a mail
that breaks us is tried three times and held, a kill repeats nothing, and the next mail waits
for nobody.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from maildriver import crashpoint
from maildriver.actions import decide_mail, sent
from maildriver.actions.letters import Letters
from maildriver.actions.taken import Taken
from maildriver.domain.answers import Answer, split_answers
from maildriver.domain.authentication import authentication
from maildriver.domain.beginning import is_beginning
from maildriver.domain.bounce import read_bounces
from maildriver.domain.classify import Known, classify
from maildriver.domain.learnt import Earlier
from maildriver.domain.mail import Mail, read
from maildriver.domain.reply import trim
from maildriver.domain.sift import FoundToken, found_tokens
from maildriver.domain.token import SiteAddress
from maildriver.domain.whole import whole
from maildriver.errors import StoreError
from maildriver.services.acquaintance import Acquaintance, acquaintance
from maildriver.services.files_of_mail import files_of_mail, time_for
from maildriver.services.jail import Jail, JailError
from maildriver.services.tell import Tell
from maildriver.store import courses, inbox, posts
from maildriver.store.thread import DatabaseThread

log = logging.getLogger(__name__)

MOST_TRIES = 3
_BATCH = 25
_EARLIER = 8  # mails of a writer, from which their signature is learnt


@dataclass(frozen=True, slots=True)
class _Begun:
    """A mail whose try is counted, and what its reading gave."""

    tries: int
    raw: bytes = b""
    mail: Mail | None = None
    error: JailError | None = None  # neither: the same bytes came before


@dataclass(slots=True)
class Intake:
    """Understands what the poller has stored."""

    db: DatabaseThread
    owner: str
    letters: Letters
    own: SiteAddress
    authserv_id: str
    jail: Jail
    tell: Tell
    now: Callable[[], datetime]

    async def step(self) -> bool:
        """Take some of the mails that wait; return whether there were any."""
        if not await self.db.read(inbox.any_new):
            return False
        rows = await self.db.write(lambda conn: inbox.take(conn, self.owner, _BATCH))
        if rows:
            crashpoint.reached("intake.taken")
        ahead: asyncio.Task[_Begun] | None = None
        try:
            for row, following in zip(rows, [*rows[1:], None], strict=True):
                begun = await (ahead or self._begin(row))
                # The next is read while what follows from this one is written.
                ahead = asyncio.create_task(self._begin(following)) if following else None
                await self._finish(row, begun)
        finally:
            if ahead is not None and following is not None:
                await self._put_back(following, ahead)
        return bool(rows)

    async def _begin(self, row: inbox.Row) -> _Begun:
        """Count a try, then let the jail read the mail."""
        tries = await self.db.write(lambda conn: inbox.try_again(conn, row.id))
        crashpoint.reached("intake.try_counted")
        if tries > MOST_TRIES:
            return _Begun(tries)
        raw, came_before = await self.db.read(
            lambda conn: (inbox.raw(conn, row.id), inbox.same_bytes_before(conn, row.id))
        )
        if came_before:
            return _Begun(tries, raw)
        try:
            mail = await self.jail.call_within(time_for(raw), read, raw)
        except JailError as error:
            return _Begun(tries, raw, error=error)
        crashpoint.reached("intake.parsed")
        return _Begun(tries, raw, mail)

    async def _put_back(self, row: inbox.Row, ahead: asyncio.Task[_Begun]) -> None:
        """Take back the try of a mail that was begun and whose turn did not come."""
        ahead.cancel()
        (begun,) = await asyncio.gather(ahead, return_exceptions=True)
        if isinstance(begun, _Begun):
            with contextlib.suppress(StoreError):
                await self.db.write(lambda conn: inbox.untry(conn, row.id))

    async def _finish(self, row: inbox.Row, begun: _Begun) -> None:
        tries = begun.tries
        if tries > MOST_TRIES:
            await self._hold(row, "it broke intake three times")
            return
        try:
            await self._understand(row, begun)
        except JailError as error:
            log.warning("in-%d: %s (try %d)", row.id, error, tries)
            if tries == MOST_TRIES:
                await self._hold(row, f"it cannot be read: {error}")
        except StoreError:
            await self.db.write(lambda conn: inbox.untry(conn, row.id))
            raise
        except Exception:
            log.exception("in-%d: broke intake (try %d)", row.id, tries)
            if tries == MOST_TRIES:
                await self._hold(row, "it broke intake three times")

    async def _understand(self, row: inbox.Row, begun: _Begun) -> None:
        if begun.error is not None:
            raise begun.error
        raw, mail = begun.raw, begun.mail
        if mail is None:
            await self.db.write(
                lambda conn: inbox.settle(conn, row.id, state="dropped", rule=decide_mail.AGAIN)
            )
            return
        tokens = found_tokens(mail, self.own)
        known, titles = await self.db.read(lambda conn: look_up(conn, mail, tokens, self.own))
        fact = known_of(row, mail, known, titles, self.own, self.authserv_id)
        verdict = classify(mail, fact)
        taken = Taken(
            inbox=row.id,
            mail=mail,
            verdict=verdict,
            answers=known.answers,
            named=known.named,
            about=known.about,
            enrolment=known.enrolment,
            known=fact,
            is_cut=is_beginning(raw, row.size),
        )
        if verdict.kind == "bounce":
            taken = replace(taken, bounces=await self.jail.call(read_bounces, mail, raw))
        elif verdict.kind in {"post", "confirmation", "forward"}:
            taken = await self._with_words(taken, known)
            if mail.files or taken.is_cut:
                came, is_whole = await files_of_mail(self.jail, raw, is_cut=taken.is_cut)
                taken = replace(taken, files=came, is_cut=not is_whole)
        now = self.now()
        what = await self.db.write(lambda conn: _decide(conn, self.letters, taken, now))
        crashpoint.reached("intake.committed")
        log.info("in-%d: %s (%s): %s", row.id, verdict.kind, verdict.rule, what)

    async def _with_words(self, taken: Taken, known: Acquaintance) -> Taken:
        """Read what a person wrote, and by which posts it stands that they answer."""
        quotable, earlier = await self.db.read(
            lambda conn: what_is_known(conn, self.letters, known, before=taken.inbox)
        )
        text, cut = taken.mail.body.whole, taken.mail.body.cut
        trimmed = await self.jail.call(trim, text, quotable, cut, earlier)
        parts: Sequence[Answer] = (Answer(None, trimmed.reply),)
        all_of_it = ""
        if trimmed.elided or cut:
            all_of_it = await self.jail.call(whole, text, quotable, cut, earlier, trimmed.reply)
        if taken.answers is not None and taken.answers.kind == "digest":
            parts = await self.jail.call(split_answers, text, quotable, cut, earlier)
        return replace(taken, trimmed=trimmed, parts=tuple(parts), whole=all_of_it)

    async def _hold(self, row: inbox.Row, rule: str) -> None:
        await self.db.write(lambda conn: inbox.settle(conn, row.id, state="held", rule=rule))
        await self.tell("a mail that could not be read", f"in-{row.id}: {rule}")


def _decide(conn: sa.Connection, letters: Letters, taken: Taken, now: datetime) -> str:
    what = decide_mail.decide(conn, letters, taken, now)
    crashpoint.reached("intake.before_commit")
    return what


def look_up(
    conn: sa.Connection, mail: Mail, tokens: list[FoundToken], own: SiteAddress
) -> tuple[Acquaintance, tuple[str, ...]]:
    """Return what is known of a mail, and the titles of the lessons it may answer."""
    known = acquaintance(conn, mail, tokens, own)
    owner = known.enrolment
    return known, tuple(courses.titles(conn, owner.course)) if owner else ()


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
        vouched=row.vouched,
        joins=known.joins,
        subjects=titles,
        authentication=authentication(mail.headers.get("authentication-results", ()), authserv_id),
    )


def what_is_known(
    conn: sa.Connection, letters: Letters, known: Acquaintance, *, before: int
) -> tuple[tuple[str, ...], tuple[Earlier, ...]]:
    """Return what the student may be quoting of what we sent, and what they wrote before.

    `before` is the id of the mail that may quote it.
    """
    if known.enrolment is None or known.answers is None:
        return (), ()
    quotable = sent.texts(conn, letters, known.answers, known.enrolment)
    return quotable, tuple(posts.latest(conn, known.enrolment.id, _EARLIER, before))
