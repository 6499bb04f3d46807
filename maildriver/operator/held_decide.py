"""The operator's decisions on held items: release, drop, save."""

import asyncio
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from maildriver.app.features import decision_tables
from maildriver.app.site import Site
from maildriver.database.thread import DatabaseThread
from maildriver.domain.ids import FileId, MailId, MessageId
from maildriver.errors import MaildriverError, NotFoundError
from maildriver.feature import DecisionTables
from maildriver.inbound import decide
from maildriver.inbound.files import time_for
from maildriver.inbound.understand import Understanding
from maildriver.inbound.understood import RawMail, Understood
from maildriver.letters.writer import MailWriter, Turn
from maildriver.mail.message import read_mail
from maildriver.moderation import hold, release
from maildriver.moderation.release import drop_file, release_file
from maildriver.operator.held import held_mail, parse_item_id
from maildriver.sandbox.process import Sandbox, SandboxError
from maildriver.store import inbox, post_files

_RULE = "released by the operator"


def release_held(site: Site, item_id: str, now: datetime) -> str:
    """Release a held item; return a sentence about the consequence."""
    kind, number = parse_item_id(item_id)
    if kind == "out":
        released = site.database.write(
            lambda conn: release.release_message(conn, MessageId(number), now)
        )
        return f"{item_id} will be sent again on {released.at:%A %d %B %Y, %H:%M} UTC."
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
    letters, tables = site.mail_writer(), decision_tables(own_templates=site.own_templates())
    _, row, raw = site.database.read(
        lambda conn: (
            held_mail(conn, mail_id),
            inbox.get(conn, mail_id),
            inbox.raw(conn, mail_id),
        )
    )
    assert row is not None
    mail = asyncio.run(_understood(site, letters, tables, RawMail(row, raw)))

    def write(conn: sa.Connection) -> str:
        held_mail(conn, mail_id)  # raises if an instructor has decided meanwhile
        return decide.release(Turn(conn, letters, now), tables, mail, _RULE)

    result = site.database.write(write)
    return "it is a post now" if result.startswith("posted") else result


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


async def _understood(
    site: Site, letters: MailWriter, tables: DecisionTables, fetched: RawMail
) -> Understood:
    """Return a mail as intake understands it, but for doubts about its sender."""
    db, sandbox = DatabaseThread(site.database), Sandbox()
    look = Understanding(
        db, letters, site.address, site.settings.imap.authserv_id, sandbox, tables.kinds
    )
    try:
        parsed = await sandbox.call_within(time_for(fetched.raw), read_mail, fetched.raw)
        mail = await look.released((fetched, parsed))
        if isinstance(mail, SandboxError):
            raise mail
    except SandboxError as error:
        raise MaildriverError(f"the mail cannot be read: {error}") from error
    finally:
        await sandbox.close()
        await asyncio.to_thread(db.close)
    return mail


def save_file(site: Site, item_id: str, path: Path) -> str:
    """Write a file that came with a mail to a new path; return a sentence about the result."""
    kind, number = parse_item_id(item_id)
    content = site.database.read(lambda conn: post_files.content(conn, FileId(number)))
    if kind != "file" or content is None:
        raise NotFoundError(f"{item_id} is not a stored file", hint="See: maildriver held")
    try:
        with path.open("xb") as out:
            out.write(content)
    except OSError as error:
        raise MaildriverError(
            f"{path} cannot be written: {(error.strerror or 'it failed').lower()}",
            hint="Name a new file in a folder that you can write to.",
        ) from error
    return f"Saved {item_id} to {path} ({len(content)} bytes). Open it with care."
