"""A process of the fork server behaves as the command itself would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.deadlines import wait_until
from support.fork_server import Child, fork_server, is_alive

TESTS = str(Path(__file__).parents[2])

#: What a process can see of how it was started.
LOOKS_AROUND = """
import json, os, resource, signal, sys, threading
files = {fd for fd in os.listdir("/proc/self/fd")}
print(json.dumps({
    "argv": sys.argv, "path": sys.path, "name": __name__, "folder": os.getcwd(),
    "environment": dict(os.environ), "flags": str(sys.flags), "executable": sys.executable,
    "signals": {n: str(signal.getsignal(n)).partition(" at ")[0] for n in signal.valid_signals()},
    "mask": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "files": sorted(fd for fd in files if os.path.exists(f"/proc/self/fd/{fd}")),
    "threads": threading.active_count(), "umask": os.umask(0),
    "session": os.getsid(0), "group": os.getpgrp(),
    "limits": [resource.getrlimit(n) for n in range(10)],
    "encodings": [sys.stdin.encoding, sys.stdout.encoding, sys.stderr.encoding],
    "stdin": sys.stdin.read(), "terminal": sys.stdout.isatty(),
}, indent=1))
"""
ENDS = {
    "by itself": "print('done')",
    "with a code": "import sys; print('half', end=''); sys.exit(3)",
    "with a sentence": "import sys; sys.exit('I am at a loss')",
    "by a fault": "print('before'); 1 / 0",
    "by Ctrl-C": "import os, signal, time; os.kill(os.getpid(), signal.SIGINT); time.sleep(9)",
    "by a signal": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "after its threads": (
        "import threading, time\n"
        "threading.Thread(target=lambda: (time.sleep(0.1), print('late'))).start()"
    ),
    "with what it promised": "import atexit; atexit.register(print, 'at last')",
    "at once": "import os; print('lost'); os._exit(7)",
}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    return tmp_path / "script.py"


def forked(script: Path, *, stdin: int = 0) -> tuple[int, str, str]:
    """Return how a script ends as a fork, and what it wrote."""
    out, err = script.with_name("out"), script.with_name("err")
    with out.open("w") as written, err.open("w") as told:
        child = fork_server().start(
            *(str(script), "a word"),
            env=os.environ,
            stdin=stdin,
            stdout=written.fileno(),
            stderr=told.fileno(),
        )
        code = child.wait(240)
    return code, out.read_text(), err.read_text()


def executed(script: Path, *, stdin: int = 0) -> tuple[int, str, str]:
    """Return the same of the script as a command."""
    done = subprocess.run(
        [sys.executable, script, "a word"],
        env=os.environ,
        stdin=stdin,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_it_finds_the_world_as_the_command_does(
    script: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fork_server()  # what changes after its start must not escape a fork
    script.write_text(LOOKS_AROUND)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILDRIVER_SITE__NAME", "Zoë’s")
    monkeypatch.delenv("HOME")
    said = tmp_path / "said"
    said.write_text("hello")

    with said.open() as first, said.open() as second:
        fork = forked(script, stdin=first.fileno())
        command = executed(script, stdin=second.fileno())

    assert json.loads(fork[1]) == json.loads(command[1])
    assert json.loads(fork[1])["stdin"] == "hello"


@pytest.mark.parametrize("how", ENDS)
def test_it_ends_as_the_command_does(script: Path, how: str) -> None:
    script.write_text(ENDS[how])

    code, out, err = forked(script)
    real_code, real_out, real_err = executed(script)

    assert (code, out) == (real_code, real_out)
    assert err.splitlines()[-1:] == real_err.splitlines()[-1:]


def test_no_two_have_the_same_luck(script: Path) -> None:
    script.write_text("import random; print(random.random())")

    assert forked(script) != forked(script)


def test_a_point_at_which_to_die_is_read_anew(
    script: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.write_text("from maildriver import failpoints; failpoints.reached('run.begun')")
    assert forked(script)[0] == 0

    monkeypatch.setenv("MAILDRIVER_CRASH", "run.begun")

    assert forked(script)[0] == -9


@pytest.fixture
def sleeping(script: Path) -> Iterator[Child]:
    script.write_text("import time; time.sleep(99)")
    child = fork_server().start(str(script), env=os.environ, stdout=1, stderr=2)
    yield child
    child.kill()
    child.wait()


def test_it_can_be_waited_for_and_killed(sleeping: Child) -> None:
    assert sleeping.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        sleeping.wait(0.01)
    assert sleeping.returncode is None

    sleeping.kill()

    assert sleeping.wait(60) == sleeping.poll() == sleeping.returncode == -9
    sleeping.terminate()  # which finds nobody


def test_all_end_with_whoever_asked_for_them(tmp_path: Path) -> None:
    (tmp_path / "sleeps.py").write_text("import time; time.sleep(99)")
    asks = (
        "import os, time\nfrom support.fork_server import fork_server\n"
        "child = fork_server().start('sleeps.py', env=os.environ, stdout=1, stderr=2)\n"
        "print(child.pid, fork_server()._process.pid, flush=True)\ntime.sleep(99)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", asks],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": TESTS},
        stdout=subprocess.PIPE,
        text=True,
    ) as asking:
        assert asking.stdout is not None
        pids = [int(word) for word in asking.stdout.readline().split()]
        assert all(map(is_alive, pids))
        asking.kill()

    wait_until(lambda: not any(map(is_alive, pids)), 60, "somebody is left behind")
