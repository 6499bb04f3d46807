"""Who else sends mail, each in a process of its own: how many messages a second it sends."""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.site import again
from servers.require import program
from servers.site import TestSite

_HERE = Path(__file__).parent
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maildriver-bench"
_MAILMAN = "mailman==3.3.10"


@dataclass(frozen=True, slots=True)
class Load:
    """What everybody sends in one round."""

    kilobytes: int
    site: TestSite  # with the packets that wait
    message: Path  # one of them as it goes on the wire
    attachment: Path
    scratch: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """A sender, and how many messages are enough to measure it by."""

    name: str
    send: Callable[[Load, int, int], float]  # load, port, number -> messages a second
    numbers: dict[int, int]  # by kilobytes


def ours(load: Load, port: int, number: int) -> float:
    """Send what waits in the outbox: claim, fence and result on the disk for each."""
    copy = again(load.site, load.scratch / "ours", port)
    return number / _seconds(sys.executable, _HERE / "send_ours.py", copy.folder)


def smtp_source(load: Load, port: int, number: int) -> float:
    """Send one fixed message again and again: Postfix's own load generator."""
    size = str(load.message.stat().st_size)
    command = [str(program("smtp-source")), "-d", "-s", "8", "-l", size, "-m", str(number)]
    start = time.perf_counter()
    subprocess.run([*command, f"inet:127.0.0.1:{port}"], check=True)
    return number / (time.perf_counter() - start)


def aiosmtplib(load: Load, port: int, number: int) -> float:
    """Build a mail for each and send it."""
    script = _HERE / "aiosmtplib_peer.py"
    return number / _seconds(sys.executable, script, port, load.attachment, number)


def mailman(load: Load, port: int, number: int) -> float:
    """Send a post to the members of a list, personalised."""
    folder = load.scratch / "mailman"
    shutil.rmtree(folder, ignore_errors=True)
    script = _HERE / "mailman_peer.py"
    return number / _seconds(_mailman_python(), script, folder, port, load.message, number)


def mailman_is_missing() -> str:
    """Install Mailman into the cache if it is not there; return why it cannot be had."""
    if _mailman_python().exists():
        return ""
    folder = _CACHE / "mailman"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    done = subprocess.run([*pip, _MAILMAN], capture_output=True, text=True, check=False)
    if done.returncode:
        shutil.rmtree(folder)
        return f"Mailman cannot be installed: {done.stderr.strip().splitlines()[-1]}"
    return ""


OURS = Peer("maildriver", ours, {5: 3000, 50: 2000, 500: 600})
PEERS = (
    Peer("smtp-source", smtp_source, OURS.numbers),
    Peer("aiosmtplib", aiosmtplib, {5: 600, 50: 300, 500: 60}),
    Peer("mailman", mailman, {5: 200, 50: 100, 500: 50}),
)


def _mailman_python() -> Path:
    return _CACHE / "mailman" / "bin" / "python"


def _seconds(*command: object) -> float:
    """Run a script that prints a JSON line, and return its seconds."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words}:\n{done.stderr}")
    return float(json.loads(done.stdout.strip().rpartition("\n")[2])["seconds"])
