"""A small disk, and how to fill it."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """Let a folder be a disk of its own, of 16 MB."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def fill_disk(path: Path) -> None:
    """Leave no room on the disk of a file."""
    with path.open("wb", buffering=0) as file:  # nothing is left over for the end
        try:
            while True:
                file.write(os.urandom(65_536))
        except OSError:
            return
