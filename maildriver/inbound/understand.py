"""Understanding of parsed mails: sender, trust, reply text, files.

Works on several mails at a time if no two of them concern the same people: the context of a mail
must be read after all earlier mails have had their effects.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from maildriver.database.thread import DatabaseThread
from maildriver.discussion import sent_texts
from maildriver.domain.ids import MailId
from maildriver.domain.message_kind import MessageKind
from maildriver.domain.token import SiteAddress
from maildriver.inbound.context import Context, contexts_of
from maildriver.inbound.files import files_of_mail
from maildriver.inbound.understood import Understood
from maildriver.letters.writer import MailWriter
from maildriver.mail.authentication import authentication
from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.kind.bounce import read_bounces
from maildriver.mail.kind.classify import SenderFacts, classify
from maildriver.mail.kind.ours import FoundToken, found_tokens
from maildriver.mail.message import Mail
from maildriver.mail.reply.read import ReplyText, read_reply
from maildriver.mail.truncated import is_truncated
from maildriver.sandbox.process import Sandbox, SandboxError
from maildriver.store import courses, inbox, posts

_EARLIER = 8  # mails from which the signature of a writer is learned
_SECONDS = 2.0  # that reading the text of a mail may take
_WITH_TEXT = {"post", "confirmation", "forward"}

#: The kinds of our mails, by name.
Kinds = Mapping[str, MessageKind]


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A parsed mail of the inbox, before its context is looked up."""

    row: inbox.Row
    raw: bytes
    mail: Mail


@dataclass(frozen=True, slots=True)
class MailInContext:
    """A mail with its sender and the message it answers, both looked up."""

    read: ReadMail
    context: Context
    understood: Understood  # without reply text and files yet


@dataclass(frozen=True, slots=True)
class Understanding:
    """Gathers all that a decision about a mail needs."""

    db: DatabaseThread
    letters: MailWriter
    site_address: SiteAddress
    authserv_id: str
    sandbox: Sandbox
    kinds: Kinds

    async def of_first(self, mails: Sequence[ReadMail]) -> list[Understood | SandboxError]:
        """Return the first mails, understood: as many as may be decided together, at least one."""
        found = await self._in_context(mails)
        with_text = [each for each in found if each.understood.verdict.kind in _WITH_TEXT]
        texts = dict(zip(map(id, with_text), await self._texts(with_text), strict=True))
        return [await self._completed(each, texts.get(id(each))) for each in found]

    async def _in_context(self, mails: Sequence[ReadMail]) -> list[MailInContext]:
        tokens = [(each.mail, found_tokens(each.mail, self.site_address)) for each in mails]
        found = await self.db.read(lambda conn: look_up(conn, tokens, self.site_address))
        contexts = [context for context, _ in found]
        count = _about_different_people(mails, contexts, self.kinds)
        return [
            self._mail_in_context(read, context, titles)
            for read, (context, titles) in zip(mails[:count], found[:count], strict=True)
        ]

    def _mail_in_context(
        self, read: ReadMail, context: Context, titles: tuple[str, ...]
    ) -> MailInContext:
        facts = replace(
            facts_of(read.mail, context, self.site_address, self.authserv_id, self.kinds),
            sender_confirmed=read.row.sender_confirmed,
            our_subjects=titles,
        )
        understood = Understood(
            row=read.row,
            mail=read.mail,
            verdict=classify(read.mail, facts),
            in_reply_to=context.in_reply_to,
            named=context.named,
            about=context.about,
            enrolment=context.enrolment,
            facts=facts,
            is_truncated=is_truncated(read.raw, read.row.size),
        )
        return MailInContext(read, context, understood)

    async def _texts(self, mails: Sequence[MailInContext]) -> list[ReplyText | SandboxError]:
        """Return the reply texts of mails, split by the posts they answer, read in the sandbox."""
        if not mails:
            return []
        found = await self.db.read(
            lambda conn: [
                texts_to_compare(conn, self.letters, each.context, before=each.read.row.id)
                for each in mails
            ]
        )
        calls = []
        for each, (quotable, earlier) in zip(mails, found, strict=True):
            message, body = each.context.in_reply_to, each.read.mail.body
            kind = "" if message is None else message.kind
            calls.append((_SECONDS, (body.full_text, quotable, body.html_quote, earlier, kind)))
        return await self.sandbox.call_each(read_reply, calls)

    async def _completed(
        self, mail: MailInContext, text: ReplyText | SandboxError | None
    ) -> Understood | SandboxError:
        """Return a mail with its text, files and bounces, or the error if it cannot be read."""
        understood, raw = mail.understood, mail.read.raw
        if isinstance(text, SandboxError):
            return text
        try:
            if understood.verdict.kind == "bounce":
                bounces = await self.sandbox.call(read_bounces, understood.mail, raw)
                return replace(understood, bounces=bounces)
            if text is None:
                return understood
            understood = replace(
                understood, reply=text.trimmed, parts=text.parts, restorable=text.restorable
            )
            is_cut = understood.is_truncated
            if understood.mail.files or is_cut:
                came, is_whole = await files_of_mail(self.sandbox, raw, is_cut=is_cut)
                understood = replace(understood, files=came, is_truncated=not is_whole)
        except SandboxError as error:
            return error
        return understood


def _about_different_people(
    mails: Sequence[ReadMail], contexts: Sequence[Context], kinds: Kinds
) -> int:
    """Return how many mails, from the first on, concern different people."""
    seen: set[str] = set()
    for index, (read, context) in enumerate(zip(mails, contexts, strict=True)):
        people = context.people(read.mail)
        message = context.in_reply_to
        kind = None if message is None else kinds.get(message.kind)
        about_others = kind is not None and kind.about_others
        if index and (about_others or people & seen):
            return index
        if about_others:
            return 1
        seen |= people
    return len(mails)


def look_up(
    conn: sa.Connection, mails: Sequence[tuple[Mail, Sequence[FoundToken]]], own: SiteAddress
) -> list[tuple[Context, tuple[str, ...]]]:
    """Return the context of each mail, and the titles of the lessons that it may answer."""
    found = []
    for context in contexts_of(conn, mails, own):
        owner = context.enrolment
        found.append((context, tuple(courses.titles(conn, owner.course)) if owner else ()))
    return found


def facts_of(
    mail: Mail, context: Context, own: SiteAddress, authserv_id: str, kinds: Kinds
) -> SenderFacts:
    """Return the facts from the database that classification needs."""
    message = context.in_reply_to
    kind = None if message is None else kinds.get(message.kind)
    return SenderFacts(
        site_address=own,
        token_kind=message.kind if message else "",
        expects=kind.reply if kind else "",
        token_found_in=context.found_in,
        recipient_address=message.address.lower() if message else "",
        recipient_writes_from=context.writes_from,
        sender_enrolled=bool(context.sender),
        requested_course=context.joins,
        authentication=authentication(mail.headers.get("authentication-results", ()), authserv_id),
    )


def texts_to_compare(
    conn: sa.Connection, letters: MailWriter, context: Context, *, before: MailId
) -> tuple[tuple[str, ...], tuple[EarlierMail, ...]]:
    """Return the texts of ours that a mail may quote, and the sender's latest earlier mails.

    `before` is the id of the mail that may contain quotations.
    """
    if context.enrolment is None or context.in_reply_to is None:
        return (), ()
    quotable = sent_texts.sent_texts(conn, letters, context.in_reply_to, context.enrolment)
    return quotable, tuple(posts.latest(conn, context.enrolment.id, _EARLIER, before))
