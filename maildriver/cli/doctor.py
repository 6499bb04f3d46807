"""`doctor`: a trial of a site's mail, and the right settings."""

from typing import TYPE_CHECKING, Annotated

import typer

from maildriver.cli.options import HERE, JsonOption, PlainCommand, SiteOption, print_json, say
from maildriver.errors import MaildriverError

if TYPE_CHECKING:
    from maildriver.operator.doctor.report import Finding


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        cls=PlainCommand,
        epilog="Examples:\n\n  maildriver doctor\n\n"
        "  maildriver doctor --write    write the settings found",
    )(doctor)


def doctor(
    *,
    write: Annotated[
        bool, typer.Option("--write", help="Write the settings found into maildriver.toml.")
    ] = False,
    timeout: Annotated[
        int,
        typer.Option(metavar="SECONDS", min=1, help="How long to wait for a test mail."),
    ] = 60,
    dns: Annotated[
        str, typer.Option(metavar="HOST:PORT", hidden=True, help="The DNS server to ask.")
    ] = "",
    site: SiteOption = HERE,
    json: JsonOption = False,
) -> None:
    """Test the mail accounts, and say what to fix.

    Sends a test mail to the site itself. Mailboxes are not changed. If a paused account
    works again, its pause is lifted. The exit code is 4 if a server cannot be reached.
    """
    import asyncio
    import os

    from maildriver.operator.doctor.examine import Options, end_pauses, examine
    from maildriver.settings.site import load_settings

    def tell(finding: "Finding") -> None:
        (say if json else typer.echo)(f"{finding.topic}: {finding.text}")
        if finding.remedy:
            say(f"  {finding.remedy}")

    settings = load_settings(site, os.environ)
    wishes = Options(write=write, seconds=timeout, dns=_server(dns))
    report = asyncio.run(examine(site, settings, wishes, tell, say))
    end_pauses(site, report)
    if json:
        print_json(report.as_json())
    _end(report.exit_code())


def _end(code: int) -> None:
    if code == 1:
        raise MaildriverError(
            "Mail is not working yet.",
            hint="Fix the problems above, then run again: maildriver doctor",
        )
    if code:
        say("maildriver: a server cannot be reached; check its host name, or try again later.")
        raise typer.Exit(code)


def _server(text: str) -> tuple[str, int] | None:
    if not text:
        return None
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter("write it as 127.0.0.1:53", param_hint="--dns")
    return host, int(port)
