"""Posts as a mail shows them: by lesson and thread, each with whose it is and how to answer it.

What students wrote comes in as text and leaves escaped, line by line, inside a frame that is
ours; so no post can change, hide or imitate another (EFAIL; RFC 1153 separators).
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from maildriver.domain.digest import threads
from maildriver.domain.enclosed_files import MOST_NAMED, Enclosure, Mention, enclose
from maildriver.domain.enrolment import Role
from maildriver.domain.post import Post
from maildriver.domain.safe_text import clean_name, clean_text
from maildriver.domain.token import SiteAddress
from maildriver.letters.labels import Templates, direction, readable_size
from maildriver.letters.page import html_template, text_template

_WIDTH = 70


@dataclass(frozen=True, slots=True)
class Talk:
    """What a mail with posts in it says."""

    subject: str
    posts: Sequence[Post]
    titles: Mapping[str, str]  # of the lessons, by slug, in their order
    intro: Sequence[str] = ()
    footer: Sequence[str] = ()
    more: bool = False
    can_answer_each: bool = True  # in a digest; elsewhere there is one post, and plain Reply
    all_files: bool = False  # those of students go along too
    for_instructor: bool = False  # who is told how to look at what is held


@dataclass(frozen=True, slots=True)
class _Shown:
    """One post, ready to be put into the frame."""

    number: int
    author: str
    role: Role
    answers_number: int | None
    answers_author: str
    lines: Sequence[str]  # for the text: no longer than a line
    paragraphs: Sequence[Sequence[str]]  # for HTML
    files: Sequence[str]
    address: str
    mailto: str


@dataclass(frozen=True, slots=True)
class _Section:
    """What is said about one lesson."""

    title: str
    threads: Sequence[Sequence[_Shown]]


def bodies(
    talk: Talk, templates: Templates, labels: Mapping[str, Any], site: SiteAddress, token: str
) -> tuple[str, str]:
    """Return the words of a talk as text and as HTML."""
    mentions = enclosure(talk).mentions
    sections = _sections(
        talk,
        lambda post: _shown(post, talk, site, token, _named(mentions[post.id], talk, labels)),
        labels,
    )
    values = {
        "talk": {"intro": talk.intro, "sections": sections, "more": talk.more},
        "labels": labels,
        "dir": direction(labels["language"]),
    }
    text = text_template(templates.page("discussion.txt")).render(values)
    return text.strip("\n") + "\n", html_template(templates.page("discussion.html")).render(values)


def enclosure(talk: Talk) -> Enclosure:
    """Return the files that go along with a talk, and how it names those of its posts."""
    return enclose(talk.posts, all_of_them=talk.all_files)


def _named(mentions: Sequence[Mention], talk: Talk, labels: Mapping[str, Any]) -> list[str]:
    """Return the files of a post in words: moon.jpg (1.4 MB)."""
    waits, no_room = ("held", "save") if talk.for_instructor else ("waits", "no_room")
    remarks = {
        "waits": labels[f"file_{waits}"],
        "large": labels["file_large"],
        "no-room": labels[f"file_{no_room}"],
    }
    named = []
    for each in mentions[:MOST_NAMED]:
        remark = str(remarks.get(each.remark, "")).format(id=f"file-{each.id}")
        facts = [readable_size(each.size) if each.size else "", remark]
        known = "; ".join(fact for fact in facts if fact)
        named.append(f"{each.name} ({known})" if known else each.name)
    more = len(mentions) - MOST_NAMED
    return [*named, labels["files_more"].format(count=more)] if more > 0 else named


def _sections(
    talk: Talk, shown: Callable[[Post], _Shown], labels: Mapping[str, Any]
) -> list[_Section]:
    by_lesson: dict[str, list[Post]] = {}
    for post in talk.posts:
        by_lesson.setdefault(post.lesson, []).append(post)
    return [
        _Section(
            talk.titles.get(lesson, ""),
            [
                [
                    each
                    for post in thread
                    for each in (*_taken_back(post, thread, labels), shown(post))
                ]
                for thread in threads(posts)
            ],
        )
        for lesson, posts in by_lesson.items()
    ]


def _taken_back(post: Post, thread: Sequence[Post], labels: Mapping[str, Any]) -> Sequence[_Shown]:
    """Return what stands for a post that was withdrawn, above the first answer to it."""
    first = next(each for each in thread if each.parent_id == post.parent_id)
    if not post.answers_withdrawn or post.answers_number is None or post is not first:
        return ()
    word = f"({labels['withdrawn']})"
    return (
        _Shown(
            number=post.answers_number,
            author=clean_name(post.answers_author),
            role="student",
            answers_number=None,
            answers_author="",
            lines=[word],
            paragraphs=[[word]],
            files=(),
            address="",
            mailto="",
        ),
    )


def _shown(post: Post, talk: Talk, site: SiteAddress, token: str, files: Sequence[str]) -> _Shown:
    text = clean_text(post.text)
    address = site.reply_to(token, str(post.number)) if talk.can_answer_each else ""
    return _Shown(
        number=post.number if talk.can_answer_each else 0,
        author=clean_name(post.author),
        role=post.role,
        answers_number=post.answers_number,
        answers_author=clean_name(post.answers_author),
        lines=[each for line in text.split("\n") for each in _wrapped(line)] if text else (),
        paragraphs=[part.split("\n") for part in text.split("\n\n")] if text else (),
        files=files,
        address=address,
        mailto=_mailto(post, talk, site, token) if address else "",
    )


def _mailto(post: Post, talk: Talk, site: SiteAddress, token: str) -> str:
    """Return a link that opens an answer to one post (RFC 6068).

    Where the provider has no sub-addressing the subject says what is answered.
    """
    subject = f"Re: #{post.number} {talk.titles.get(post.lesson, '')}".strip()
    if not site.subaddress:
        subject = f"{subject} Ref {token}"
    address = quote(site.reply_to(token, str(post.number)), safe="@+")
    return f"mailto:{address}?subject={quote(subject)}"


def _wrapped(line: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
