"""Free space on the disk of the database."""

import shutil
from pathlib import Path

from maildriver.errors import NoRoomError

#: Bytes kept free for what must be written in any case; a twentieth of a small disk.
LEAST_FREE = 64_000_000
_SHARE = 20
#: A database writes everything twice: to its log, and then to its tables.
_COPIES = 2


def need_room(var: Path, size: int) -> None:
    """Raise NoRoomError if mails of `size` bytes would leave too little space on the disk.

    Checks the disk of this machine only: a database elsewhere has an operator of its own.
    """
    disk = shutil.disk_usage(var)
    if disk.free - _COPIES * size < min(LEAST_FREE, disk.total // _SHARE):
        raise NoRoomError(
            f"the disk of {var} has {disk.free / 1e6:.0f} MB left, too little to take in mail"
        )
