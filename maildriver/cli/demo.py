"""`demo`: a simulated class that learns by mail."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import JsonOption, PlainCommand, print_json, say
from maildriver.domain.quantity import counted
from maildriver.errors import MaildriverError

if TYPE_CHECKING:
    from maildriver.demo.audit import Audit
    from maildriver.operator.demo import Plan

_SERVED_DAYS = 5  # that pass before a newcomer joins, so that there are posts to read


def add_to(app: typer.Typer) -> None:
    """Add the command of this family."""
    app.command(
        cls=PlainCommand,
        epilog="Examples:\n\n  maildriver demo\n\n  maildriver demo --serve    join as a student",
    )(demo)


def demo(
    *,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the report.")] = Path(
        "demo"
    ),
    students: Annotated[
        int, typer.Option(metavar="COUNT", min=1, max=1000, help="Number of students.")
    ] = 20,
    days: Annotated[
        int,
        typer.Option(metavar="DAYS", min=0, max=366, help="Days to simulate.", show_default="14"),
    ] = 0,
    seed: Annotated[
        int, typer.Option(metavar="NUMBER", help="Seed: each number gives another class.")
    ] = 1,
    serve: Annotated[
        bool, typer.Option("--serve", help="Keep it running, and join as a student.")
    ] = False,
    json: JsonOption = False,
) -> None:
    """Watch a simulated class, two weeks in half a minute.

    Real mails, through the same services as `run` and a mail system inside this process.
    Nothing is installed, nothing leaves this machine.
    """
    import asyncio

    try:
        from maildriver.operator.demo import Plan
    except ModuleNotFoundError as error:
        raise MaildriverError(
            f"The demo brings a mail system of its own, and {error.name} is missing",
            hint="Install it with: pip install 'maildriver[demo]'",
        ) from error

    plan = Plan(students, days or (_SERVED_DAYS if serve else 14), seed)
    try:
        found = asyncio.run(_run_demo(plan, out, serve=serve, quiet=json))
    except KeyboardInterrupt:
        return
    if json:
        print_json(found)
    if found.lost or found.duplicates:
        raise typer.Exit(1)


async def _run_demo(plan: "Plan", out: Path, *, serve: bool, quiet: bool) -> "Audit":
    from maildriver.cli.demo_screen import display_for
    from maildriver.operator.demo import new_demo

    show = display_for(plan.days, quiet=quiet)
    async with new_demo(plan, show.add) as demo:
        with show:
            found = await demo.pass_days(plan.days)
        if serve:
            you = await demo.enrol_newcomer(_zone_here())
            await demo.serve(you, _print_url)
        page = await demo.write_report(out, found)
    if not quiet:
        say(
            f"\n{counted(found.packets, 'lesson')}, {counted(found.posts, 'post')}, "
            f"{counted(found.digests, 'digest')} and {counted(found.notes, 'other mail')} "
            f"in {found.seconds:.0f} s: {found.lost} lost, {found.duplicates} sent twice.\n\n"
            f"Open the report:      {page.resolve().as_uri()}\n"
            f"Join the class:       {_program_command()} demo --serve"
        )
    return found


def _program_command() -> str:
    """Return the command that starts this program, which may lie outside of PATH."""
    program = Path(sys.argv[0]).absolute()
    if program.name == "__main__.py":
        return "python -m maildriver"
    near = program.is_relative_to(Path.cwd())
    return str(program.relative_to(Path.cwd())) if near else "maildriver"


def _print_url(url: str) -> None:
    say(f"\nYou are a student of this class now: {url}\nCtrl-C ends it.")


def _zone_here() -> str:
    from tzlocal import get_localzone_name

    return get_localzone_name() or "UTC"
