"""`init` and `upgrade`: making a site, and bringing it to a newer maildriver."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, SiteOption, say

if TYPE_CHECKING:
    from maildriver.app.starting import NewSite


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command(epilog="Example:\n\n  maildriver init my-school")(init)
    app.command(epilog="Example:\n\n  maildriver upgrade")(upgrade)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
    *,
    address: Annotated[str, typer.Option(help="The mailbox of the site.")] = "",
    provider: Annotated[
        str, typer.Option(help="Who runs it: gmail, microsoft, fastmail, own or other.")
    ] = "",
    name: Annotated[str, typer.Option(help="What the site calls itself in its mails.")] = "",
    operator: Annotated[str, typer.Option(help="The address that is told of trouble.")] = "",
) -> None:
    """Make a new site: settings to fill in, and courses to send.

    On a terminal it asks for what is not given.
    """
    from maildriver.app.starting import NewSite, advice_of, init_site
    from maildriver.domain.address import parse_address
    from maildriver.domain.providers import PROVIDERS

    asks = sys.stdin.isatty()
    usual = NewSite()
    if asks and not address:
        address = typer.prompt("The mail address of your courses", err=True)
    if asks and not provider:
        for key, each in PROVIDERS.items():
            say(f"  {key:10} {each.title}")
        provider = typer.prompt("Who runs that mailbox?", default="other", err=True)
    if asks and not name:
        name = typer.prompt("What shall the site call itself?", default=usual.name, err=True)
    if provider and provider not in PROVIDERS:
        raise typer.BadParameter(
            f"{provider!r} is none of {', '.join(PROVIDERS)}", param_hint="--provider"
        )
    address = parse_address(address) if address else usual.address
    new = NewSite(
        name=name or usual.name,
        address=address,
        operator=parse_address(operator) if operator else _operator(address, usual),
        provider=provider or usual.provider,
    )
    for path in init_site(folder, new):
        typer.echo(path)
    say(
        f"{advice_of(new)}\n"
        f"Look through {folder / 'maildriver.toml'}, put the password of the mail account into "
        f"{folder / 'mail.secret'}, and then:\n"
        f"  cd {folder}\n"
        "  maildriver doctor\n"
        "  maildriver enrol night-sky YOU@EXAMPLE.ORG --confirmed\n"
        "  maildriver run"
    )


def _operator(address: str, usual: "NewSite") -> str:
    """Return who is told of trouble if nobody is named: whoever reads the mailbox itself."""
    return usual.operator if address == usual.address else address


def upgrade(*, site: SiteOption = HERE) -> None:
    """Bring the database to this version of maildriver. Stop `run` before, and make a backup."""
    from maildriver.app.starting import upgrade_site

    before, after = upgrade_site(site)
    say(
        f"The database has schema {after} already."
        if before == after
        else f"The database went from schema {before or 'none'} to {after}."
    )
