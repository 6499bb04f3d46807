"""`check`: the faults of courses."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, PlainCommand, SiteOption, print_json, say
from maildriver.domain.quantity import counted

if TYPE_CHECKING:
    from maildriver.courses.check import CheckedCourse


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command(
        cls=PlainCommand,
        epilog="Examples:\n\n  maildriver check\n\n  maildriver check night-sky",
    )(check)


def check(
    course: Annotated[
        list[str] | None,
        typer.Argument(metavar="COURSE", help="Courses to check; all by default."),
    ] = None,
    *,
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Check courses for errors, and say how to fix them.

    Exit code 3 if a course has an error; warnings alone leave it at 0.
    """
    from maildriver.app.site import limits_of
    from maildriver.operator.courses import check_folders, folders_named

    folders = folders_named(site / "courses", course or [])
    checked = check_folders(folders, limits_of(site))
    faults = [fault for each in checked for fault in each.faults]
    if json:
        print_json({"faults": faults})
    else:
        for fault in faults:
            typer.echo(f"{fault.where}: {fault.level}: {fault.problem} {fault.remedy}")
        say(_summary([folder.name for folder in folders], checked))
    if any(fault.level == "error" for fault in faults):
        raise typer.Exit(3)


def _summary(names: Sequence[str], checked: "Sequence[CheckedCourse]") -> str:
    good = [name for name, each in zip(names, checked, strict=True) if each.course is not None]
    lessons = sum(
        len({lesson.slug for lesson in each.course.lessons})
        for each in checked
        if each.course is not None
    )
    bad = [name for name in names if name not in good]
    if len(bad) == 1:
        return f"{bad[0]} has errors and can't be sent."
    if bad:
        return f"{', '.join(bad)} have errors and can't be sent."
    return f"{', '.join(good)}: {counted(lessons, 'lesson')}, ready to send."
