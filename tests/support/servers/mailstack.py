"""A real mail system for tests: Postfix and Dovecot from one generated folder.

    stack = MailStack()
    stack.up()
    ...
    stack.down()

Every address at maildriver.test has a mailbox there, with the password "secret", except
the four of mailstack_files.py that stand for trouble. Nothing in /etc is read or written.
"""

import atexit
import imaplib
import json
import os
import shlex
import shutil
import smtplib
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from subprocess import PIPE

from support.deadlines import wait_until
from support.require import program
from support.servers.guard import Guard
from support.servers.maildir import Maildir
from support.servers.mailstack_files import Ports, dovecot_conf, main_cf, master_cf, recipients
from support.servers.ports import free_ports
from support.servers.tls import make_certificate, trusting


class MailStack:
    """Postfix and Dovecot on ports of their own; `up` starts them, `down` removes all."""

    host = "127.0.0.1"
    domain = "maildriver.test"
    password = "secret"

    def __init__(self, users: Sequence[str] | None = None) -> None:
        """Serve these users only, or without `users` every address of the domain."""
        self._users = users
        self._guard: Guard | None = None
        self.folder = Path()
        self.ports = Ports(*[0] * 7)

    @property
    def certificate(self) -> Path:
        """The certificate of all servers, for the names localhost and 127.0.0.1."""
        return self.folder / "tls" / "cert.pem"

    def trust(self) -> ssl.SSLContext:
        """Return a client's context that believes in that certificate only."""
        return trusting(self.certificate)

    # -- start and stop ------------------------------------------------------------

    def up(self) -> None:
        """Start both servers, or leave nothing behind and raise."""
        for last in (False, False, True):
            try:
                self._start()
            except (subprocess.CalledProcessError, TimeoutError):
                self.down()  # most likely somebody took one of the ports
                if last:
                    raise
            else:
                atexit.register(self.down)
                return

    def down(self) -> None:
        """Stop both servers and remove their folder. May be called twice."""
        atexit.unregister(self.down)
        if self._guard is not None:
            self._guard.close()
            self._guard = None

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="maildriver-mail-", dir="/tmp"))
        self.folder.chmod(0o755)  # each server has its own user
        self._guard = Guard(self.folder, [shlex.join(self._postfix("stop")), self._kill_dovecot()])
        self.ports = Ports(*free_ports(7))
        self._write_files()
        self.start_dovecot()
        self.start_postfix()

    def _write_files(self) -> None:
        for name in ("dovecot/run", "dovecot/state", "mail", "postfix", "spool", "pfdata"):
            (self.folder / name).mkdir(parents=True)
        shutil.chown(self.folder / "mail", "mail", "mail")
        shutil.chown(self.folder / "pfdata", "postfix")
        make_certificate(self.folder / "tls")
        for name, text in {
            "dovecot/dovecot.conf": dovecot_conf(
                self.folder, self.ports, self._users, self.password
            ),
            "postfix/main.cf": main_cf(self.folder, self.ports, self.domain),
            "postfix/master.cf": master_cf(self.ports),
            "postfix/recipients": recipients(self._users),
        }.items():
            (self.folder / name).write_text(text)

    def start_dovecot(self) -> None:
        """Start Dovecot and return when it answers."""
        self._run(self._dovecot())
        wait_until(lambda: _greets(self.ports.imap), 60, "Dovecot does not answer")
        if _is_open(self.ports.smtp):  # its processes still ask the Dovecot that has gone
            self._run(self._postfix("reload"))
            wait_until(lambda: _greets(self.ports.smtp), 60, "Postfix does not answer")

    def stop_dovecot(self) -> None:
        """Kill Dovecot: no IMAP, no delivery, no login for SMTP."""
        self._run(["sh", "-c", self._kill_dovecot()])
        # Each of its processes holds its ports until the kernel has buried it.
        ports = (self.ports.imap, self.ports.imaps, self.ports.lmtp, self.ports.auth)
        wait_until(lambda: not any(map(_is_open, ports)), 60, "Dovecot does not die")

    def start_postfix(self) -> None:
        """Start Postfix and return when it answers."""
        self._run(self._postfix("start"))
        wait_until(lambda: _greets(self.ports.smtp), 60, "Postfix does not answer")

    def stop_postfix(self) -> None:
        """Stop Postfix; what it has accepted stays in its queue."""
        self._run(self._postfix("stop"))

    def _dovecot(self, *doveadm: str) -> list[str]:
        settings = str(self.folder / "dovecot" / "dovecot.conf")
        return [_path("doveadm" if doveadm else "dovecot"), "-c", settings, *doveadm]

    def _kill_dovecot(self) -> str:
        # `doveadm stop` takes three seconds, and leaves an idle client connected for more.
        master = self.folder / "dovecot" / "run" / "master.pid"
        # Held, it starts nobody and buries nobody: who is listed is there to be killed.
        kill = "kill -STOP $m && kill -9 $(ps -o pid= --ppid $m) $m"
        return f"m=$(cat {master}) && {kill} && rm {master}"

    def _postfix(self, *words: str, tool: str = "postfix") -> list[str]:
        return [_path(tool), "-c", str(self.folder / "postfix"), *words]

    def _run(self, command: Sequence[str]) -> None:
        # To a file: a server would keep the far end of a pipe open.
        with (self.folder / "start.log").open("ab") as log:
            subprocess.run(command, check=True, stdout=log, stderr=log, cwd="/")

    # -- mail in and out -----------------------------------------------------------

    def deliver(self, address: str, raw: bytes, *, mail_from: str = "") -> None:
        """Put a message into a mailbox as a mail server does, by LMTP."""
        with smtplib.LMTP(self.host, self.ports.lmtp) as lmtp:
            lmtp.sendmail(mail_from, [address], raw)

    def append(
        self,
        address: str,
        raw: bytes,
        *,
        mailbox: str = "INBOX",
        flags: Sequence[str] = (),
        when: datetime | None = None,
    ) -> None:
        """Put a message into a mailbox as the person who reads it can, by IMAP."""
        date = imaplib.Time2Internaldate(when or time.time())
        with self.session(address) as imap:
            _ok(imap.append(f'"{mailbox}"', " ".join(flags), date, raw))

    def fill(self, address: str, messages: Iterable[bytes]) -> None:
        """Put thousands of messages into an inbox at once, as files."""
        self.maildir(address).add(messages)

    def mailbox(self, address: str) -> list[bytes]:
        """Return all messages of an inbox, in order of delivery."""
        return self.maildir(address).messages()

    def maildir(self, address: str) -> Maildir:
        """Return the files behind an inbox."""
        return Maildir(self.folder / "mail" / address.lower())

    @contextmanager
    def session(self, address: str) -> Iterator[imaplib.IMAP4]:
        """Lend a connection of another client, logged in as `address`."""
        imap = imaplib.IMAP4(self.host, self.ports.imap, timeout=60)
        imap.login(address, self.password)
        try:
            yield imap
        finally:
            with suppress(OSError, imaplib.IMAP4.abort):  # the test may have killed the server
                imap.logout()

    def clear(self) -> None:
        """Empty all mailboxes and Postfix's queue; nobody may be connected."""
        self._run(self._postfix("-d", "ALL", tool="postsuper"))
        for folder in (self.folder / "mail").iterdir():
            shutil.rmtree(folder)

    # -- trouble -------------------------------------------------------------------

    def flush(self) -> None:
        """Make Postfix try everything in its queue now."""
        self._run(self._postfix("-f", tool="postqueue"))

    def queued(self) -> list[str]:
        """Return one JSON line for each message in Postfix's queue."""
        command = self._postfix("-j", tool="postqueue")
        found: dict[str, str] = {}
        # It looks into one folder of the queue after the other, and does not see what goes from
        # the second to the first meanwhile. Nothing goes that way twice.
        for _ in range(2):
            listed = subprocess.run(command, check=True, stdout=PIPE, text=True).stdout
            found |= {json.loads(line)["queue_id"]: line for line in listed.splitlines()}
        return list(found.values())

    def imap_processes(self, address: str) -> list[int]:
        """Return the processes that serve a user's IMAP connections."""
        command = self._dovecot("who", "-1", address)
        listed = subprocess.run(command, check=False, capture_output=True, text=True).stdout
        words = [line.split() for line in listed.splitlines()]
        return [int(word[2]) for word in words if word[:2] == [address, "imap"]]

    def kill_imap(self, address: str) -> int:
        """Kill -9 the processes that serve a user's IMAP; return how many there were."""
        killed = 0
        for process in self.imap_processes(address):
            with suppress(ProcessLookupError):  # its client had gone
                os.kill(process, 9)
                killed += 1
        return killed

    def kick(self, address: str) -> None:
        """Make Dovecot say goodbye to all IMAP clients of a user."""
        self._run(self._dovecot("kick", address))

    def log(self) -> str:
        """Return what both servers have logged."""
        files = [self.folder / name for name in ("start.log", "dovecot/log", "postfix.log")]
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())


def _path(name: str) -> str:
    found = program(name)
    assert found is not None, f"{name} is not installed"
    return found


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            return connection.recv(1) != b""
    except OSError:
        return False


def _is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _ok(answer: tuple[str, list[bytes]]) -> None:
    status, text = answer
    assert status == "OK", text
