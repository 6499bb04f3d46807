"""`enrol`: people into a course, each on a cadence."""

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, SiteOption, print_json, say
from maildriver.domain.cadence import parse_at, parse_days
from maildriver.domain.quantity import counted
from maildriver.domain.time_zones import parse_zone
from maildriver.errors import MaildriverError, RosterError

if TYPE_CHECKING:
    from maildriver.enrolment.enrol import EnrolRequest
    from maildriver.enrolment.roster import RosterRow
    from maildriver.operator.enrol import EnrolSummary


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command(
        epilog="Examples:\n\n"
        "  maildriver enrol night-sky ada@example.org --days mon,thu --at 07:30\n\n"
        "  maildriver enrol night-sky --roster class.csv --dry-run",
    )(enrol)


def days(text: str) -> frozenset[int]:
    """Return the days in an option; raise BadParameter if the text is wrong."""
    try:
        return parse_days(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def hour(text: str) -> time:
    """Return the hour in an option; raise BadParameter if the text is wrong."""
    try:
        return parse_at(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def zone(text: str) -> str:
    """Return the name of the zone in an option; raise BadParameter if there is none."""
    try:
        return parse_zone(text).key
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def day(text: str) -> date:
    """Return the date in an option; raise BadParameter if the text is wrong."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2027-01-31") from error


Days = Annotated[
    frozenset[int] | None,
    typer.Option(parser=days, metavar="DAYS", help="Such as mon,thu or daily."),
]
At = Annotated[
    time | None, typer.Option(parser=hour, metavar="HH:MM", help="On the student's own clock.")
]
Zone = Annotated[
    str | None, typer.Option(parser=zone, metavar="ZONE", help="Such as Europe/Lisbon.")
]


def enrol(
    course: Annotated[str, typer.Argument(help="The folder name of the course.")],
    address: Annotated[list[str] | None, typer.Argument(metavar="ADDRESS...")] = None,
    *,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="A header row, then one student a line."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="How the student is addressed.")] = None,
    timezone: Zone = None,
    days: Days = None,
    at: At = None,
    start: Annotated[
        date | None, typer.Option(parser=day, metavar="DATE", help="No packet before it.")
    ] = None,
    cohort: Annotated[str | None, typer.Option(help="Who shares one discussion.")] = None,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="They asked you themselves: no confirm mail.")
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Enrol the good lines of a roster.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")
    ] = False,
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Enrol people in a course, or change how those who are in it get it."""
    from maildriver.enrolment.enrol import EnrolRequest

    if bool(address) == bool(roster):
        raise typer.BadParameter("name addresses, or a file with --roster; one of the two")
    if roster is not None:
        wishes = _requests_of(roster, skip_bad=skip_bad, confirmed=confirmed)
    else:
        wish = EnrolRequest("", name, timezone, None, days, at, start, cohort, confirmed=confirmed)
        wishes = _for_each(address or [], wish)
    _print_answer(_enrol(site, course, wishes, dry_run=dry_run), dry_run=dry_run, json=json)


def _print_answer(summary: "EnrolSummary", *, dry_run: bool, json: bool) -> None:
    if json:
        print_json(_facts(summary, dry_run=dry_run))
    else:
        _print_summary(summary, dry_run=dry_run)


def _for_each(addresses: "Sequence[str]", request: "EnrolRequest") -> "list[EnrolRequest]":
    """Return the request once for each address; raise AddressError for an invalid one."""
    from dataclasses import replace

    from maildriver.domain.address import parse_address

    return [replace(request, address=parse_address(each)) for each in dict.fromkeys(addresses)]


def _requests_of(roster: Path, *, skip_bad: bool, confirmed: bool) -> "list[EnrolRequest]":
    from maildriver.operator.enrol import request_of

    return [request_of(row, confirmed=confirmed) for row in _good_rows(roster, skip_bad=skip_bad)]


def _good_rows(roster: Path, *, skip_bad: bool) -> "Sequence[RosterRow]":
    """Return the rows without faults; raise RosterError for others unless `skip_bad`."""
    from maildriver.enrolment.roster import read_roster

    try:
        read = read_roster(roster.read_bytes())
    except OSError as error:
        raise MaildriverError(f"{roster} cannot be read: {error.strerror}") from error
    for fault in read.faults:
        say(f"{roster}:{fault.line}: {fault.problem}")
    if read.faults and not skip_bad:
        count = len(read.faults)
        raise RosterError(f"{counted(count, 'fault')} in {roster}; nobody was enrolled")
    return read.rows


def _enrol(
    site: Path, course: str, requests: "Sequence[EnrolRequest]", *, dry_run: bool
) -> "EnrolSummary":
    from rich.console import Console
    from rich.progress import Progress

    from maildriver.app.site import open_site, utc_now
    from maildriver.operator.enrol import enrol_all

    long = len(requests) > 1000
    with (
        open_site(site) as opened,
        Progress(console=Console(stderr=True), disable=not long, transient=True) as bar,
    ):
        task = bar.add_task("enrolling", total=len(requests))
        return enrol_all(
            opened,
            course,
            requests,
            utc_now(),
            dry_run=dry_run,
            progress=lambda done: bar.update(task, completed=done),
        )


def _print_summary(summary: "EnrolSummary", *, dry_run: bool) -> None:
    for each in summary.changed:
        typer.echo(f"{each.address}: {', '.join(each.changes)}")
    unchanged = len(summary.results) - summary.enrolled - len(summary.changed)
    say(
        f"{'Would enrol' if dry_run else 'Enrolled'} {summary.enrolled} in {summary.course}, "
        f"{len(summary.changed)} changed, {unchanged} as they were."
    )
    if summary.to_confirm:
        get = "gets" if summary.to_confirm == 1 else "get"
        say(f"{summary.to_confirm} {get} a mail that asks them to confirm, and nothing before.")
    if summary.first is not None:
        at, count = summary.first
        go = "The first packet goes" if count == 1 else "The first packets go"
        say(f"{go} on {at:%A %d %B %Y, %H:%M} UTC, to {counted(count, 'student')}.")


def _facts(summary: "EnrolSummary", *, dry_run: bool) -> dict[str, object]:
    first = summary.first
    return {
        "course": summary.course,
        "dry_run": dry_run,
        "enrolled": summary.enrolled,
        "changed": [
            {"address": each.address, "changes": each.changes} for each in summary.changed
        ],
        "to_confirm": summary.to_confirm,
        "first": None if first is None else {"at": first[0], "packets": first[1]},
    }
