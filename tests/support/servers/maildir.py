"""The files behind one inbox of the mail system for tests."""

import re
import secrets
import shutil
import time
from collections.abc import Iterable
from pathlib import Path

# Begins with the second and microsecond of delivery: maildir(5).
_NAME = re.compile(r"(\d+)\.M(\d+)")


class Maildir:
    """A folder with new/ and cur/, as Dovecot's `mail_location = maildir:` keeps it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def messages(self) -> list[bytes]:
        """Return all messages with CRLF line ends, in order of delivery."""
        # Dovecot keeps LF on disk and gives CRLF to its clients.
        return [file.read_bytes().replace(b"\n", b"\r\n") for file in self.files()]

    def files(self) -> list[Path]:
        """Return the files of all messages, in order of delivery."""
        found = [*self.folder.glob("new/*"), *self.folder.glob("cur/*")]
        return sorted(found, key=_delivered)

    def add(self, messages: Iterable[bytes]) -> None:
        """Put messages into the folder, faster than any server takes them."""
        for name in ("cur", "new", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for folder in (self.folder, *self.folder.iterdir()):
            shutil.chown(folder, "mail", "mail")
        second, unique = int(time.time()), secrets.token_hex(4)
        for number, raw in enumerate(messages):
            file = self.folder / "tmp" / f"{second}.M{number:06}P{unique}.fill"
            file.write_bytes(raw.replace(b"\r\n", b"\n"))
            shutil.chown(file, "mail", "mail")
            file.rename(self.folder / "new" / file.name)

    def renumber(self) -> None:
        """Make the server forget all UIDs: UIDVALIDITY changes, and they begin at 1 again.

        Nobody may be connected to this mailbox.
        """
        for name in ("dovecot-uidlist", "dovecot-uidvalidity*", "dovecot.index*"):
            for file in self.folder.glob(name):
                file.unlink()
        # A new UIDVALIDITY is the second of its making.
        time.sleep(1.01)


def _delivered(file: Path) -> tuple[int, int]:
    name = _NAME.match(file.name)
    assert name is not None, file
    return int(name[1]), int(name[2])
