"""Options that several commands share, and the printing of answers."""

import dataclasses
import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperArgument, TyperCommand

SiteOption = Annotated[
    Path,
    typer.Option(
        "--site", metavar="DIR", help="Folder of the site.", show_default="current folder"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

HERE = Path()


class _PlainArgument(TyperArgument):
    """An argument that help shows by its name alone, without braces and without a type."""

    def _usage_display_name(self) -> str:
        name = self.display_name_raw if self.required else f"[{self.display_name_raw}]"
        return name if self.nargs == 1 else f"{name}..."

    def display_type_rich(self, ctx: Any) -> None:  # noqa: ARG002 - Typer passes it
        return None


class PlainCommand(TyperCommand):
    """A command whose help names its arguments in words."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in self.params:
            if isinstance(each, TyperArgument):
                each.__class__ = _PlainArgument


#: Control characters, except line ends and tabs, and marks that change text direction.
_CONTROLS = re.compile(r"[^\t\n -~\u00a0-\u2029\u202f-\u2065\u206a-\U0010ffff]")


def print_json(value: object) -> None:
    """Print a value as JSON on one line; moments are ISO 8601 in UTC."""
    typer.echo(_spelt_out(json.dumps(value, default=_plain, ensure_ascii=False)))


def print_untrusted(text: str) -> None:
    """Print text that strangers may have written, with control characters spelt out."""
    typer.echo(_spelt_out(text.replace("\r\n", "\n")))


def _spelt_out(text: str) -> str:
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def say(message: str) -> None:
    """Print a message for the operator: on stderr, so that data stays clean."""
    typer.echo(message, err=True)


def _plain(value: object) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON for {type(value)}")
