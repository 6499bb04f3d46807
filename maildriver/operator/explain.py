"""The explanation of what intake does, or did, with a message."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from maildriver.domain.ids import MailId
from maildriver.errors import MaildriverError, NotFoundError
from maildriver.mail.explain import explain
from maildriver.mail.explanation import Explanation, Rule
from maildriver.mail.kind.ours import found_tokens
from maildriver.mail.message import read_mail
from maildriver.sandbox.process import Sandbox, SandboxError
from maildriver.store import inbox, posts

if TYPE_CHECKING:
    from maildriver.app.site import Site
    from maildriver.feature import DecisionTables
    from maildriver.inbound.context import Context

_ID = re.compile(r"(in|out)-(\d{1,18})")


@dataclass(frozen=True, slots=True)
class _Target:
    """One message to explain, in a file or stored by a site."""

    name: str
    raw: bytes
    row: inbox.Row | None = None


def explain_all(names: Sequence[str], folder: Path) -> list[Explanation]:
    """Return the explanations of messages, in the order given, read in the sandbox like intake.

    A name is the path of a file, or in-12 for a message that the site in `folder` has stored.
    """
    from maildriver.app.features import decision_tables
    from maildriver.app.site import open_site, own_templates

    if not any(_ID.fullmatch(name) for name in names):
        has_settings = (folder / "maildriver.toml").exists()
        own = own_templates(folder / "templates") if has_settings else {}
        tables = decision_tables(own_templates=own)
        return asyncio.run(_explain_all([_of_file(name) for name in names], tables))
    with open_site(folder) as site:
        asked = [_of_site(site, name) if _ID.fullmatch(name) else _of_file(name) for name in names]
        tables = decision_tables(own_templates=site.own_templates())
        return asyncio.run(_explain_all(asked, tables, site))


def _of_file(name: str) -> _Target:
    path = Path(name)
    if not path.is_file():
        raise MaildriverError(
            f"there is no file {name}",
            hint="Name a file with a raw message, or in-12 for one that is stored.",
        )
    try:
        return _Target(name, path.read_bytes())
    except OSError as error:
        raise MaildriverError(
            f"{name} cannot be read: {error.strerror}", hint="Let whoever runs this read it."
        ) from error


def _of_site(site: "Site", name: str) -> _Target:
    kind, number = name.split("-")
    if kind == "out":
        raise NotFoundError(
            f"{name} is a mail of ours; explain reads those of others",
            hint=f"See it: maildriver held show {name}",
        )
    row = site.database.read(lambda conn: inbox.get(conn, MailId(int(number))))
    if row is None:
        raise NotFoundError(f"there is no mail {name}", hint="See what is held: maildriver held")
    if row.raw_sha256 is None:
        raise MaildriverError(_forgotten_text(row), hint=_HINT)
    return _Target(name, site.database.read(lambda conn: inbox.raw(conn, row.id)), row)


_HINT = "Ask whoever wrote it for a copy, save that as a file, and name the file."


def _forgotten_text(row: inbox.Row) -> str:
    if row.kind == "stranger":
        return f"in-{row.id} was nobody's we know, so nothing of it is kept"
    return (
        f"in-{row.id} is {row.state} ({row.kind}: {row.rule}); the mail itself was forgotten "
        "after the time that keep_raw names"
    )


async def _explain_all(
    targets: Sequence[_Target], tables: "DecisionTables", site: "Site | None" = None
) -> list[Explanation]:
    sandbox = Sandbox()
    try:
        return [await _explain(sandbox, each, tables, site) for each in targets]
    finally:
        await sandbox.close()


async def _explain(
    sandbox: Sandbox, target: _Target, tables: "DecisionTables", site: "Site | None"
) -> Explanation:
    try:
        if target.row is None or site is None:
            return await sandbox.call(explain, target.name, target.raw, tables.grammar)
        return await _explain_stored(sandbox, target, target.row, tables, site)
    except SandboxError as error:
        rule = f"it cannot be read: {error}"
        return Explanation(target.name, "empty", rule, "", "", (), (), 0.0, (Rule("kind", rule),))


async def _explain_stored(
    sandbox: Sandbox, target: _Target, row: inbox.Row, tables: "DecisionTables", site: "Site"
) -> Explanation:
    """Return the explanation of a stored mail from all that the site knows, and its outcome."""
    from maildriver.inbound.understand import facts_of, look_up, texts_to_compare

    mail = await sandbox.call(read_mail, target.raw)
    tokens, letters = found_tokens(mail, site.address), site.mail_writer()
    ((found, titles),) = site.database.read(
        lambda conn: look_up(conn, [(mail, tokens)], site.address)
    )
    server, kinds = site.settings.imap.authserv_id, tables.kinds
    known = replace(
        facts_of(mail, found, site.address, server, kinds),
        sender_confirmed=row.sender_confirmed,
        our_subjects=titles,
    )
    sent, earlier = site.database.read(
        lambda conn: texts_to_compare(conn, letters, found, before=row.id)
    )
    explained = await sandbox.call(
        explain, target.name, target.raw, tables.grammar, known, sent, earlier
    )
    made = site.database.read(lambda conn: posts.summaries_of(conn, row.id))
    rules = [
        Rule("token", _token_line(found)),
        Rule("whose", _sender_line(found)),
        Rule("authentication", f"{known.authentication}: {_trusted_server(site)}"),
        Rule("subtracted", f"{len(sent)} texts of ours, {len(earlier)} earlier mails compared"),
        Rule("intake", f"{row.state}: {row.kind or 'not looked at yet'} ({row.rule or 'new'})"),
        *(Rule("post", str(each)) for each in made),
    ]
    stored = {
        "state": row.state,
        "kind": row.kind,
        "rule": row.rule,
        "received_at": row.received_at.isoformat(),
        "tries": row.tries,
        "posts": [{"number": each.number, "state": each.state} for each in made],
    }
    return replace(explained.with_rules(rules), stored=stored)


def _token_line(found: "Context") -> str:
    answers = found.in_reply_to
    if answers is None:
        return "none of ours"
    about = f", about {found.about}" if found.about else ""
    lesson = f" {answers.lesson}" if answers.lesson else ""
    return f"of {answers.kind}{lesson} to {answers.address}, found in: {found.found_in}{about}"


def _sender_line(found: "Context") -> str:
    enrolment = found.enrolment
    if enrolment is not None:
        return f"{enrolment.student.address} in {enrolment.course}"
    if found.sender:
        courses = ", ".join(each.course for each in found.sender)
        return f"its sender is in {courses}, and it does not say which is meant"
    return "nobody who is enrolled"


def _trusted_server(site: "Site") -> str:
    server = site.settings.imap.authserv_id
    return f"as {server} says" if server else "imap.authserv_id is empty, so nobody is believed"
