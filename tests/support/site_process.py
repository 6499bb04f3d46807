"""The process of at_time.py, as it looks to the test that tells it the time."""

import os
from datetime import datetime
from pathlib import Path

from support.fork_server import fork_server
from support.site import TestSite

_SCRIPT = Path(__file__).with_name("at_time.py")


class SiteProcess:
    """A site whose services live in time that is told; their log is in run.log."""

    def __init__(self, site: TestSite, *options: str) -> None:
        reading, told = os.pipe()
        answers, writing = os.pipe()
        with (site.folder / "run.log").open("a") as log:
            self._process = fork_server().start(
                *(str(_SCRIPT), str(site.folder), *options),
                env={"PYTHONPATH": str(_SCRIPT.parent.parent)},
                stdin=reading,
                stdout=writing,
                stderr=log.fileno(),
            )
        os.close(reading)
        os.close(writing)
        self._told, self._answers = os.fdopen(told, "w"), os.fdopen(answers)

    def tell(self, now: datetime, end: datetime, point: str = "") -> None:
        """Let it live from the one until the other, or until it dies at a point."""
        self._told.write(f"{now.isoformat()} {end.isoformat()} {point}\n")
        self._told.flush()

    def answer(self) -> str:
        """Return what it says when it has lived; nothing if it has ended."""
        return self._answers.readline().removesuffix("\n")

    def kill(self) -> None:
        """Kill -9 it, and return when it is gone."""
        self._process.kill()
        self.end()

    def end(self) -> None:
        """Let it end, and return when it is gone."""
        self._told.close()
        self._answers.close()
        self._process.wait()
