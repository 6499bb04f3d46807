"""The choice and order of posts in one student's digest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from maildriver.domain.enclosed_files import MOST_NAMED
from maildriver.domain.post import Post
from maildriver.domain.safe_text import clean_text

_FRAME = 1_500  # bytes of HTML around the text of one post, at most (measured: 1,200)
_PER_LINE = 8
_PER_FILE = 120  # bytes for the size of a file, and the remark on it
_LAST = 1 << 30


@dataclass(frozen=True, slots=True)
class DigestPosts:
    """The posts of one digest, and the number of the last post shown for each lesson."""

    posts: tuple[Post, ...]
    seen: Mapping[str, int]
    more: bool  # other posts did not fit; they come with the next digest


def choose_posts(unseen: Sequence[Post], order: Mapping[str, int], room: int) -> DigestPosts:
    """Return the posts that fit into `room` bytes of HTML: at least one, none out of turn.

    `order` has the position of each lesson. Within a lesson, posts are in the order of their
    numbers and none is left out, so that one number records how far a student was shown it.
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
    return DigestPosts(tuple(taken), seen, more=len(taken) < len(ranked))


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
