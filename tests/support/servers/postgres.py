"""A real PostgreSQL for tests, as an ordinary user or as root."""

import atexit
import os
import pwd
import secrets
import shlex
import signal
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import psycopg
from psycopg import sql
from support.deadlines import wait_until
from support.fork_server import is_alive
from support.require import postgres_bin
from support.servers.guard import Guard
from support.servers.ports import free_ports


class _Who(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class Postgres:
    """One server in a folder of its own, which clones a database for each test."""

    def __init__(self, *, fsync: bool = False) -> None:
        """Choose `fsync` where the test is about what survives a crash."""
        self._fsync = fsync
        self._guard: Guard | None = None
        self._who: _Who = {}
        self._bin = Path()
        self._data = Path()
        self.port = 0

    # -- start and stop ------------------------------------------------------------

    def up(self) -> None:
        """Create a cluster and start it."""
        found = postgres_bin()
        assert found is not None, "PostgreSQL is not installed"
        self._bin = found
        folder = Path(tempfile.mkdtemp(prefix="maildriver-pg-", dir="/tmp"))
        self._data = folder / "data"
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            user = pwd.getpwnam("postgres")
            self._who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        self._guard = Guard(folder, [self._shell_stop()])
        atexit.register(self.down)
        options = ["-U", "md", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"]
        self._run([self._bin / "initdb", "-D", self._data, *options])
        (self.port,) = free_ports(1)
        self.start()

    def down(self) -> None:
        """Stop the server and remove its folder. May be called twice."""
        atexit.unregister(self.down)
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def start(self) -> None:
        """Start the server on its port; return when it answers."""
        options = {
            "listen_addresses": "127.0.0.1",
            "port": self.port,
            "unix_socket_directories": "",
            "fsync": "on" if self._fsync else "off",
            "max_connections": 200,
        }
        words = " ".join(f"-c {name}={value}" for name, value in options.items())
        log = self._data.with_name("log")
        self._run(self._pg_ctl("start", "-w", "-l", log, "-o", words))

    def stop(self) -> None:
        """Stop the server: its clients are cut off, what they committed is kept."""
        self._run(self._pg_ctl("stop", "-m", "fast", "-w"))

    def stop_at_once(self) -> None:
        """Stop the server without any ending: `start` makes it recover."""
        self._run(self._pg_ctl("stop", "-m", "immediate", "-w"))

    def kill_backend(self, database: str, number: int) -> bool:
        """Kill -9 one of the processes that serve a database; the server then ends them all."""
        where = f"postgresql://md@127.0.0.1:{self.port}/postgres"
        query = "SELECT pid FROM pg_stat_activity WHERE datname = %s ORDER BY pid"
        with psycopg.connect(where, autocommit=True) as connection:
            processes = [row[0] for row in connection.execute(query, (database,))]
        if not processes:
            return False
        try:
            os.kill(processes[number % len(processes)], signal.SIGKILL)
        except ProcessLookupError:  # its client had gone
            return False
        return True

    def kill(self) -> None:
        """Kill -9 the server with all its processes; `start` makes it recover."""
        pid_file = self._data / "postmaster.pid"
        server = int(pid_file.read_text().splitlines()[0])
        # Held, it starts nobody and buries nobody: who is listed is there to be killed. It dies
        # last, for the others end by themselves when they miss it.
        os.kill(server, signal.SIGSTOP)
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(server)],
            check=False,  # it complains when there is nobody
            capture_output=True,
            text=True,
        )
        processes = [*map(int, listed.stdout.split()), server]
        for process in processes:
            os.kill(process, signal.SIGKILL)
        # A new server refuses to start beside processes of the old one. In a container
        # whose init buries nobody it sees them for ever, so their sign is taken down.
        wait_until(lambda: not any(map(is_alive, processes)), 60, "PostgreSQL does not die")
        pid_file.unlink()

    def _pg_ctl(self, verb: str, *options: object) -> list[object]:
        patience = ("-t", "240")  # seconds; it gives up after 60 of its own accord
        return [self._bin / "pg_ctl", verb, "-D", self._data, *patience, *options]

    def _shell_stop(self) -> str:
        command = list(map(str, self._pg_ctl("stop", "-m", "immediate")))
        if self._who:
            identity = [f"--reuid={self._who['user']}", f"--regid={self._who['group']}"]
            command = ["setpriv", *identity, "--clear-groups", *command]
        return shlex.join(command)

    def _run(self, command: list[object]) -> None:
        words = [str(word) for word in command]
        # DEVNULL, not a pipe: the server would keep the far end open.
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/", **self._who)

    # -- databases -----------------------------------------------------------------

    def url(self, database: str) -> str:
        """Return the URL of a database, as SQLAlchemy writes it."""
        return f"postgresql+psycopg://md@127.0.0.1:{self.port}/{database}"

    def create(self, *, template: str = "template0") -> str:
        """Return the name of a new database, a copy of `template` (about 40 ms)."""
        name = f"t_{secrets.token_hex(6)}"
        self._execute("CREATE DATABASE {} TEMPLATE {}", name, template)
        return name

    def template(self, fill: Callable[[str], None]) -> str:
        """Return a database made by `fill`, which gets its URL and leaves no connection."""
        name = self.create()
        fill(self.url(name))
        return name

    def drop(self, database: str) -> None:
        """Remove a database, and whoever is still connected to it."""
        self._execute("DROP DATABASE {} WITH (FORCE)", database)

    def _execute(self, statement: str, *names: str) -> None:
        where = f"postgresql://md@127.0.0.1:{self.port}/postgres"
        with psycopg.connect(where, autocommit=True) as connection:
            identifiers = [sql.Identifier(name) for name in names]
            connection.execute(sql.SQL(statement).format(*identifiers))
