"""The operator's decisions on held items: release, drop, save."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from maildriver.app.features import decision_tables
from maildriver.app.site import Site
from maildriver.commands.run import obey
from maildriver.discussion import posting
from maildriver.domain.ids import FileId, MailId, MessageId
from maildriver.enrolment import lifecycle
from maildriver.errors import MaildriverError, NotFoundError
from maildriver.feature import Request
from maildriver.inbound.context import Context, context_of
from maildriver.inbound.files import ReceivedFile, files_of_mail, keep, time_for
from maildriver.letters.note import AnsweredMail
from maildriver.letters.writer import Turn
from maildriver.mail.kind.ours import found_tokens
from maildriver.mail.message import Mail, read_mail
from maildriver.mail.reply.per_post import ReplyPart
from maildriver.mail.reply.trim import Trimmed, trim
from maildriver.mail.truncated import is_truncated
from maildriver.moderation import hold, release
from maildriver.moderation.release import drop_file, release_file
from maildriver.operator.held import held_mail, parse_item_id
from maildriver.sandbox.process import Sandbox, SandboxError
from maildriver.store import inbox, post_files
from maildriver.store.held import HeldMail

_RULE = "released by the operator"


def release_held(site: Site, item_id: str, now: datetime) -> str:
    """Release a held item; return a sentence about the consequence."""
    kind, number = parse_item_id(item_id)
    if kind == "out":
        released = site.database.write(
            lambda conn: release.release_message(conn, MessageId(number), now)
        )
        return f"{item_id} goes again on {released.at:%A %d %B %Y, %H:%M} UTC."
    if kind == "file":
        letters = site.mail_writer()
        if site.database.write(
            lambda conn: release_file(Turn(conn, letters, now), FileId(number))
        ):
            return f"{item_id} follows its post: it goes with the next mails to its readers."
        return f"{item_id} goes with its post."
    return f"{item_id}: {_release_mail(site, MailId(number), now)}."


def _release_mail(site: Site, mail_id: MailId, now: datetime) -> str:
    """Carry out a held mail as if its sender were certain; return the result as a clause."""
    letters = site.mail_writer()
    row, raw = site.database.read(
        lambda conn: (held_mail(conn, mail_id), inbox.raw(conn, mail_id))
    )
    if site.database.write(
        lambda conn: hold.decide(Turn(conn, letters, now), mail_id, passed=True, rule=_RULE)
    ):
        return "it is a post now"
    mail, trimmed, came = asyncio.run(_read(raw, is_cut=is_truncated(raw, row.size)))
    tokens = found_tokens(mail, site.address)

    def write(conn: sa.Connection) -> str:
        held_mail(conn, mail_id)  # raises if an instructor has decided meanwhile
        context = context_of(conn, mail, tokens, site.address)
        released = _Released(row, mail, trimmed, came, context)
        done = _carry_out(Turn(conn, letters, now), released)
        inbox.settle(conn, mail_id, state="done", rule=_RULE)
        return done

    return site.database.write(write)


@dataclass(frozen=True, slots=True)
class _Released:
    """A mail that the operator releases, parsed again."""

    row: HeldMail
    mail: Mail
    trimmed: Trimmed
    files: Sequence[ReceivedFile]
    context: Context


def _carry_out(turn: Turn, released: _Released) -> str:
    row, mail, context = released.row, released.mail, released.context
    author = context.enrolment
    if mail.unreadable:
        raise MaildriverError(
            f"in-{row.id} cannot go on: {mail.unreadable}",
            hint=f"Ask its writer for it as plain text, then: maildriver held drop in-{row.id}",
        )
    if author is None:
        raise MaildriverError(
            f"in-{row.id} cannot go on: its sender is enrolled in no one course",
            hint=f"Answer it yourself, then: maildriver held drop in-{row.id}",
        )
    if row.kind == "confirmation":
        begun = lifecycle.confirm(turn.conn, author.id, turn.now)
        return "confirmed" if begun else "was confirmed before"
    tables = decision_tables()
    command = tables.grammar.read(mail.subject, released.trimmed.reply)
    if command is not None:
        answered = AnsweredMail(row.id, mail.message_id)
        request = Request(command, author, "full", answered, context.in_reply_to)
        return obey(turn, tables.commands, request)
    draft = posting.Draft(
        mail_id=row.id,
        author=author,
        in_reply_to=context.in_reply_to,
        about=context.about,
        parts=(ReplyPart(None, released.trimmed.reply),),
        elided=released.trimmed.elided,
        files=tuple(keep(turn.conn, released.files, row.id, author.id)),
    )
    posting.pass_on(turn, posting.put(turn, draft, state="accepted"))
    return "it is a post now"


def drop_held(site: Site, item_id: str, now: datetime) -> str:
    """Drop a held item; return a sentence about the consequence."""
    kind, number = parse_item_id(item_id)
    if kind == "out":
        site.database.write(lambda conn: release.drop_message(conn, MessageId(number), now))
        return f"{item_id} is dropped; its enrolment goes on with what comes after it."
    if kind == "file":
        site.database.write(lambda conn: drop_file(conn, FileId(number)))
        return f"{item_id} is dropped; the text of its post stays."

    letters = site.mail_writer()

    def drop(conn: sa.Connection) -> None:
        held_mail(conn, MailId(number))
        rule = "dropped by the operator"
        if not hold.decide(Turn(conn, letters, now), MailId(number), passed=False, rule=rule):
            inbox.settle(conn, MailId(number), state="dropped", rule=rule)

    site.database.write(drop)
    return f"{item_id} is dropped; its text is kept as long as all mail is."


async def _read(raw: bytes, *, is_cut: bool) -> tuple[Mail, Trimmed, Sequence[ReceivedFile]]:
    """Return a mail, its reply text and its files, as intake reads them.

    If no reply text is found, the whole body counts as the reply.
    """
    sandbox = Sandbox()
    try:
        mail = await sandbox.call_within(time_for(raw), read_mail, raw)
        trimmed = await sandbox.call(trim, mail.body.full_text, (), mail.body.html_quote)
        came, _ = await files_of_mail(sandbox, raw, is_cut=is_cut)
    except SandboxError as error:
        raise MaildriverError(f"the mail cannot be read: {error}") from error
    finally:
        await sandbox.close()
    read_as = trimmed if trimmed.reply else Trimmed(mail.body.full_text, "", 1.0, ())
    return mail, read_as, came


def save_file(site: Site, item_id: str, path: Path) -> str:
    """Write a file that came with a mail to a new path; return a sentence about the result."""
    kind, number = parse_item_id(item_id)
    content = site.database.read(lambda conn: post_files.content(conn, FileId(number)))
    if kind != "file" or content is None:
        raise NotFoundError(f"{item_id} is no file that is kept", hint="See: maildriver held")
    try:
        with path.open("xb") as out:
            out.write(content)
    except OSError as error:
        raise MaildriverError(
            f"{path} cannot be written: {(error.strerror or 'it failed').lower()}",
            hint="Name a file that is not there yet.",
        ) from error
    return f"{item_id} is in {path}, {len(content)} bytes. Look at it with care."
