"""How much memory `run` takes for classes of a thousand, ten thousand and a hundred thousand.

Everybody is enrolled and due, and gets a lesson with a file: planned, frozen and sent as in
real life, into Postfix's smtp-sink, which throws it away. A hundred thousand mails with 5 MB
are 700 GB on the wire; so with the large file each class is sent to for a minute, and all of
the largest class is sent to with a small one.
"""

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import Popen

import sqlalchemy as sa
from rich.console import Console
from rich.table import Table
from support.deadlines import wait_until
from support.servers.smtp_sink import smtp_sink
from support.site import TestSite

from maildriver.database.schema import enrolment, outbox, student

CLASSES = (1_000, 10_000, 100_000)
LARGE, SMALL = 5_000_000, 33_000  # bytes of the file
_SECONDS = int(os.environ.get("MAILDRIVER_BENCH_SECONDS", "60"))
_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Used:
    """What was sent, and what that took."""

    sent: int
    seconds: float
    megabytes: float  # the most that ever was resident

    def __str__(self) -> str:
        """Return it for a table."""
        return f"{self.megabytes:.0f} MB ({self.sent:,} sent in {self.seconds:.0f} s)"


class Running:
    """A `run` that sends, looked at from outside."""

    def __init__(self, site: TestSite, process: Popen[bytes]) -> None:
        self._site, self._process = site, process

    def sent(self) -> int:
        """Return how many messages have gone."""
        query = sa.select(sa.func.count()).where(outbox.c.state == "sent")
        return int(self._site.rows(query.select_from(outbox))[0][0])

    def megabytes(self) -> float:
        """Return the most memory that it has ever had resident."""
        status = Path(f"/proc/{self._process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1000


@contextmanager
def running(folder: Path, students: int, file: int) -> Iterator[Running]:
    """Run a site in which a class is due that gets a lesson with a file of so many bytes."""
    with smtp_sink() as port:
        site = TestSite(folder)
        site.write_settings("course@example.org", smtp=port, imap=1)
        site.write_course(lessons=2, attachment=os.urandom(file))
        # The first student is enrolled as by an operator, which puts the course in force.
        site.call("enrol", "night-sky", "first@example.net", "--confirmed")
        for first in range(1, students, _AT_ONCE):
            _enrol(site, range(first, min(first + _AT_ONCE, students)))
        site.change(sa.update(enrolment).values(greet_at=None))
        site.make_due(datetime.now(UTC) - timedelta(minutes=1))
        with _run(site) as process:
            yield Running(site, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 0, site.log()[-3000:]


@contextmanager
def _run(site: TestSite) -> Iterator[Popen[bytes]]:
    """Run the command itself: a fork holds the memory of its parent as well."""
    with (site.folder / "run.log").open("a") as log:
        process = Popen(site.command("run"), stdout=log, stderr=log)
    with process:
        try:
            yield process
        finally:
            process.kill()


def _enrol(site: TestSite, numbers: range) -> None:
    now = datetime.now(UTC)
    people = [
        {"id": n + 1, "address": each, "address_as_given": each, "name": f"Zoë {n}"}
        for n, each in ((n, f"student-{n}@example.net") for n in numbers)
    ]
    places: list[dict[str, object]] = [
        {
            "student_id": n + 1, "course": "night-sky", "state": "active", "due_at": now,
            "days": "mon,tue,wed,thu,fri,sat,sun", "at": "07:00", "enrolled_at": now,
        }
        for n in numbers
    ]  # fmt: skip
    with site.database() as database:
        database.write(lambda conn: conn.execute(sa.insert(student), people))
        database.write(lambda conn: conn.execute(sa.insert(enrolment), places))


def used(folder: Path, students: int, file: int, seconds: float) -> Used:
    """Send to a class until all have their mail, or the time is up."""
    with running(folder, students, file) as run:
        wait_until(run.sent, 120, "nothing is sent")
        start = time.monotonic()
        while (sent := run.sent()) < students and time.monotonic() - start < seconds:
            time.sleep(0.5)  # a look takes the database's time as well
        return Used(sent, time.monotonic() - start, run.megabytes())


def main() -> None:
    table = Table(title="resident memory of `run`")
    for title in ("", *(f"{students:,} due" for students in CLASSES)):
        table.add_column(title, justify="right" if title else "left")
    for name, file, seconds in (("5 MB file", LARGE, _SECONDS), ("33 KB file", SMALL, 3600)):
        cells = []
        for students in CLASSES:
            with tempfile.TemporaryDirectory() as folder:
                cells.append(str(used(Path(folder) / "site", students, file, seconds)))
        table.add_row(name, *cells)
        Console(file=sys.stdout, width=140).print(table)


if __name__ == "__main__":
    main()
