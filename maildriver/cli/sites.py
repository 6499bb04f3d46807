"""`init` and `upgrade`: making a site, and bringing it to a newer maildriver."""

from pathlib import Path
from typing import Annotated

import typer

from maildriver.cli.options import HERE, SiteOption, say


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command(epilog="Example:\n\n  maildriver init my-school")(init)
    app.command(epilog="Example:\n\n  maildriver upgrade")(upgrade)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
) -> None:
    """Make a new site: settings to fill in, and a course to send."""
    from maildriver.app.starting import init_site

    made = init_site(folder)
    for path in made:
        typer.echo(path)
    say(
        f"Now fill in {folder / 'maildriver.toml'}, put the password of the mail account into "
        f"{folder / 'mail.secret'}, and then:\n"
        f"  cd {folder}\n"
        "  maildriver check\n"
        "  maildriver enrol night-sky YOU@EXAMPLE.ORG --confirmed\n"
        "  maildriver run"
    )


def upgrade(*, site: SiteOption = HERE) -> None:
    """Bring the database to this version of maildriver. Stop `run` before, and make a backup."""
    from maildriver.app.starting import upgrade_site

    before, after = upgrade_site(site)
    say(
        f"The database has schema {after} already."
        if before == after
        else f"The database went from schema {before or 'none'} to {after}."
    )
