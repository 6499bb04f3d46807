"""Course folders for tests: a small one that is in order, and whatever is put into it."""

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from maildriver.courses.check import CheckedCourse, check_course
from maildriver.courses.limits import Limits
from maildriver.domain.course import Course

SETTINGS = 'title = "The Night Sky"\n'


def lesson(body: str = "Look up.\n", title: str = "Finding north") -> str:
    """Return a lesson whose body begins on its fourth line."""
    return f'+++\ntitle = "{title}"\n+++\n{body}'


def course_folder(parent: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write a course called night-sky, with these files and a course.toml if there is none."""
    folder = parent / "night-sky"
    for name, content in {"course.toml": SETTINGS, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    return folder


def check(
    parent: Path, files: Mapping[str, str | bytes], limits: Limits | None = None
) -> CheckedCourse:
    """Write a course and check it."""
    return check_course(course_folder(parent, files), limits or Limits())


def good(parent: Path, files: Mapping[str, str | bytes]) -> Course:
    """Write a course, check it, and return it: it has no fault."""
    checked = check(parent, files)
    assert checked.faults == ()
    assert checked.course is not None
    return checked.course


def png(shade: int = 0) -> bytes:
    """Return an image of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(bytes([0, shade]))), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )
