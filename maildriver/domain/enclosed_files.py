"""Which files of the posts that a mail shows go along with it, and what is said of the others."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from maildriver.domain.course import File
from maildriver.domain.file_name import clean_file_name, unlike
from maildriver.domain.post import Post, PostFile

#: Bytes of files in one mail, before they are encoded: a third more on the wire, which the
#: servers that take 20 MB still take.
MOST_BYTES = 10_000_000
MOST_FILES = 60
#: Of one post; of the others it is said how many they are.
MOST_NAMED = 30

#: What is said of a file that does not go along; empty: nothing but its name and size.
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
    """The files that go along with a mail, and what it says of those of each post."""

    files: tuple[File, ...]
    mentions: dict[int, tuple[Mention, ...]]  # by the id of the post


def enclose(posts: Iterable[Post], *, all_of_them: bool, room: int = MOST_BYTES) -> Enclosure:
    """Decide which files go along with a mail: each content once, no two names alike.

    Without `all_of_them` it is only what a person has released, or an instructor sent.
    """
    going: dict[str, File] = {}
    mentions: dict[int, tuple[Mention, ...]] = {}
    for post in posts:
        named = [file for file in post.files if file.state not in {"logo", "dropped"}]
        mentions[post.id] = tuple(
            _mention(file, going, room, may_go=_may_go(post, file, all_of_them=all_of_them))
            for file in named
        )
    return Enclosure(tuple(going.values()), mentions)


def _may_go(post: Post, file: PostFile, *, all_of_them: bool) -> bool:
    kept = file.state in {"passed", "released"} and bool(file.sha256) and file.size > 0
    asked = all_of_them or file.state == "released" or post.role == "instructor"
    return kept and asked


def _mention(file: PostFile, going: dict[str, File], room: int, *, may_go: bool) -> Mention:
    """Let a file go along if it may and there is room, and say what is said of it."""
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
        name = unlike(name, [each.name for each in going.values()])
        going[file.sha256] = File(name, file.sha256, file.size, file.media_type, shown=False)
    return Mention(going[file.sha256].name, file.size, "", file.id)
