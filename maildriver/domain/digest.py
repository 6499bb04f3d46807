"""One student's digest: which posts it shows, in which order, and how far that gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from maildriver.domain.enclosed_files import MOST_NAMED
from maildriver.domain.post import Post
from maildriver.domain.safe_text import clean_text

_FRAME = 1_500  # bytes of HTML around the words of one post, at most (measured: 1,200)
_PER_LINE = 8
_PER_FILE = 120  # its size, and what is said of it
_LAST = 1 << 30


@dataclass(frozen=True, slots=True)
class Chosen:
    """The posts of one digest, by lesson, and how far each lesson is shown then."""

    posts: tuple[Post, ...]
    seen: Mapping[str, int]
    more: bool  # others did not fit, and come with the next one


def choose(unseen: Sequence[Post], order: Mapping[str, int], room: int) -> Chosen:
    """Return what fits into `room` bytes of HTML: at least one post, none out of turn.

    `order` tells where the lessons stand. Within a lesson posts come by number and none is
    left out, so that one number says how far somebody has read.
    """
    ranked = sorted(
        unseen, key=lambda post: (order.get(post.lesson, _LAST), post.lesson, post.number)
    )
    taken: list[Post] = []
    used = 0
    for post in ranked:
        used += _size(post)
        if taken and used > room:
            break
        taken.append(post)
    seen = {post.lesson: post.number for post in taken}
    return Chosen(tuple(taken), seen, more=len(taken) < len(ranked))


def threads(posts: Sequence[Post]) -> list[list[Post]]:
    """Group posts of one lesson by thread; the thread of the first post comes first."""
    found: dict[int, list[Post]] = {}
    for post in posts:
        found.setdefault(post.thread_id, []).append(post)
    return list(found.values())


def _size(post: Post) -> int:
    text = clean_text(post.text)
    words = len(escape(text).encode()) + _PER_LINE * text.count("\n")
    names = sum(len(escape(file.name).encode()) + _PER_FILE for file in post.files[:MOST_NAMED])
    return _FRAME + words + names
