"""`enrol`: people into a course, each on a cadence."""

from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, PlainCommand, SiteOption, print_json, say
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
        cls=PlainCommand,
        epilog="Examples:\n\n"
        "  maildriver enrol night-sky ada@example.org --days mon,thu --at 07:30\n\n"
        "  maildriver enrol night-sky --roster class.csv --dry-run",
    )(enrol)
    app.command("enroll", cls=PlainCommand, hidden=True)(enrol)  # half of the readers spell it so


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
        raise typer.BadParameter(f"invalid date {text!r}; write it as 2027-01-31") from error


Days = Annotated[
    frozenset[int] | None,
    typer.Option(parser=days, metavar="DAYS", help="Days for lessons, such as mon,thu or daily."),
]
At = Annotated[
    time | None,
    typer.Option(parser=hour, metavar="HH:MM", help="Time of day in the student's time zone."),
]
Zone = Annotated[
    str | None, typer.Option(parser=zone, metavar="ZONE", help="Time zone, such as Europe/Lisbon.")
]
Start = Annotated[
    date | None,
    typer.Option(parser=day, metavar="DATE", help="First day on which a lesson may be sent."),
]
Name = Annotated[str | None, typer.Option(metavar="NAME", help="Name of the student.")]


def enrol(
    course: Annotated[str, typer.Argument(metavar="COURSE", help="Name of the course folder.")],
    address: Annotated[
        list[str] | None, typer.Argument(metavar="ADDRESS", help="Who to enrol.")
    ] = None,
    *,
    roster: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="Roster: a header row, then one student per line."),
    ] = None,
    name: Name = None,
    timezone: Zone = None,
    days: Days = None,
    at: At = None,
    start: Start = None,
    cohort: Annotated[
        str | None, typer.Option(metavar="NAME", help="Group that shares a discussion.")
    ] = None,
    confirmed: Annotated[
        bool,
        typer.Option(
            "--confirmed", help="Skip the confirmation mail: they asked you to enrol them."
        ),
    ] = False,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Skip roster lines with errors, and enrol the rest.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen, without changing anything.")
    ] = False,
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Enrol people in a course, or update their enrolment."""
    from maildriver.enrolment.enrol import EnrolRequest

    if bool(address) == bool(roster):
        raise typer.BadParameter("give either addresses or --roster FILE.csv")
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
        raise MaildriverError(f"cannot read {roster}: {error.strerror}") from error
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
        f"{summary.course}: {summary.enrolled} enrolled, {len(summary.changed)} updated, "
        f"{unchanged} unchanged{' (dry run, nothing was saved)' if dry_run else ''}"
    )
    if summary.to_confirm:
        say(f"{counted(summary.to_confirm, 'student')} will be asked to confirm first.")
    if summary.first is not None:
        at, count = summary.first
        say(f"First lesson: {at:%A %d %B %Y, %H:%M} UTC, to {counted(count, 'student')}.")


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
