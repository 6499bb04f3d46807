"""Before each final dot its fence is on the disk, and after it the answer: seen by strace.

A kill does not show that, for what a process has written outlives it; a power cut would.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from bench.site import planned
from support.require import program, require
from support.simulated_class import sink_in_thread
from support.site import TestSite

PACKETS = 40
_CALLS = "trace=fdatasync,fsync,sendto,recvfrom"
_BEGUN = re.compile(r"(\d+) +(\w+)\((\d+<[^>]*>)?(.*)")
_RESUMED = re.compile(r"(\d+) +<\.\.\. (\w+) resumed>(.*)")


@dataclass
class Audit:
    """What a trace shows of the order of things."""

    dots: int = 0
    unfenced: list[str] = field(default_factory=list)  # dots before which nothing was flushed
    unrecorded: list[str] = field(default_factory=list)  # answers after which nothing was


@dataclass(frozen=True, slots=True)
class Call:
    """A call of the system, with the lines on which it began and ended."""

    name: str
    file: str
    text: str
    begun: int
    ended: int


def calls(trace: Path) -> Iterator[Call]:
    """Yield the calls in the order in which they ended."""
    open_: dict[str, Call] = {}
    for number, line in enumerate(trace.read_text(errors="replace").splitlines()):
        if resumed := _RESUMED.match(line):
            if (begun := open_.pop(resumed[1], None)) is not None:
                text = begun.text + resumed[3]
                yield Call(begun.name, begun.file, text, begun.begun, number)
        elif begun_here := _BEGUN.match(line):
            who, name, file, text = begun_here.groups(default="")
            call = Call(name, file, text, number, number)
            if text.endswith("<unfinished ...>"):
                open_[who] = call
            else:
                yield call


def audit(trace: Path) -> Audit:
    """Look for dots and answers that the disk does not know of."""
    found = Audit()
    body: dict[str, int] = {}  # by connection, when the last of the message was written
    waiting: dict[str, str] = {}  # answers that are not on the disk yet
    flushed = -1  # when the last flush that is done began
    for call in sorted(calls(trace), key=lambda call: call.ended):
        if call.name in {"fdatasync", "fsync"} and "maildriver.db-wal" in call.file:
            flushed = max(flushed, call.begun)
            waiting.clear()
        elif call.name == "sendto" and call.text.startswith(', ".\\r\\n'):
            found.dots += 1
            if flushed < body.get(call.file, -1):
                found.unfenced.append(call.text)
            if call.file in waiting:
                found.unrecorded.append(waiting.pop(call.file))
        elif call.name == "sendto":
            body[call.file] = call.ended
        elif call.name == "recvfrom" and "2.0.0 taken" in call.text:
            waiting[call.file] = call.text
    found.unrecorded += waiting.values()
    return found


def traced(site: TestSite, pragma: str) -> Audit:
    """Send all that waits, with the database as safe as that says, and return what was seen."""
    trace = site.folder / "trace"
    program_text = (
        "import maildriver.database.engine as database\n"
        "from maildriver.cli import main\n"
        f"database._PRAGMAS = (*database._PRAGMAS, {pragma!r})\n"
        f"main(['run', '--once', '--site', {str(site.folder)!r}])\n"
    )
    command = [str(program("strace")), "-f", "-y", "-s", "80", "-e", _CALLS, "-o", str(trace)]
    done = subprocess.run(
        [*command, sys.executable, "-c", program_text], capture_output=True, text=True, check=False
    )
    assert done.returncode == 4, done.stderr  # there is no IMAP server
    return audit(trace)


@pytest.mark.parametrize("pragma", ["synchronous=FULL", "synchronous=NORMAL"])
def test_no_dot_goes_before_its_fence_is_on_the_disk(tmp_path: Path, pragma: str) -> None:
    require("strace")
    site, _ = planned(tmp_path / "site", 5, PACKETS)
    with sink_in_thread() as sink:
        site.write_settings("course@example.org", smtp=sink.port, imap=1)
        seen = traced(site, pragma)

    assert seen.dots == len(sink.taken) == PACKETS
    if pragma == "synchronous=FULL":
        assert (seen.unfenced, seen.unrecorded) == ([], [])
    else:  # so it would be seen
        assert len(seen.unfenced) > PACKETS // 2
