"""The command line: read arguments, call one function, print one answer.

Data goes to stdout, messages to stderr. Exit codes: 0 done, 1 something the operator can
correct, 2 wrong usage, 3 `check` found faults, 4 try again later.
"""

import gc
import os
import sys
from collections.abc import Sequence
from importlib.metadata import version
from typing import Annotated

import typer

from maildriver.cli import courses, demo, doctor, held, people, run, sites, student
from maildriver.errors import BusyError, MaildriverError

EPILOG = """
A first course, from nothing:

  maildriver init my-school && cd my-school

  maildriver check

  maildriver enrol night-sky me@example.org --confirmed

  maildriver run
"""

app = typer.Typer(
    name="maildriver",
    help="Courses delivered entirely by mail.",
    epilog=EPILOG,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for family in (demo, sites, courses, people, student, run, doctor, held):
    family.add_to(app)


def _print_version(value: bool) -> None:
    if value:
        typer.echo(f"maildriver {version('maildriver')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Courses delivered entirely by mail."""


def main(argv: Sequence[str] | None = None) -> None:
    """Run the command that was typed, and end the process with its exit code."""
    # Loading a command makes a hundred thousand objects that stay. Collecting garbage among
    # them again and again costs a tenth of the time that `status` needs.
    gc.set_threshold(50_000, 20, 20)
    args = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in args or bool(os.environ.get("MAILDRIVER_DEBUG"))
    args = [arg for arg in args if arg != "--debug"]
    try:
        app(args, prog_name="maildriver")
    except MaildriverError as error:
        if debug:
            raise
        sys.exit(_print_error(error))
    except BrokenPipeError:  # somebody closed the pipe we print to: `maildriver status | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if debug:
            raise
        typer.echo(f"maildriver: internal error: {error!r}", err=True)
        typer.echo("  Run it again with --debug, and report the traceback.", err=True)
        sys.exit(1)


def _print_error(error: MaildriverError) -> int:
    typer.echo(f"maildriver: {error}", err=True)
    if error.hint:
        typer.echo(f"  {error.hint}", err=True)
    return 4 if isinstance(error, BusyError) else 1
