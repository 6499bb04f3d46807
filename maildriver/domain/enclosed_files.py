"""The files of posts that a mail encloses or only names."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from maildriver.domain.course import File
from maildriver.domain.file_name import clean_file_name, distinct_name
from maildriver.domain.post import Post, PostFile

#: Bytes of files in one mail before encoding, which adds a third: servers with a limit of
#: 20 MB still accept the mail.
MOST_BYTES = 10_000_000
MOST_FILES = 60
#: Files of one post that are named; the others are only counted.
MOST_NAMED = 30

#: Why a file is not enclosed; empty: the mail names it and gives no reason.
Remark = Literal["", "waits", "large", "no-room"]


@dataclass(frozen=True, slots=True)
class Mention:
    """A file as a mail names it below its post."""

    name: str
    size: int
    remark: Remark
    id: int


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The files enclosed in a mail, and the names of all files below each post."""

    files: tuple[File, ...]
    mentions: dict[int, tuple[Mention, ...]]  # by the id of the post


def enclose(posts: Iterable[Post], *, include_all: bool, room: int = MOST_BYTES) -> Enclosure:
    """Return which files to enclose in a mail: each content once, no two names alike.

    Without `include_all`, only files that were released, or came from an instructor.
    """
    going: dict[str, File] = {}
    mentions: dict[int, tuple[Mention, ...]] = {}
    for post in posts:
        named = [file for file in post.files if file.state not in {"logo", "dropped"}]
        mentions[post.id] = tuple(
            _mention(file, going, room, may_go=_may_go(post, file, include_all=include_all))
            for file in named
        )
    return Enclosure(tuple(going.values()), mentions)


def _may_go(post: Post, file: PostFile, *, include_all: bool) -> bool:
    kept = file.state in {"passed", "released"} and bool(file.sha256) and file.size > 0
    asked = include_all or file.state == "released" or post.role == "instructor"
    return kept and asked


def _mention(file: PostFile, going: dict[str, File], room: int, *, may_go: bool) -> Mention:
    """Return the mention of a file; add the file to `going` if it may go and there is room."""
    name = clean_file_name(file.name)
    if file.state == "held":
        return Mention(name, file.size, "waits", file.id)
    if file.state == "large":
        return Mention(name, 0, "large", file.id)
    if not may_go:
        return Mention(name, file.size, "", file.id)
    if file.sha256 not in going:
        used = sum(each.size for each in going.values())
        if used + file.size > room or len(going) >= MOST_FILES:
            return Mention(name, file.size, "no-room", file.id)
        name = distinct_name(name, [each.name for each in going.values()])
        going[file.sha256] = File(name, file.sha256, file.size, file.media_type, shown=False)
    return Mention(going[file.sha256].name, file.size, "", file.id)
