"""What the operator decides about what is held: it goes on, or it is given up."""

import asyncio
from datetime import datetime

import sqlalchemy as sa

from maildriver.actions import discuss, hold, life, release
from maildriver.actions.command import obey
from maildriver.actions.letters import Letters
from maildriver.app.desk import held_mail, parse
from maildriver.app.site import Site
from maildriver.domain.answers import Answer
from maildriver.domain.command import read_command
from maildriver.domain.mail import Mail, read
from maildriver.domain.reply import Trimmed, trim
from maildriver.domain.sift import found_tokens
from maildriver.errors import MaildriverError
from maildriver.services.acquaintance import Acquaintance, acquaintance
from maildriver.services.jail import Jail, JailError
from maildriver.store import inbox
from maildriver.store.held import HeldMail

_RULE = "released by the operator"


def release_held(site: Site, identity: str, now: datetime) -> str:
    """Let something go on, and say what that means."""
    kind, number = parse(identity)
    if kind == "out":
        released = site.database.write(lambda conn: release.release(conn, number, now))
        return f"{identity} goes again on {released.at:%A %d %B %Y, %H:%M} UTC."
    return f"{identity}: {_release_mail(site, number, now)}."


def _release_mail(site: Site, number: int, now: datetime) -> str:
    """Do what a mail asks for, as if it were certain who wrote it; return what that was."""
    letters = site.letters()
    row, raw = site.database.read(lambda conn: (held_mail(conn, number), inbox.raw(conn, number)))
    if site.database.write(
        lambda conn: hold.decide(conn, letters, number, passed=True, rule=_RULE, now=now)
    ):
        return "it is a post now"
    mail, trimmed = asyncio.run(_read(raw))
    tokens = found_tokens(mail, site.address)

    def write(conn: sa.Connection) -> str:
        known = acquaintance(conn, mail, tokens, site.address)
        done = _done(conn, letters, row, mail, trimmed, known, now)
        inbox.settle(conn, number, state="done", rule=_RULE)
        return done

    return site.database.write(write)


def _done(
    conn: sa.Connection,
    letters: Letters,
    row: HeldMail,
    mail: Mail,
    trimmed: Trimmed,
    known: Acquaintance,
    now: datetime,
) -> str:
    author = known.enrolment
    if author is None:
        raise MaildriverError(
            f"in-{row.id} cannot go on: its sender is enrolled in no one course",
            hint=f"Answer it yourself, then: maildriver held drop in-{row.id}",
        )
    if row.kind == "confirmation":
        return "confirmed" if life.confirm(conn, author.id, now) else "was confirmed before"
    command = read_command(mail.subject, trimmed.reply)
    if command is not None:
        return obey(
            conn, letters, command, author, "full", row.id, mail.message_id, now,
            answers=known.answers,
        )  # fmt: skip
    said = discuss.Said(
        inbox=row.id,
        author=author,
        answers=known.answers,
        about=known.about,
        parts=(Answer(None, trimmed.reply),),
        elided=trimmed.elided,
    )
    discuss.pass_on(conn, letters, discuss.put(conn, said, now, state="accepted"), now)
    return "it is a post now"


def drop_held(site: Site, identity: str, now: datetime) -> str:
    """Give something up, and say what that means."""
    kind, number = parse(identity)
    if kind == "out":
        site.database.write(lambda conn: release.drop(conn, number, now))
        return f"{identity} is dropped; its enrolment goes on with what comes after it."

    letters = site.letters()

    def drop(conn: sa.Connection) -> None:
        held_mail(conn, number)
        rule = "dropped by the operator"
        if not hold.decide(conn, letters, number, passed=False, rule=rule, now=now):
            inbox.settle(conn, number, state="dropped", rule=rule)

    site.database.write(drop)
    return f"{identity} is dropped; its text is kept as long as all mail is."


async def _read(raw: bytes) -> tuple[Mail, Trimmed]:
    """Read a mail as intake does; one that cannot be read is a post as it stands."""
    jail = Jail()
    try:
        mail = await jail.call(read, raw)
        trimmed = await jail.call(trim, mail.body.text, (), mail.body.cut)
    except JailError as error:
        raise MaildriverError(f"the mail cannot be read: {error}") from error
    finally:
        await jail.close()
    return mail, trimmed if trimmed.reply else Trimmed(mail.body.text, "", 1.0, ())
