"""Held items, listed and shown to the operator; `held_decide` acts on them."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.app.site import Site
from maildriver.domain import frozen_message
from maildriver.domain.ids import FileId, MailId, MessageId
from maildriver.errors import NotFoundError
from maildriver.moderation.release import held_file, held_message
from maildriver.store import blobs, held, inbox, outbox, post_files

_MOST = 1000


@dataclass(frozen=True, slots=True)
class HeldItem:
    """One held item, which waits for a person."""

    id: str
    since: datetime
    who: str
    what: str
    why: str


def all_held(site: Site) -> list[HeldItem]:
    """Return all held messages, mails and files, oldest first."""

    def look(conn: sa.Connection) -> list[HeldItem]:
        ours = [_of_message(each) for each in held.messages(conn, _MOST)]
        theirs = [_of_mail(each) for each in held.mails(conn, _MOST)]
        files = [_of_file(each) for each in post_files.held(conn, _MOST)]
        return sorted(ours + theirs + files, key=lambda item: item.since)

    return site.database.read(look)


def one_held(site: Site, item_id: str) -> tuple[HeldItem, str]:
    """Return one held item, and its text."""
    kind, number = parse_item_id(item_id)
    if kind == "out":
        message, text = site.database.read(
            lambda conn: (
                held_message(conn, MessageId(number)),
                _readable(conn, outbox.parts(conn, MessageId(number))),
            )
        )
        return _of_message(message), text
    if kind == "file":
        file = site.database.read(lambda conn: held_file(conn, FileId(number)))
        return _of_file(file), _file_facts(file)
    mail, raw = site.database.read(
        lambda conn: (held_mail(conn, MailId(number)), inbox.raw(conn, MailId(number)))
    )
    return _of_mail(mail), raw.decode("utf-8", "replace")


def parse_item_id(item_id: str) -> tuple[str, int]:
    """Return kind and id from out-7, in-12 or file-3; raise NotFoundError for anything else."""
    kind, _, number = item_id.partition("-")
    if kind not in {"out", "in", "file"} or not number.isdecimal():
        raise NotFoundError(
            f"invalid id {item_id}", hint="Write out-7, in-12 or file-3; see: maildriver held"
        )
    return kind, int(number)


def held_mail(conn: sa.Connection, mail_id: MailId) -> held.HeldMail:
    """Return a held mail to us; raise NotFoundError if no such mail is held."""
    mail = held.mail(conn, mail_id)
    if mail is None:
        raise NotFoundError(f"in-{mail_id} is not held", hint="List held items: maildriver held")
    return mail


def _of_message(message: held.HeldMessage) -> HeldItem:
    what = f"{message.state} {message.kind} {message.course} {message.lesson}".strip()
    code = f"{message.last_code} " if message.last_code else ""
    return HeldItem(
        f"out-{message.id}", message.since, message.address, what, code + message.last_text
    )


def _of_mail(mail: held.HeldMail) -> HeldItem:
    what = f"{mail.kind or 'mail'} of {mail.size} bytes"
    return HeldItem(f"in-{mail.id}", mail.received_at, mail.sender or "unknown", what, mail.rule)


def _of_file(file: post_files.HeldFile) -> HeldItem:
    what = f"{file.file.name} of {file.file.size} bytes, with a mail to {file.course}"
    return HeldItem(f"file-{file.file.id}", file.received_at, file.writer, what, file.file.why)


def _file_facts(file: post_files.HeldFile) -> str:
    """Return the facts about a file; its content is never opened, and so never shown."""
    return (
        f"came with: in-{file.inbox_id}\nsha256: {file.file.sha256}\n"
        f"to look at it: maildriver held save file-{file.file.id} PATH\n"
        f"to pass it on: maildriver held release file-{file.file.id}"
    )


def _readable(conn: sa.Connection, parts: bytes) -> str:
    """Return a frozen message as text, with only the hashes of its files."""
    shown: list[str] = []
    for piece in frozen_message.split_parts(parts):
        if isinstance(piece, bytes):
            shown.append(piece.decode("ascii"))
        elif piece.verbatim:
            shown.append(blobs.get(conn, piece.sha256).decode("ascii"))
        else:
            shown.append(f"[a file: {piece.sha256}]\n")
    return "".join(shown).replace("\r\n", "\n")
