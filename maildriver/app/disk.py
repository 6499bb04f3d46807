"""How much room is left beside the database."""

import shutil
from pathlib import Path

from maildriver.errors import NoRoomError

#: So much is left for what must be written in any case: on a small disk a twentieth of it.
LEAST = 64_000_000
_SHARE = 20
#: What is stored is written to the log of the database first, and then to its place.
_COPIES = 2


def need_room(var: Path, size: int) -> None:
    """Raise NoRoomError if mails of `size` bytes would leave too little on the disk.

    Only this machine's disk is looked at: of a database elsewhere its own operator hears.
    """
    disk = shutil.disk_usage(var)
    if disk.free - _COPIES * size < min(LEAST, disk.total // _SHARE):
        raise NoRoomError(
            f"the disk of {var} has {disk.free / 1e6:.0f} MB left, too little to take in mail"
        )
