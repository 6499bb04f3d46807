"""What a test needs on this machine, and what to install where it is missing.

With MAILDRIVER_REAL=1 in the environment no test may be skipped: conftest.py turns
every skip, these and all others, into a failure.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

# Debian keeps servers where the PATH of an ordinary user does not look.
_PATH = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])


def program(name: str) -> str | None:
    """Return the path of an installed program."""
    return shutil.which(name, path=_PATH)


def postgres_bin() -> Path | None:
    """Return the folder of the newest installed PostgreSQL that has initdb."""
    if chosen := os.environ.get("MAILDRIVER_PG_BIN"):
        return Path(chosen)
    folders = Path("/usr/lib/postgresql").glob("*/bin")
    newest = sorted(folders, key=lambda folder: float(folder.parent.name), reverse=True)
    if found := next((folder for folder in newest if (folder / "initdb").exists()), None):
        return found
    initdb = program("initdb")
    return Path(initdb).resolve().parent if initdb else None


def require(name: str) -> None:
    """Skip the test that asks, with one line, unless `name` can be used here."""
    if problem := _CHECKS[name]():
        pytest.skip(problem)


def _installed(executable: str, package: str) -> Callable[[], str | None]:
    def check() -> str | None:
        return None if program(executable) else f"{executable} is missing: apt install {package}"

    return check


def _mailstack() -> str | None:
    if not program("postfix") or not program("dovecot"):
        packages = "postfix dovecot-imapd dovecot-lmtpd"
        return f"Postfix or Dovecot is missing: apt install --no-install-recommends {packages}"
    if os.geteuid() != 0:
        return "Postfix starts as root only: run these tests as root, for instance in a container"
    if not program("openssl"):
        return "openssl is missing: apt install openssl"
    return _dovecot_version()


def _dovecot_version() -> str | None:
    command = [program("dovecot") or "dovecot", "--version"]
    found = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    version = re.match(r"(\d+)\.(\d+)", found)
    if version is None or (int(version[1]), int(version[2])) != (2, 3):
        return f"Dovecot {found.split()[0]} reads other settings: these tests write those of 2.3"
    return None


def _postgresql() -> str | None:
    return None if postgres_bin() else "PostgreSQL is missing: apt install postgresql"


def _root() -> str | None:
    return None if os.geteuid() == 0 else "only root may mount a small disk: run it as root"


def _strace() -> str | None:
    if not program("strace"):
        return "strace is missing: apt install strace"
    done = subprocess.run(
        [str(program("strace")), "-o", os.devnull, "true"], capture_output=True, check=False
    )
    return "strace may not look into processes here (ptrace)" if done.returncode else None


def _package_index() -> str | None:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir"]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [*command, "--dest", folder, "hatchling"], capture_output=True, check=False
        )
    return "pip reaches no package index" if done.returncode else None


_CHECKS: dict[str, Callable[[], str | None]] = {
    "mailstack": _mailstack,
    "root": _root,
    "postgresql": _postgresql,
    "smtp-sink": _installed("smtp-sink", "postfix"),
    "chromium": _installed("chromium", "chromium"),
    "package index": _package_index,
    "strace": _strace,
    "openssl": _installed("openssl", "openssl"),
}
