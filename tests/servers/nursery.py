"""Processes of a site that need not load their program: forks of one that has loaded it.

Most of the time between two kills is otherwise spent on that. A fork is killed, and dies, as
any other process; nothing is shared with it, for the parent has opened nothing.
"""

import gc
import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_LOADED_LATE = (
    "maildriver.app.running",
    "maildriver.store.migrate",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
)


class Nursery:
    """Starts commands of maildriver; their log is in a file."""

    def __init__(self, log: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(log)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, *words: str) -> "Child":
        """Start a command, as it would be typed."""
        return Child(self, self.ask("start", *words))

    def ask(self, *words: str | int) -> int:
        """Return what it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it, and all that it started."""
        with self._process:  # closes its pipes, upon which it ends
            pass


class Child:
    """A process that was started."""

    def __init__(self, nursery: Nursery, pid: int) -> None:
        self._nursery, self._pid = nursery, pid

    def lives(self) -> bool:
        """Whether it has not ended yet."""
        return bool(self._nursery.ask("lives", self._pid))

    def kill(self) -> None:
        """Kill -9 it, and return when it is gone; it may have ended before."""
        self._nursery.ask("kill", self._pid)


@contextmanager
def nursery(log: Path) -> Iterator[Nursery]:
    """Run one for as long as the block lasts."""
    found = Nursery(log)
    try:
        yield found
    finally:
        found.close()


def _start(log: Path, words: list[str]) -> int:
    child = os.fork()
    if child:
        return child
    with suppress(BaseException), log.open("a") as out, Path(os.devnull).open() as nothing:
        for theirs, ours in ((nothing, 0), (out, 1), (out, 2)):
            os.dup2(theirs.fileno(), ours)
        from maildriver.cli import main

        main(words)
    sys.stderr.flush()
    os._exit(0)


def _serve(log: Path) -> None:
    alive: set[int] = set()
    for line in sys.stdin:
        verb, *words = json.loads(line)
        match verb:
            case "start":
                answer = _start(log, words)
                alive.add(answer)
            case "kill":
                answer = _kill(alive, words[0])
            case _:
                alive -= {pid for pid in alive if os.waitpid(pid, os.WNOHANG)[0]}
                answer = words[0] in alive
        sys.stdout.write(f"{int(answer)}\n")
        sys.stdout.flush()
    for pid in list(alive):
        _kill(alive, pid)


def _kill(alive: set[int], pid: int) -> bool:
    if pid in alive:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        alive.discard(pid)
    return True


if __name__ == "__main__":
    for _name in _LOADED_LATE:
        importlib.import_module(_name)
    gc.freeze()
    _serve(Path(sys.argv[1]))
