"""Processes of Python that need not load their program: forks of one that has loaded it.

Most of the time of most commands is otherwise spent on that. A fork has its own arguments,
environment, folder and files, ends as any process of Python does, and is killed as any other;
nothing is shared with it, for its parent has opened nothing and has no thread. What Python
itself reads as it starts, as PYTHONHASHSEED and the locale, is that of the parent.
"""

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from functools import cache
from pathlib import Path

#: What commands load when they get to it, and no module of ours loads at once.
_LOADED_LATE = (
    "alembic.command",
    "psycopg",
    "rich.progress",
    "sqlalchemy.dialects.postgresql.psycopg",
    "sqlalchemy.dialects.sqlite",
)
#: What runs when it is loaded.
_PROGRAMS = ("maildriver.__main__", "maildriver.database.migrations.env")
_NUMBER = struct.Struct("i")  # of a process when it begins, and how it ended


class ForkServer:
    """Starts programs of Python; it ends, and all that it started, when this process ends."""

    def __init__(self) -> None:
        self._asking, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
                pass_fds=[theirs.fileno()],
            )

    def start(
        self, *command: str, env: Mapping[str, str], stdin: int = 0, stdout: int, stderr: int
    ) -> "Child":
        """Start what `python` would with these words: `-m` and a module, or a script."""
        talk, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(self._asking, [b"."], [theirs.fileno(), stdin, stdout, stderr])
        talk.sendall(json.dumps([command, str(Path.cwd()), dict(env)]).encode())
        talk.shutdown(socket.SHUT_WR)
        return Child(command, talk)

    def close(self) -> None:
        """End it, and all that it started."""
        self._asking.close()
        self._process.wait()


@cache
def fork_server() -> ForkServer:
    """Return the one of this process."""
    found = ForkServer()
    atexit.register(found.close)
    return found


class Child:
    """A process that was started, with what is used here of subprocess.Popen."""

    def __init__(self, command: tuple[str, ...], talk: socket.socket) -> None:
        self._command, self._talk = command, talk
        self.pid = self._told()
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Return how it ended: its exit code, or the number of a signal below zero."""
        if self.returncode is None:
            self._talk.settimeout(timeout)
            try:
                self.returncode = self._told()
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self._command, timeout or 0) from None
            self._talk.close()
        return self.returncode

    def poll(self) -> int | None:
        """Return how it ended, or None if it has not."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send it a signal; it may have ended before."""
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Tell it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill -9 it."""
        self.send_signal(signal.SIGKILL)

    def _told(self) -> int:
        number: int = _NUMBER.unpack(self._talk.recv(_NUMBER.size))[0]
        return number


def is_alive(pid: int) -> bool:
    """Tell whether there is such a process, and not only its grave."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def hears(pid: int, number: int) -> bool:
    """Tell whether a process does something of its own when it gets a signal."""
    status = Path(f"/proc/{pid}/status").read_text()
    heard = int(status.partition("SigCgt:")[2].split()[0], base=16)
    return bool(heard >> (number - 1) & 1)


# -- in the process that has loaded all ----------------------------------------------


class _Serving:
    """Forks as often as it is asked to, and tells how each fork ended."""

    def __init__(self, asked: socket.socket) -> None:
        self._asked = asked
        self._alive: dict[int, socket.socket] = {}
        # A signal that comes just before it waits would be heard only after that; a byte stays.
        self._ended, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        signal.set_wakeup_fd(self._wake.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def until_born(self) -> socket.socket | None:
        """Return in each fork, with what asked for it; and with None at the end."""
        while True:
            ready, _, _ = select.select([self._asked, self._ended], [], [])
            if self._ended in ready:
                self._ended.recv(4096)
                self._bury()
            if self._asked in ready:
                word, files, _, _ = socket.recv_fds(self._asked, 1, 4)
                if not word:
                    break
                talk = socket.socket(fileno=files[0])
                if (child := os.fork()) == 0:
                    self._forget()
                    for number, file in enumerate(files[1:]):
                        os.dup2(file, number)
                        os.close(file)
                    return talk
                self._alive[child] = talk
                with contextlib.suppress(OSError):  # who asked may be dead, which is heard next
                    talk.sendall(_NUMBER.pack(child))
                for file in files[1:]:
                    os.close(file)
        for pid in self._alive:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        return None

    def _bury(self) -> None:
        """Tell of everybody who has ended."""
        while self._alive:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            with self._alive.pop(pid) as talk, contextlib.suppress(OSError):
                talk.sendall(_NUMBER.pack(os.waitstatus_to_exitcode(status)))

    def _forget(self) -> None:
        """Be as a process that nobody has asked for anything."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for each in (self._asked, self._ended, self._wake, *self._alive.values()):
            each.close()


def _load_all() -> None:
    package = importlib.import_module("maildriver")
    ours = [each.name for each in pkgutil.walk_packages(package.__path__, "maildriver.")]
    for name in (*_LOADED_LATE, *ours):
        if not name.startswith(_PROGRAMS):
            importlib.import_module(name)
    assert threading.active_count() == 1, "a fork would not have its threads"
    gc.collect()
    gc.freeze()


def _become(talk: socket.socket) -> None:
    """Run what was asked for, as the main program."""
    with talk, talk.makefile("r") as source:
        command, folder, environment = json.load(source)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(folder)
    paths = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path]
    sys.path[:0] = paths
    importlib.import_module("maildriver.failpoints").arm(environment.get("MAILDRIVER_CRASH", ""))
    if command[0] == "-m":
        sys.path.insert(0, folder)
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(command[0]).parent))
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


def _main() -> None:
    del sys.path[0]  # what stands beside this file is not for the programs
    interrupt = signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends when it is closed
    _load_all()
    born = _Serving(socket.socket(fileno=int(sys.argv[1]))).until_born()
    if born is not None:
        signal.signal(signal.SIGINT, interrupt)
        _become(born)


if __name__ == "__main__":
    _main()
