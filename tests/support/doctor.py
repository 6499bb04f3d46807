"""Settings for `maildriver doctor` to examine, and the facts of its report."""

import json
import subprocess
from pathlib import Path
from typing import Any

from support.site import TestSite

#: The system lets nobody send there, so that the DNS cannot be asked is known at once.
NO_DNS = ("--dns", "255.255.255.255:53")


def facts(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    """Return what --json printed, with the findings by their topic."""
    found: dict[str, Any] = json.loads(done.stdout)
    return {each["topic"]: each for each in found["findings"]} | found


def edit(site: TestSite, old: str, new: str) -> Path:
    """Change the settings of a site."""
    file = site.folder / "maildriver.toml"
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new, 1))
    return file
