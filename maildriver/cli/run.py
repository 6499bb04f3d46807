"""`run` and `status`: the process that does the work, and its state."""

import logging
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, PlainCommand, SiteOption, print_json, say
from maildriver.domain.quantity import counted

if TYPE_CHECKING:
    from maildriver.operator.status import Status


_PAUSED = "Find the cause, and lift the pause once it is fixed: maildriver doctor"


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command(
        cls=PlainCommand,
        epilog="Examples:\n\n  maildriver run\n\n  maildriver run --once    for cron jobs",
    )(run)
    app.command(
        cls=PlainCommand,
        epilog="Examples:\n\n  maildriver status\n\n  maildriver status --json | jq .outbox",
    )(status)


def run(
    *,
    once: Annotated[bool, typer.Option("--once", help="Do all pending work, then exit.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Log every message.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            metavar="PART",
            help="Run only this part, with PostgreSQL: scheduler, digester, poller, "
            "intake or sender. Can be repeated.",
        ),
    ] = None,
    site: SiteOption = HERE,
) -> None:
    """Send lessons and process replies until stopped.

    With --once, the exit code is 4 if a mail account is paused.
    """
    import asyncio

    from maildriver.app.run import parts_named, run_once
    from maildriver.app.run import run as run_site
    from maildriver.app.site import open_site

    _log(verbose=verbose)
    with open_site(site, wait_for_room=not once) as opened:
        if not once:
            parts = parts_named(opened, only)
            say(f"Running for {opened.settings.site.address}. Press Ctrl-C to stop.")
            asyncio.run(run_site(opened, only=parts))
            return
        paused = asyncio.run(run_once(opened))
    for each in paused:
        say(f"maildriver: {each.name} is paused until {each.paused_until:%H:%M} UTC: {each.why}")
    if paused:
        say(_PAUSED)
        raise typer.Exit(4)


def status(
    *,
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Show enrolments, queues, mail accounts and held mail."""
    from maildriver.app.site import open_site, utc_now
    from maildriver.operator.status import status as status_of

    now = utc_now()
    with open_site(site) as opened:
        facts = opened.database.read(lambda conn: status_of(conn, now))
    if json:
        print_json(facts.facts())
    else:
        typer.echo(_text(facts))


def _text(facts: "Status") -> str:
    running = facts.running_since
    lines = [
        "running since " + f"{running:%Y-%m-%d %H:%M} UTC" if running else "not running",
        "",
    ]
    for course, states in facts.enrolments.items():
        lines.append(f"{course}: {_counts(states)}")
    if not facts.enrolments:
        lines.append("nobody is enrolled yet")
    lines += [f"outbox: {_counts(facts.outbox)}", f"inbox: {_counts(facts.inbox)}"]
    for account in facts.accounts:
        worked = account.seen_at
        seen = f"worked {worked:%Y-%m-%d %H:%M} UTC" if worked else "not used yet"
        until = account.paused_until
        paused = f"; paused until {until:%H:%M} UTC: {account.why}" if until else ""
        lines.append(f"{account.name}: {seen}{paused}")
    if facts.paused_accounts:
        lines.append(_PAUSED)
    if facts.held_messages or facts.held_mails or facts.held_files:
        files = f", {counted(facts.held_files, 'file')}" if facts.held_files else ""
        lines.append(
            f"held: {counted(facts.held_messages, 'mail')} to students, "
            f"{facts.held_mails} from people{files}; "
            "list with: maildriver held"
        )
    lines += facts.lines
    if facts.next_sends:
        lines += ["", "next lessons"]
    lines += [
        f"  {send.at:%a %Y-%m-%d %H:%M} UTC  {send.course}  {send.name or send.address}"
        for send in facts.next_sends
    ]
    return "\n".join(lines)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in counts.items()) or "empty"


def _log(*, verbose: bool) -> None:
    """Log to stderr: warnings always, and with -v what happens to each message."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
    )
    logging.getLogger("maildriver").setLevel(logging.INFO if verbose else logging.WARNING)
