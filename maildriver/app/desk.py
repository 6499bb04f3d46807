"""The operator's desk: what is held, shown, released and dropped."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.actions import discuss, hold, release
from maildriver.app.site import Site
from maildriver.domain import wire
from maildriver.domain.answers import Answer
from maildriver.domain.mail import Mail, read
from maildriver.domain.reply import Trimmed, trim
from maildriver.domain.sift import found_tokens
from maildriver.errors import MaildriverError, NotFoundError
from maildriver.services.acquaintance import acquaintance
from maildriver.services.jail import Jail, JailError
from maildriver.store import held, inbox, outbox

_MOST = 1000


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that waits for a person."""

    id: str
    since: datetime
    who: str
    what: str
    why: str


def all_held(site: Site) -> list[Item]:
    """Return everything that is held, ours and theirs, oldest first."""

    def look(conn: sa.Connection) -> list[Item]:
        ours = [_of_message(each) for each in held.messages(conn, _MOST)]
        theirs = [_of_mail(each) for each in held.mails(conn, _MOST)]
        return sorted(ours + theirs, key=lambda item: item.since)

    return site.database.read(look)


def one_held(site: Site, identity: str) -> tuple[Item, str]:
    """Return one thing that is held, and its text."""
    kind, number = _parse(identity)
    if kind == "out":
        message, parts = site.database.read(
            lambda conn: (_message(conn, number), outbox.parts(conn, number))
        )
        return _of_message(message), _readable(parts)
    mail, raw = site.database.read(lambda conn: (_mail(conn, number), inbox.raw(conn, number)))
    return _of_mail(mail), raw.decode("utf-8", "replace")


def release_held(site: Site, identity: str, now: datetime) -> str:
    """Let something go on, and say what that means."""
    kind, number = _parse(identity)
    if kind == "out":
        released = site.database.write(lambda conn: release.release(conn, number, now))
        return f"{identity} goes again on {released.at:%A %d %B %Y, %H:%M} UTC."
    _release_mail(site, number, now)
    return f"{identity} is a post now."


def _release_mail(site: Site, number: int, now: datetime) -> None:
    """Pass on what a mail says: the posts that it was held as, or all of it as one."""
    letters, rule = site.letters(), "released by the operator"
    raw = site.database.read(lambda conn: (_mail(conn, number), inbox.raw(conn, number)))[1]
    if site.database.write(
        lambda conn: hold.decide(conn, letters, number, passed=True, rule=rule, now=now)
    ):
        return
    mail, trimmed = asyncio.run(_read(raw))
    tokens = found_tokens(mail, site.address)

    def post(conn: sa.Connection) -> None:
        known = acquaintance(conn, mail, tokens, site.address)
        if known.enrolment is None:
            raise MaildriverError(
                f"in-{number} cannot become a post: its sender is enrolled in no one course",
                hint=f"Answer it yourself, then: maildriver held drop in-{number}",
            )
        said = discuss.Said(
            inbox=number,
            author=known.enrolment,
            answers=known.answers,
            about=known.about,
            parts=(Answer(None, trimmed.reply),),
            elided=trimmed.elided,
        )
        discuss.pass_on(conn, letters, discuss.put(conn, said, now, state="accepted"), now)
        inbox.settle(conn, number, state="done", kind="post", rule=rule)

    site.database.write(post)


def drop_held(site: Site, identity: str, now: datetime) -> str:
    """Give something up, and say what that means."""
    kind, number = _parse(identity)
    if kind == "out":
        site.database.write(lambda conn: release.drop(conn, number, now))
        return f"{identity} is dropped; its enrolment goes on with what comes after it."

    letters = site.letters()

    def drop(conn: sa.Connection) -> None:
        _mail(conn, number)
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
        trimmed = await jail.call(trim, mail.body.text, ())
    except JailError as error:
        raise MaildriverError(f"the mail cannot be read: {error}") from error
    finally:
        await jail.close()
    return mail, trimmed if trimmed.reply else Trimmed(mail.body.text, "", 1.0, ())


def _parse(identity: str) -> tuple[str, int]:
    kind, _, number = identity.partition("-")
    if kind not in {"out", "in"} or not number.isdecimal():
        raise NotFoundError(
            f"{identity} names nothing", hint="Write out-7 or in-12; see: maildriver held"
        )
    return kind, int(number)


def _message(conn: sa.Connection, number: int) -> held.HeldMessage:
    message = held.message(conn, number)
    if message is None:
        raise NotFoundError(f"out-{number} is not held", hint="See what is: maildriver held")
    return message


def _mail(conn: sa.Connection, number: int) -> held.HeldMail:
    mail = held.mail(conn, number)
    if mail is None:
        raise NotFoundError(f"in-{number} is not held", hint="See what is: maildriver held")
    return mail


def _of_message(message: held.HeldMessage) -> Item:
    what = f"{message.state} {message.kind} {message.course} {message.lesson}".strip()
    code = f"{message.last_code} " if message.last_code else ""
    return Item(
        f"out-{message.id}", message.since, message.address, what, code + message.last_text
    )


def _of_mail(mail: held.HeldMail) -> Item:
    what = f"{mail.kind or 'mail'} of {mail.size} bytes"
    return Item(f"in-{mail.id}", mail.received_at, mail.sender or "unknown", what, mail.rule)


def _readable(parts: bytes) -> str:
    return "".join(
        piece.decode("ascii") if isinstance(piece, bytes) else f"[a file: {piece}]\n"
        for piece in wire.pieces(parts)
    ).replace("\r\n", "\n")
