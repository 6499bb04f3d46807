"""A site in a folder of its own, run as its operator would run it: by the command line.

Its commands are forks of a process that has loaded maildriver (see support.fork_server). Where
a test is about the start of a command, or what that takes, it runs `command` as it stands.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import sqlalchemy as sa
from support.fork_server import Child, fork_server

from maildriver.database.engine import Database
from maildriver.database.schema import enrolment

LESSON = """\
+++
title = "{title}"
+++
{text}

What do you see? Reply to this mail.
"""


class TestSite:
    """The folder of a site, and the commands given in it."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._database = ""
        folder.mkdir(parents=True, exist_ok=True)

    # -- files -----------------------------------------------------------------------

    def write_settings(
        self,
        address: str,
        *,
        smtp: int,
        imap: int,
        user: str = "",
        password: str = "secret",
        database: str = "",
        **more: str,
    ) -> None:
        """Write maildriver.toml for servers on loopback; `more` adds lines to a section."""
        self._database = database
        secret = self.folder / "mail.secret"
        secret.write_text(password + "\n")
        secret.chmod(0o600)
        smtp_login = f'user = "{user}"\npassword_file = "mail.secret"' if user else ""
        self.write(
            "maildriver.toml",
            f"""
[site]
name = "Night School"
address = "{address}"
operator = "ops@maildriver.test"
imprint = "Night School, 1 Long Lane, Lisbon"
{more.get("site", "")}

[smtp]
host = "127.0.0.1"
port = {smtp}
security = "none"
{smtp_login}
{more.get("smtp", "")}

[imap]
host = "127.0.0.1"
port = {imap}
security = "none"
user = "{address}"
password_file = "mail.secret"
{more.get("imap", "")}

[database]
url = "{database}"
""",
        )

    def write(self, name: str, text: str) -> Path:
        """Write a file of the site."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def write_course(
        self,
        slug: str = "night-sky",
        lessons: int = 3,
        *,
        attachment: bytes | None = None,
        more: str = "",
    ) -> None:
        """Write a course that sends daily at seven; `more` adds lines to its settings."""
        self.write(
            f"courses/{slug}/course.toml",
            f'title = "{slug.title()}"\nlanguage = "en"\ndiscussion = "class"\n'
            f'cadence = {{days = "daily", at = "07:00", zone = "UTC"}}\n{more}\n',
        )
        for number in range(1, lessons + 1):
            folder = f"courses/{slug}/lessons/{number:02}0-lesson-{number}"
            text = f"This is lesson {number}, and it is about the {number * 7}th star."
            self.write(f"{folder}/lesson.md", LESSON.format(title=f"Lesson {number}", text=text))
            if attachment is not None:
                (self.folder / folder / "chart.pdf").write_bytes(attachment + bytes([number]))

    def put_courses_away(self, *, away: bool = True) -> None:
        """Let there be no folder to look through at every start: what is in force is stored."""
        here, there = self.folder / "courses", self.folder / "courses.away"
        if away and here.exists():
            here.rename(there)
        elif not away and there.exists():
            there.rename(here)

    @property
    def address(self) -> str:
        """The address that the settings name."""
        text = (self.folder / "maildriver.toml").read_text()
        return text.partition('address = "')[2].partition('"')[0]

    # -- commands --------------------------------------------------------------------

    @property
    def database_url(self) -> str:
        """Where the site keeps its state."""
        return self._database or f"sqlite:///{self.folder}/var/maildriver.db"

    def command(self, *words: str) -> list[str]:
        """Return the command line that runs maildriver here."""
        return [sys.executable, "-m", "maildriver", *words, "--site", str(self.folder)]

    def call(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command on this site to its end and return what it printed."""
        return self.call_bare(*words, "--site", str(self.folder), expect=expect)

    def call_bare(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command as it stands, to its end, and return what it printed."""
        with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            process = fork_server().start(
                *("-m", "maildriver", *words),
                env=os.environ,
                stdout=out.fileno(),
                stderr=err.fileno(),
            )
            try:
                code = process.wait(240)
            finally:
                process.kill()
            for file in (out, err):
                file.seek(0)
            done = subprocess.CompletedProcess(words, code, out.read(), err.read())
        assert code == expect, f"{words}: {code}\n{done.stdout}{done.stderr}"
        return done

    def json(self, *words: str) -> Any:
        """Run a command with --json and return what it printed."""
        return json.loads(self.call(*words, "--json").stdout)

    def start(self, *words: str) -> Child:
        """Start a command that goes on; its log is in run.log."""
        _, *command = self.command(*(words or ("run", "-v")))
        with (self.folder / "run.log").open("a") as log:
            return fork_server().start(
                *command, env=os.environ, stdout=log.fileno(), stderr=log.fileno()
            )

    @contextmanager
    def running(self, *words: str) -> Iterator[Child]:
        """Run the site for as long as the block lasts; a test that fails leaves nothing behind."""
        process = self.start(*words)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def log(self) -> str:
        """Return what `run` has logged."""
        return (self.folder / "run.log").read_text(errors="replace")

    # -- the state, looked at from outside ---------------------------------------------

    @contextmanager
    def database(self) -> Iterator[Database]:
        """Lend the open database."""
        turn = None if self._database else self.folder / "var" / "turn.lock"
        database = Database(self.database_url, turn=turn)
        try:
            yield database
        finally:
            database.close()

    def rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Return what a query finds."""
        with self.database() as database:
            return database.read(lambda conn: conn.execute(query).all())

    def change(self, statement: sa.Update) -> None:
        """Change rows beside a running process."""
        with self.database() as database:
            database.write(lambda conn: conn.execute(statement))

    def make_due(self, moment: datetime) -> None:
        """Let the next packet of every active enrolment be due since `moment`."""
        with self.database() as database:
            database.write(
                lambda conn: conn.execute(
                    sa.update(enrolment)
                    .where(enrolment.c.state == "active", enrolment.c.due_at.is_not(None))
                    .values(due_at=moment)
                )
            )
