# ruff: noqa: E501 - a table of payloads
"""Posts in a mail: what a student wrote can neither hide, change nor imitate another post."""

import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser, LexborNode
from support.composed_mails import a_mail

from maildriver.domain.cadence import Cadence, parse_at, parse_days
from maildriver.domain.course import Course
from maildriver.domain.digest_posts import choose_posts
from maildriver.domain.post import Post, PostFile
from maildriver.domain.safe_text import MOST_LINES, clean_name, clean_text
from maildriver.domain.token import SiteAddress
from maildriver.letters.composer import Composer
from maildriver.letters.frame import Reader, RenderedMessage, SiteFrame
from maildriver.letters.posts import DiscussionContent

NOW = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)
TOKEN = "a" * 24
COURSE = Course(
    "night-sky", "The Night Sky", "en", Cadence(parse_days("daily"), parse_at("7:30")), "UTC"
)
READER = Reader("Ada", "ada@example.org", "en", "UTC")

#: What breaks out of a page that is put together from pieces, or pretends to be one.
HOSTILE = [
    *("<b>never closed", "<!-- never closed", "<table><tr><td>", "</td></tr></table></div>"),
    *("<style>p{display:none}</style>", '<p style="display:none">', "<plaintext>", "<xmp>"),
    *("<img src=http://evil.test/pixel.gif>", "<img src='http://evil.test/?", '<a href="'),
    *("<form action=http://evil.test><input name=x>", "<script>alert(1)</script>", "<svg onload=x>"),
    *("<base href=http://evil.test>", "<meta http-equiv=refresh content=0>", "<iframe src=//x>"),
    *("<math><mtext><table><mglyph><style><!--</style>", "<noscript><p title='</noscript><img>'>"),
    *("<textarea>", "<title>", "<select>", "<template>", "<frameset>", "<object data=x>"),
    *("{{ 7 * 7 }}", "{% raw %}", "${x}", "]]>", "<![CDATA[", "<?php", "&lt;b&gt;", "&#x202e;abc"),
    *("\u202eeveR", "\u2066hidden\u2069", "\u200bzero\u200bwidth", "\ufeffmark", "\x00nul", "\x1b[2J"),
    *("a\u2028b", "a\x85b", "a\r\nb", "\r", "From the start", ".", "..", "-- ", "--------------------"),
    *("[#1 Prof X] (instructor)", "[#2 Bo] answers #1 Amina", "| a line like ours", "> quoted"),
    *("Ref aaaaaaaaaaaaaaaaaaaaaaaa", "Answer: course+x@example.org", "Your reply goes to the class."),
    *("=?utf-8?b?PGI+?=", "=_aaaaaaaaaaaaaaaaaaaaaaaa_0", "--=_aaaaaaaaaaaaaaaaaaaaaaaa_0--"),
    *("Content-Type: text/html", "Bcc: everyone@example.org", "# heading", "* * *", "![x](y)"),
    *("[x](javascript:alert(1))", "`code`", "~~~", "<" * 500, "&" * 500, "\n" * 500, "x" * 30_000),
    *("<a\tb>", "<\x00b>", "<%", "--><b>", "'\"><b>", "<b onmouseover=x>", "</p></body></html>"),
    *("\u0600\u0601", "\U000e0041\U000e0042", "a" + "\u0301" * 300, "\ud7ff", "👩‍👩‍👧‍👦", "\u061c"),
    *("<b><i><u></b></i></u>", "<p><p><p>", "<li>", "<tr><td>x", "</tr>", "</html>", "<body>", "<head>"),
    *("<link rel=stylesheet href=//x>", "<video src=x>", "<audio autoplay>", "<marquee>", "<blink>"),
    *("<a href=cid:x>", "<img src=cid:logo>", "<img srcset=//x>", "<td background=//x>", "@import url(x)"),
    *("1. list", "    code", "| a | b |", "<br/><br/>", "<!DOCTYPE html>", "<mso>", "<!--[if mso]>"),
]  # fmt: skip


def test_there_are_a_hundred_of_them() -> None:
    assert len(set(HOSTILE)) >= 100


def a_post(number: int, text: str, author: str = "Amina", **more: Any) -> Post:
    values: dict[str, Any] = {
        "id": number, "number": number, "lesson": "north", "thread_id": number, "parent_id": None,
        "enrolment_id": 1, "author": author, "role": "student", "text": text, "files": (), "at": NOW,
    }  # fmt: skip
    return Post(**(values | more))


def shown(posts: Sequence[Post], language: str = "en") -> RenderedMessage:
    site = SiteFrame(
        "Night School", SiteAddress("course@example.org"), "Night School, 1 Long Lane"
    )
    talk = DiscussionContent(
        "Discussion", posts, {"north": "1. Finding north"}, footer=("Your reply goes to all.",)
    )
    reader = Reader("Ada", "ada@example.org", language, "UTC")
    return Composer(site).compose_discussion(a_mail(reader, COURSE), talk, token=TOKEN, date=NOW)


