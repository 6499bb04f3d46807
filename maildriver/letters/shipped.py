"""Templates and courses that come with maildriver."""

from functools import cache
from pathlib import Path

_TEMPLATES = {".md", ".html", ".txt", ".toml"}
_PACKAGE = Path(__file__).resolve().parent.parent


def shipped_folder(name: str) -> Path:
    """Return the shipped folder `templates` or `courses`.

    In an installed wheel it lies in the package, in a checkout at the root of the repository.
    """
    inside = _PACKAGE / "_shipped" / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


@cache
def shipped_templates() -> dict[str, str]:
    """Return the text of every shipped template, by its path below `templates`."""
    return read_templates(shipped_folder("templates"))


def read_templates(folder: Path) -> dict[str, str]:
    """Return the text of every template in a folder, by its path below it."""
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in template_files(folder)
    }


def template_files(folder: Path) -> list[Path]:
    """Return the templates in a folder, sorted by name, without hidden files and links."""
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.suffix in _TEMPLATES
        and not path.name.startswith(".")
        and not any(each.is_symlink() for each in (path, *path.parents[: _depth(path, folder)]))
        and path.is_file()
    ]


def _depth(path: Path, folder: Path) -> int:
    return len(path.relative_to(folder).parts)
