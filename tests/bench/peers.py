"""Who else sends mail, each in a process of its own: how many messages a second it sends."""

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.site import again
from support.require import program
from support.site import TestSite

_HERE = Path(__file__).parent
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "maildriver-bench"
_MAILMAN = "mailman==3.3.10"
_NODEMAILER = "nodemailer@10.6.1"


@dataclass(frozen=True, slots=True)
class Load:
    """What everybody sends in one round."""

    kilobytes: int
    site: TestSite  # with the packets that wait
    message: Path  # one of them as it goes on the wire
    attachment: Path
    scratch: Path


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took to send some messages."""

    seconds: float
    cpu: float  # seconds of the sending process, in user and system mode


def _is_there() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Peer:
    """A sender, and how many messages are enough to measure it by."""

    name: str
    send: Callable[[Load, int, int], Cost]  # load, port, number
    numbers: dict[int, int]  # by kilobytes
    missing: Callable[[], str] = _is_there  # installs it, or says why it cannot be had


def ours(load: Load, port: int, number: int) -> Cost:
    """Send what waits in the outbox: claim, fence and result on the disk for each."""
    del number
    copy = again(load.site, load.scratch / "ours", port)
    return _cost(sys.executable, _HERE / "send_ours.py", copy.folder)


def smtp_source(load: Load, port: int, number: int) -> Cost:
    """Send one fixed message again and again: Postfix's own load generator."""
    size = str(load.message.stat().st_size)
    command = [str(program("smtp-source")), "-d", "-s", "8", "-l", size, "-m", str(number)]
    before, start = _cpu_of_children(), time.perf_counter()
    subprocess.run([*command, f"inet:127.0.0.1:{port}"], check=True)
    return Cost(time.perf_counter() - start, _cpu_of_children() - before)


def aiosmtplib(load: Load, port: int, number: int) -> Cost:
    """Build a mail for each and send it."""
    script = _HERE / "aiosmtplib_peer.py"
    return _cost(sys.executable, script, port, load.attachment, number)


def nodemailer(load: Load, port: int, number: int) -> Cost:
    """Build a mail for each and send it."""
    script = _HERE / "nodemailer_peer.js"
    return _cost(_node(), script, _node_modules(), port, load.attachment, number)


def mailman(load: Load, port: int, number: int) -> Cost:
    """Send a post to the members of a list, personalised."""
    folder = load.scratch / "mailman"
    shutil.rmtree(folder, ignore_errors=True)
    script = _HERE / "mailman_peer.py"
    return _cost(_mailman_python(), script, folder, port, load.message, number)


def _mailman_is_missing() -> str:
    """Install Mailman into the cache if it is not there; return why it cannot be had."""
    if _mailman_python().exists():
        return ""
    folder = _CACHE / "mailman"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
    return _installed([*pip, _MAILMAN], folder, "Mailman")


def _nodemailer_is_missing() -> str:
    """Install nodemailer into the cache if it is not there; return why it cannot be had."""
    if (_node_modules() / "nodemailer").exists():
        return ""
    npm = shutil.which("npm")
    if npm is None or not _node():
        return "nodemailer cannot be installed: there is no node or no npm (Debian: npm)"
    folder = _CACHE / "nodemailer"
    folder.mkdir(parents=True, exist_ok=True)
    words = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder)]
    return _installed([*words, _NODEMAILER], folder, "nodemailer")


OURS = Peer("maildriver", ours, {5: 3000, 50: 2000, 500: 600})
SMTP_SOURCE = Peer("smtp-source", smtp_source, OURS.numbers)
PEERS = (
    SMTP_SOURCE,
    Peer("aiosmtplib", aiosmtplib, {5: 600, 50: 300, 500: 60}),
    Peer("nodemailer", nodemailer, {5: 1200, 50: 600, 500: 120}, _nodemailer_is_missing),
    Peer("mailman", mailman, {5: 200, 50: 100, 500: 50}, _mailman_is_missing),
)


def _mailman_python() -> Path:
    return _CACHE / "mailman" / "bin" / "python"


def _node() -> str:
    return shutil.which("node") or ""


def _node_modules() -> Path:
    return _CACHE / "nodemailer" / "node_modules"


def _installed(command: Sequence[str], folder: Path, name: str) -> str:
    """Return why a command could not install something into a folder, or nothing."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if not done.returncode:
        return ""
    shutil.rmtree(folder)
    said = (done.stderr or done.stdout).strip().splitlines()
    return f"{name} cannot be installed: {said[-1] if said else 'nothing is said'}"


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _cost(*command: object) -> Cost:
    """Run a script that prints its cost as a JSON line."""
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{words}:\n{done.stderr}")
    found = json.loads(done.stdout.strip().rpartition("\n")[2])
    return Cost(float(found["seconds"]), float(found["cpu"]))