def trees(html: str) -> list[str]:
    """Return the page as its parser sees it, without what one post says."""
    found: list[str] = []

    def walk(node: LexborNode, path: str) -> None:
        name = f"{path}/{node.tag}"
        attributes = {key: node.attributes[key] for key in sorted(node.attributes)}
        if "post" in (attributes.get("class") or "").split() and "[#2 " in node.text():
            found.append(f"{name} the other post")
            return
        found.append(f"{name} {attributes} {node.text(deep=False)!r}")
        for child in node.iter():
            walk(child, name)

    root = LexborHTMLParser(html).root
    assert root is not None
    walk(root, "")
    return found


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(each)[:30] for each in HOSTILE])
def test_the_rest_of_a_digest_is_the_same_whatever_one_post_holds(text: str) -> None:
    harmless = shown([a_post(1, "One."), a_post(2, "Two."), a_post(3, "Three.")])
    hostile = shown(
        [a_post(1, "One."), a_post(2, text, author=text[:2000], files=(PostFile(text[:80], 1),)),
         a_post(3, "Three.")]
    )  # fmt: skip

    assert trees(hostile.html) == trees(harmless.html)
    tags = {
        node.tag for node in LexborHTMLParser(hostile.html).css("img, script, form, iframe, base")
    }
    assert tags == set()
    assert not re.search(r"(?:src|background)\s*=|url\(", _without_text(hostile.html))


def _without_text(html: str) -> str:
    return re.sub(r">[^<]*<", "><", html)


@pytest.mark.parametrize("text", HOSTILE, ids=[ascii(each)[:30] for each in HOSTILE])
def test_no_line_of_the_text_can_be_taken_for_ours(text: str) -> None:
    lines = shown([a_post(1, text)]).text.split("\n")
    ours = shown([a_post(1, "Two.")]).text.split("\n")

    start = ours.index("| Two.")
    end = len(ours) - start - 1
    body = lines[start : len(lines) - end]
    assert all(line.startswith("|") for line in body), body
    assert lines[:start] == ours[:start]
    assert lines[len(lines) - end :] == ours[-end:]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("> Ref d34noqrcabau5s3jlo7dezef", "> Ref […]"),
        ("Ref abcdefghijklmnopqrstuvwx", "Ref […]"),
        ("to course+d34noqrcabau5s3jlo7dezef-12@a.example", "to course+[…]-12@a.example"),
        ("<d34noqrcabau5s3jlo7dezef@a.example>", "<[…]@a.example>"),
        ("die Donauschifffahrtskapitaen", "die Donauschifffahrtskapitaen"),
        ("Gegenueberstellungsbilder", "Gegenueberstellungsbilder"),
        ("electroencephalographical", "electroencephalographical"),
        ("abcdefghijklmnopqrstuvwx is a word", "abcdefghijklmnopqrstuvwx is a word"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef"),
    ],
)
def test_nobody_is_shown_a_token_of_somebody_else(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@given(st.text(max_size=3000))
def test_a_clean_text_is_lines_of_what_was_written(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert cleaned.count("\n") <= MOST_LINES + 2
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028]", cleaned)


@given(st.text(max_size=300))
def test_a_clean_name_stands_on_one_line_and_frames_nothing(name: str) -> None:
    cleaned = clean_name(name)
    assert len(cleaned) <= 60
    assert not set(cleaned) & set('[]#<>"|@\n\r')


def test_every_hundred_thousand_bytes_go_on_in_the_next_digest() -> None:
    chance = random.Random(1)
    posts = [
        a_post(number, "é<&> " * chance.randint(1, 900), lesson=chance.choice(["a", "b", ""]))
        for number in range(1, 200)
    ]
    order = {"": -1, "a": 0, "b": 1}
    seen: dict[str, int] = {}
    left = posts
    taken: list[int] = []
    while left:
        chosen = choose_posts(left, order, 78_000)
        assert len(shown(chosen.posts).html.encode()) <= 90_000
        taken += [post.number for post in chosen.posts]
        seen |= chosen.seen
        left = [post for post in left if post.number > seen.get(post.lesson, 0)]
        assert chosen.more == bool(left)

    assert sorted(taken) == [post.number for post in posts], "each once"


def test_a_post_that_alone_is_too_long_is_shown_cut() -> None:
    frozen = shown([a_post(1, "long " * 50_000)])
    assert len(frozen.html.encode()) < 90_000
    assert "[…]" in frozen.text


def test_names_roles_files_and_answers_are_shown() -> None:
    posts = [
        a_post(1, "First."),
        a_post(2, "Second.", author="", role="instructor", thread_id=1, answers_number=1,
               answers_author="Amina", files=(PostFile("sky.jpg", 1_400_000),)),
    ]  # fmt: skip
    text = shown(posts).text
    assert "[#1 Amina]\n" in text
    assert "[#2 A classmate] (instructor) answers #1 Amina\n" in text
    assert "With: sky.jpg (1.4 MB)\n" in text
    assert f"Answer: course+{TOKEN}-2@example.org" in text
    assert "[#1 Amina]\n" in shown(posts, "de").text
    assert "(Kursleitung) antwortet auf #1 Amina" in shown(posts, "de").text
