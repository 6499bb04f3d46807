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
from maildriver.inbound.understood import MailInContext, RawMail, Understood
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
from maildriver.store import courses, posts

_EARLIER = 8  # mails from which the signature of a writer is learned
_SECONDS = 2.0  # that reading the text of a mail may take
_WITH_TEXT = {"post", "confirmation", "forward"}

#: The kinds of our mails, by name.
Kinds = Mapping[str, MessageKind]


#: A mail as it was fetched, and as it was parsed.
Parsed = tuple[RawMail, Mail]


@dataclass(frozen=True, slots=True)
class Understanding:
    """Gathers all that a decision about a mail needs."""

    db: DatabaseThread
    letters: MailWriter
    site_address: SiteAddress
    authserv_id: str
    sandbox: Sandbox
    kinds: Kinds

    async def of_first(self, mails: Sequence[Parsed]) -> list[Understood | SandboxError]:
        """Understand mails from the first on, as many as may be decided at once: one at least."""
        found = await self._in_context(mails)
        with_text = [each for each in found if each.verdict.kind in _WITH_TEXT]
        texts = dict(zip(map(id, with_text), await self._texts(with_text), strict=True))
        return [await self._completed(_begun(each), texts.get(id(each))) for each in found]

    async def released(self, mail: Parsed) -> Understood | SandboxError:
        """Understand a mail that a person has read and lets go on: its sender counts as proven."""
        (found,) = await self._in_context([mail])
        found = replace(found, facts=replace(found.facts, sender_confirmed=True))
        (text,) = await self._texts([found])
        return await self._completed(_begun(found, released=True), text)

    async def _in_context(self, mails: Sequence[Parsed]) -> list[MailInContext]:
        tokens = [(mail, found_tokens(mail, self.site_address)) for _, mail in mails]
        found = await self.db.read(lambda conn: look_up(conn, tokens, self.site_address))
        contexts = [context for context, _ in found]
        count = _about_different_people([mail for _, mail in mails], contexts, self.kinds)
        return [
            self._mail_in_context(parsed, context, titles)
            for parsed, (context, titles) in zip(mails[:count], found[:count], strict=True)
        ]

    def _mail_in_context(
        self, parsed: Parsed, context: Context, titles: tuple[str, ...]
    ) -> MailInContext:
        fetched, mail = parsed
        facts = replace(
            facts_of(mail, context, self.site_address, self.authserv_id, self.kinds),
            sender_confirmed=fetched.row.sender_confirmed,
            our_subjects=titles,
        )
        return MailInContext(fetched, mail, context, facts, classify(mail, facts))

    async def _texts(self, mails: Sequence[MailInContext]) -> list[ReplyText | SandboxError]:
        """Read the text of mails in the sandbox."""
        if not mails:
            return []
        found = await self.db.read(
            lambda conn: [
                texts_to_compare(conn, self.letters, each.context, before=each.mail_id)
                for each in mails
            ]
        )
        calls = []
        for each, (quotable, earlier) in zip(mails, found, strict=True):
            message, body = each.context.in_reply_to, each.mail.body
            kind = "" if message is None else message.kind
            calls.append((_SECONDS, (body.full_text, quotable, body.html_quote, earlier, kind)))
        return await self.sandbox.call_each(read_reply, calls)

    async def _completed(
        self, mail: Understood, text: ReplyText | SandboxError | None
    ) -> Understood | SandboxError:
        """Return a mail with its text, its files and its bounces, or why it cannot be read."""
        raw = mail.fetched.raw
        if isinstance(text, SandboxError):
            return text
        try:
            if mail.verdict.kind == "bounce":
                return replace(mail, bounces=await self.sandbox.call(read_bounces, mail.mail, raw))
            if text is None:
                return mail
            mail = replace(mail, text=text)
            is_cut = mail.is_truncated
            if mail.mail.files or is_cut:
                came, is_whole = await files_of_mail(self.sandbox, raw, is_cut=is_cut)
                mail = replace(mail, files=came, is_truncated=not is_whole)
        except SandboxError as error:
            return error
        return mail


def _begun(mail: MailInContext, *, released: bool = False) -> Understood:
    cut = is_truncated(mail.fetched.raw, mail.row.size)
    return Understood.of(mail, is_truncated=cut, released=released)


def _about_different_people(
    mails: Sequence[Mail], contexts: Sequence[Context], kinds: Kinds
) -> int:
    """Return how many mails, from the first on, concern different people."""
    seen: set[str] = set()
    for index, (mail, context) in enumerate(zip(mails, contexts, strict=True)):
        people = context.people(mail)
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
