"""Servers that end with the test run, however that ends."""

import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path


class Guard:
    """Runs commands and removes a folder when it is closed, or when this process dies.

    It is a shell that reads a pipe of ours to its end. The kernel closes the pipe even after
    a kill -9, so no server is left behind by a run that was cut off.
    """

    def __init__(self, folder: Path, commands: Sequence[str]) -> None:
        lines = ["cat", *commands, shlex.join(["rm", "-rf", str(folder)])]
        self._shell = subprocess.Popen(
            ["sh", "-c", "\n".join(lines)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,  # Ctrl-C is meant for the tests
        )

    def close(self) -> None:
        """Return when all commands have been run and the folder is gone."""
        assert self._shell.stdin is not None
        self._shell.stdin.close()
        self._shell.wait(timeout=240)
