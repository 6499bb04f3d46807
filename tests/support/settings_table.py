"""The tables of settings in README.md, made from the code: `make readme` writes them."""

import re
from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from maildriver.settings.site import Settings

README = Path(__file__).parents[2] / "README.md"
_BEGIN, _END = "<!-- settings: made by `make readme` -->", "<!-- end of settings -->"
_BETWEEN = re.compile(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", re.DOTALL)


def tables() -> str:
    """Return one table for each section of maildriver.toml."""
    return "\n".join(_section(name, field) for name, field in Settings.model_fields.items())


def written(readme: str) -> str:
    """Return a README with its tables as they should be."""
    return _BETWEEN.sub(lambda _: f"{_BEGIN}\n\n{tables()}\n{_END}", readme)


def _section(name: str, field: FieldInfo) -> str:
    section = field.annotation
    assert isinstance(section, type)
    assert issubclass(section, BaseModel)
    rows = [
        f"| `{key}` | {_default(each)} | {(each.description or '').replace('|', chr(92) + '|')} |"
        for key, each in section.model_fields.items()
    ]
    head = [f"**`[{name}]`** {(section.__doc__ or '').strip()}", "", "| key | default | |"]
    return "\n".join([*head, "|---|---|---|", *rows, ""])


def _default(field: FieldInfo) -> str:
    value = field.default
    if value is PydanticUndefined:
        return "(needed)"
    if isinstance(value, timedelta):
        days, hours = divmod(value.total_seconds() / 3600, 24)
        shown = f'"{days:.0f}d"' if days else f'"{hours * 60:.0f}m"'
    elif isinstance(value, bool):
        shown = str(value).lower()
    elif isinstance(value, int) and value >= 10_000:
        shown = f'"{value // 1_000_000}MB"' if value >= 1_000_000 else f'"{value // 1000}KB"'
    elif isinstance(value, tuple):
        shown = "[" + ", ".join(f'"{each}"' for each in value) + "]"
    else:
        shown = f'"{value}"' if isinstance(value, str) else str(value)
    return f"`{shown}`"


if __name__ == "__main__":
    README.write_text(written(README.read_text("utf-8")), encoding="utf-8")
