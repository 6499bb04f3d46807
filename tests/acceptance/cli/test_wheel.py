"""The wheel, installed where nothing else is, does what the checkout does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.require import require

ROOT = Path(__file__).parents[3]


class Installed:
    """A clean environment with the wheel in it, and a folder that is not the checkout."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder, self.wheel = folder / "elsewhere", wheel
        self.folder.mkdir()
        subprocess.run([sys.executable, "-m", "venv", str(folder / "env")], check=True)
        self._bin = folder / "env" / "bin"

    def install(self, extra: str = "") -> None:
        constraints = ["--constraint", str(ROOT / "constraints.txt")]
        _pip(self._bin / "python", "install", *constraints, f"{self.wheel}{extra}")

    def call(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [self._bin / "maildriver", *words],
            cwd=self.folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == expect, done.stderr
        return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    require("package index")
    folder = tmp_path_factory.mktemp("wheel")
    _pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), str(ROOT))
    (wheel,) = folder.glob("*.whl")
    return Installed(folder, wheel)


def _pip(python: str | Path, *words: str) -> None:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_wheel_makes_a_site_and_lives_the_demo_elsewhere(installed: Installed) -> None:
    installed.install()
    done = installed.call("demo", expect=1)
    assert done.stderr.endswith("Install it with: pip install 'maildriver[demo]'\n")

    installed.call("init", "school", "--address", "course@example.org", "--provider", "own")
    checked = installed.call("check", "--site", "school")
    assert checked.stderr == "night-sky, teach-by-mail: 17 lessons, ready to send.\n"

    installed.install("[demo]")
    done = installed.call("demo", "--students", "6", "--days", "4", "--json")
    totals = json.loads(done.stdout)
    assert (totals["lost"], totals["duplicates"]) == (0, 0)
    assert totals["packets"] > 10
    assert (installed.folder / "demo" / "index.html").is_file()
