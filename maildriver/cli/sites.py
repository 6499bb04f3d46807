"""`init`, `backup` and `upgrade`: the creation and upkeep of a site."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, PlainCommand, SiteOption, say

if TYPE_CHECKING:
    from maildriver.operator.setup import NewSite


def add_to(app: typer.Typer) -> None:
    """Add the commands of this family."""
    app.command(cls=PlainCommand, epilog="Example:\n\n  maildriver init my-school")(init)
    app.command(cls=PlainCommand, epilog="Example:\n\n  maildriver backup backup.db")(backup)
    app.command(cls=PlainCommand, epilog="Example:\n\n  maildriver upgrade")(upgrade)


_NEXT_STEPS = """\
Look through maildriver.toml, put the password of the mail account into mail.secret, and then:

  cd {folder}
  maildriver doctor
  maildriver enrol night-sky YOU@EXAMPLE.ORG --confirmed
  maildriver run"""


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the new site.")],
    *,
    address: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Mail address of the site.")
    ] = "",
    provider: Annotated[
        str,
        typer.Option(metavar="NAME", help="Provider: gmail, microsoft, fastmail, own or other."),
    ] = "",
    name: Annotated[
        str, typer.Option(metavar="NAME", help="Name of the site, shown in mails.")
    ] = "",
    operator: Annotated[
        str, typer.Option(metavar="ADDRESS", help="Address for error reports.")
    ] = "",
) -> None:
    """Create a new site with settings and sample courses.

    In a terminal, it asks for options that are not given.
    """
    from maildriver.operator.setup import NewSite, init_site, provider_advice, refuse_existing

    refuse_existing(folder)
    usual = NewSite()
    if sys.stdin.isatty():
        address = address or _ask("The mail address of your courses", _address)
        provider = provider or _ask_provider(usual.provider)
        name = name or _ask("Name of the site", str.strip, usual.name)
    address = _address(address) if address else usual.address
    new = NewSite(
        name=name or usual.name,
        address=address,
        operator=_address(operator) if operator else _default_operator(address, usual),
        provider=_provider(provider) if provider else usual.provider,
    )
    for path in init_site(folder, new):
        typer.echo(path)
    say(f"\n{provider_advice(new)}\n\n{_NEXT_STEPS.format(folder=folder)}")


def _ask(question: str, read: Callable[[str], str], default: str | None = None) -> str:
    """Return a valid answer; an invalid one is reported, and the question asked again."""
    answer: str = typer.prompt(question, default=default, value_proc=read, err=True)
    return answer


def _ask_provider(usual: str) -> str:
    from maildriver.operator.providers import PROVIDERS

    for number, (key, each) in enumerate(PROVIDERS.items(), 1):
        say(f"  {number}  {key:10} {each.title}")
    return _ask("Provider of that mailbox", _provider, usual)


def _provider(given: str) -> str:
    """Return a provider by its name, or by its number in the list."""
    from maildriver.operator.providers import PROVIDERS

    names = list(PROVIDERS)
    wanted = given.strip().lower()
    if wanted in map(str, range(1, len(names) + 1)):
        return names[int(wanted) - 1]
    if wanted not in names:
        raise typer.BadParameter(f"unknown provider {given!r}; choose from {', '.join(names)}.")
    return wanted


def _address(given: str) -> str:
    from maildriver.domain.address import parse_address
    from maildriver.errors import AddressError

    try:
        return parse_address(given.strip())
    except AddressError as error:
        raise typer.BadParameter(str(error)) from None


def _default_operator(address: str, usual: "NewSite") -> str:
    """Return the default address for alerts: that of the mailbox itself."""
    return usual.operator if address == usual.address else address


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="New file for the copy.")],
    *,
    site: SiteOption = HERE,
) -> None:
    """Copy the database while the site runs.

    The copy has everything except settings and courses.
    """
    from maildriver.operator.backup import back_up

    size = back_up(site, file)
    say(
        f"Saved the database to {file} ({size / 1e6:.1f} MB). "
        "Keep maildriver.toml, the .secret files and courses/ with it."
    )


def upgrade(*, site: SiteOption = HERE) -> None:
    """Upgrade the database to this version.

    Stop `maildriver run` and make a backup first.
    """
    from maildriver.operator.setup import upgrade_site

    before, after = upgrade_site(site)
    say(
        f"The database is up to date (schema {after})."
        if before == after
        else f"Upgraded the database from schema {before or 'none'} to {after}."
    )
