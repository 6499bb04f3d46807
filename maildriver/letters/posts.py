"""Posts in a mail: by lesson and thread, with reply links.

Text from students is escaped line by line inside a frame of our own, so that no post can
change, hide or imitate another (EFAIL; RFC 1153 separators).
"""

import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from maildriver.domain.digest_posts import threads
from maildriver.domain.enclosed_files import MOST_NAMED, Enclosure, Mention, enclose
from maildriver.domain.enrolment import Role
from maildriver.domain.post import Post
from maildriver.domain.safe_text import clean_name, clean_text
from maildriver.domain.token import SiteAddress
from maildriver.letters.labels import Templates, readable_size, text_direction
from maildriver.letters.page import html_template, text_template

_WIDTH = 70


@dataclass(frozen=True, slots=True)
class DiscussionContent:
    """The content of a mail that shows posts."""

    subject: str
    posts: Sequence[Post]
    titles: Mapping[str, str]  # of the lessons, by slug, in their order
    intro: Sequence[str] = ()
    footer: Sequence[str] = ()
    more: bool = False
    can_answer_each: bool = True  # in a digest; a mail with one post is answered with Reply
    all_files: bool = False  # files from students are attached, too
    for_instructor: bool = False  # with how to look at held files


@dataclass(frozen=True, slots=True)
class _ShownPost:
    """One post, ready for the template."""

    number: int
    author: str
    role: Role
    answers_number: int | None
    answers_author: str
    lines: Sequence[str]  # for the text part, wrapped
    paragraphs: Sequence[Sequence[str]]  # for HTML
    files: Sequence[str]
    address: str
    mailto: str


@dataclass(frozen=True, slots=True)
class _Section:
    """The threads about one lesson."""

    title: str
    threads: Sequence[Sequence[_ShownPost]]


def render_bodies(
    content: DiscussionContent,
    templates: Templates,
    labels: Mapping[str, Any],
    site: SiteAddress,
    token: str,
) -> tuple[str, str]:
    """Return the content of a mail with posts, as text and as HTML."""
    mentions = enclosure(content).mentions
    sections = _sections(
        content,
        lambda post: _shown_post(
            post, content, site, token, _file_lines(mentions[post.id], content, labels)
        ),
        labels,
    )
    values = {
        "talk": {"intro": content.intro, "sections": sections, "more": content.more},
        "labels": labels,
        "dir": text_direction(labels["language"]),
    }
    text = text_template(templates.without_language("discussion.txt")).render(values)
    return text.strip("\n") + "\n", html_template(
        templates.without_language("discussion.html")
    ).render(values)


def enclosure(content: DiscussionContent) -> Enclosure:
    """Return the files attached to a mail with posts, and the files it names below each post."""
    return enclose(content.posts, include_all=content.all_files)


def _file_lines(
    mentions: Sequence[Mention], content: DiscussionContent, labels: Mapping[str, Any]
) -> list[str]:
    """Return the files of a post as the mail names them: moon.jpg (1.4 MB)."""
    waits, no_room = ("held", "save") if content.for_instructor else ("waits", "no_room")
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
    content: DiscussionContent, shown: Callable[[Post], _ShownPost], labels: Mapping[str, Any]
) -> list[_Section]:
    by_lesson: dict[str, list[Post]] = {}
    for post in content.posts:
        by_lesson.setdefault(post.lesson, []).append(post)
    return [
        _Section(
            content.titles.get(lesson, ""),
            [
                [
                    each
                    for post in thread
                    for each in (*_withdrawn_parent(post, thread, labels), shown(post))
                ]
                for thread in threads(posts)
            ],
        )
        for lesson, posts in by_lesson.items()
    ]


def _withdrawn_parent(
    post: Post, thread: Sequence[Post], labels: Mapping[str, Any]
) -> Sequence[_ShownPost]:
    """Return a note in place of a withdrawn post, above the first answer to that post."""
    first = next(each for each in thread if each.parent_id == post.parent_id)
    if not post.answers_withdrawn or post.answers_number is None or post is not first:
        return ()
    word = f"({labels['withdrawn']})"
    return (
        _ShownPost(
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


def _shown_post(
    post: Post, content: DiscussionContent, site: SiteAddress, token: str, files: Sequence[str]
) -> _ShownPost:
    text = clean_text(post.text)
    address = site.reply_to(token, str(post.number)) if content.can_answer_each else ""
    return _ShownPost(
        number=post.number if content.can_answer_each else 0,
        author=clean_name(post.author),
        role=post.role,
        answers_number=post.answers_number,
        answers_author=clean_name(post.answers_author),
        lines=[each for line in text.split("\n") for each in _wrap(line)] if text else (),
        paragraphs=[part.split("\n") for part in text.split("\n\n")] if text else (),
        files=files,
        address=address,
        mailto=_mailto(post, content, site, token) if address else "",
    )


def _mailto(post: Post, content: DiscussionContent, site: SiteAddress, token: str) -> str:
    """Return a mailto link for an answer to one post (RFC 6068).

    Without sub-addressing the subject carries the token, too.
    """
    subject = f"Re: #{post.number} {content.titles.get(post.lesson, '')}".strip()
    if not site.subaddress:
        subject = f"{subject} Ref {token}"
    address = quote(site.reply_to(token, str(post.number)), safe="@+")
    return f"mailto:{address}?subject={quote(subject)}"


def _wrap(line: str) -> list[str]:
    return textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [""]
