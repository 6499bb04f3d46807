"""The sink in a process of its own, and what it wrote down: true whatever is killed."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.deadlines import wait_until


class SinkProcess:
    """A server that writes a message down before it says that it has it."""

    def __init__(self, folder: Path) -> None:
        self.truth = folder.absolute() / "truth"
        self.port = 0

    def taken(self) -> list[dict[str, str]]:
        """Return what it took, in order."""
        return [json.loads(line) for line in self.truth.read_text().splitlines()]

    def count(self) -> int:
        """Return how many messages it took."""
        return self.truth.read_bytes().count(b"\n")

    @contextmanager
    def running(self, *, seed: int = 0, faults: float = 0.0) -> Iterator[None]:
        """Run it for as long as the block lasts; `faults` is the share of what goes wrong."""
        port_file = self.truth.with_name("port")
        files = ["--port-file", str(port_file), "--truth", str(self.truth)]
        chance = ["--seed", str(seed), "--faults", str(faults)]
        command = [sys.executable, "-m", "support.servers.sink", *files, *chance]
        process = subprocess.Popen(command, cwd=Path(__file__).parents[2])
        try:
            wait_until(port_file.exists, 60, "the sink does not start")
            self.port = int(port_file.read_text())
            yield
        finally:
            process.kill()
            process.wait()
