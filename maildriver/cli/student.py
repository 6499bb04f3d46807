"""`student`: one student, shown after any changes."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, PlainCommand, SiteOption, print_json, say
from maildriver.cli.people import At, Days, Name, Zone, day

if TYPE_CHECKING:
    pass


def add_to(app: typer.Typer) -> None:
    """Add the command of this family."""
    app.command(
        cls=PlainCommand,
        epilog="Examples:\n\n"
        "  maildriver student ada@example.org\n\n"
        "  maildriver student ada@example.org --pause 2w\n\n"
        "  maildriver student ada@example.org --at 18:00 --days sat,sun",
    )(student)


@dataclass(frozen=True, slots=True)
class PauseLength:
    """The length of a pause: a span from now, until a date, or open-ended."""

    span: timedelta | None = None
    date: datetime | None = None

    def until(self, now: datetime) -> datetime | None:
        """Return the end of the pause; None if it is open-ended."""
        return now + self.span if self.span is not None else self.date


def pause_length(text: str) -> PauseLength:
    """Return the length of a pause from 10d, 2w, a date such as 2027-01-31, or `open`."""
    if text.strip().lower() == "open":
        return PauseLength()
    if match := re.fullmatch(r"(\d{1,3})\s*([dw])\w*", text.strip().lower()):
        days = int(match[1]) * (7 if match[2] == "w" else 1)
        return PauseLength(span=timedelta(days=days))
    try:
        date = day(text)
    except typer.BadParameter as error:
        raise typer.BadParameter(
            f"invalid length of pause {text!r}; write 10d, 2w, 2027-01-31 or open"
        ) from error
    from datetime import UTC

    if date < datetime.now(UTC).date():
        raise typer.BadParameter(f"{text} is in the past; write a future date, 10d, 2w or open")
    return PauseLength(date=datetime(date.year, date.month, date.day, tzinfo=UTC))


Leave = Annotated[
    str | None, typer.Option(metavar="COURSE", help="End the enrolment in a course.")
]
Forget = Annotated[
    str | None,
    typer.Option(
        "--forget-alias", metavar="ADDRESS", help="Remove an extra address of the student."
    ),
]
PauseOption = Annotated[
    PauseLength | None,
    typer.Option(
        parser=pause_length,
        metavar="LENGTH",
        help="Pause for 10d or 2w, until a date, or open (until resumed).",
    ),
]
NewAddress = Annotated[
    str | None, typer.Option("--address", metavar="ADDRESS", help="Change the student's address.")
]


def student(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Address of the student.")],
    *,
    leave: Leave = None,
    pause: PauseOption = None,
    resume: Annotated[bool, typer.Option("--resume", help="End a pause.")] = False,
    new_address: NewAddress = None,
    name: Name = None,
    forget: Forget = None,
    timezone: Zone = None,
    days: Days = None,
    at: At = None,
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Show or change one student."""
    from maildriver.app.site import open_site, utc_now
    from maildriver.domain.address import parse_address
    from maildriver.enrolment.change import StudentChange
    from maildriver.operator.student import StudentOrder, change_student, show_student

    now = utc_now()
    change = StudentChange(
        name=name,
        zone=timezone,
        address=None if new_address is None else parse_address(new_address),
        days=days,
        at=at,
    )
    order = StudentOrder(
        change,
        leave=leave,
        pause=None if pause is None else (pause.until(now),),
        resume=resume,
        forget_alias=forget,
    )
    with open_site(site) as opened:
        done = change_student(opened, address, order, now)
        shown = show_student(opened, change.address or address, now)
    for line in done:
        say(line)
    if json:
        print_json(shown)
    else:
        typer.echo(shown.as_text())
