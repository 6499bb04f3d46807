"""Every mail of ours in a real browser: readable for all, on a phone, by day and by night."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from support.composed_mails import ADA, DATE, LANGUAGES, LETTERS, SITE, TOKEN, a_mail, letter
from support.contrast import LOW_CONTRAST

from maildriver.courses.check import check_course
from maildriver.courses.limits import Limits
from maildriver.domain.post import Post, PostFile
from maildriver.letters.composer import Composer
from maildriver.letters.packet import PositionedLesson
from maildriver.letters.posts import DiscussionContent
from maildriver.letters.shipped import shipped_folder

SCREENS = [(900, "light"), (900, "dark"), (390, "light"), (390, "dark")]
#: Where to leave a picture of each, for whoever wants to look at them.
PICTURES = os.environ.get("MAILDRIVER_PICTURES")


def packets() -> Iterator[tuple[str, str]]:
    for folder in sorted(shipped_folder("courses").iterdir()):
        course = check_course(folder, Limits()).course
        assert course is not None
        for position, lesson in enumerate(course.lessons, 1):
            version = PositionedLesson(
                course, lesson, position, last=position == len(course.lessons)
            )
            whole = Composer(SITE).packets.render(version, ADA, token=TOKEN, date=DATE)
            yield f"{course.slug}-{position}", whole.html


def letters() -> Iterator[tuple[str, str]]:
    for language in LANGUAGES:
        for name in LETTERS:
            yield f"{name}-{language}", letter(name, replace(ADA, language=language)).html


def digests() -> Iterator[tuple[str, str]]:
    posts = [
        a_post(1, "Polaris stood two fists above the chimney.\n\nIs that right?", "Amina"),
        a_post(2, "Yes: 38 degrees.", "Vera", parent_id=1, thread_id=1, role="instructor"),
        a_post(3, "הכוכב עמד מעל הגג", "נועה", parent_id=1, thread_id=1),
        a_post(4, "see https://example.org/" + "long" * 60, "Bo", lesson="two"),
        a_post(5, "x" * 300, "李小龙", lesson="two", files=(PostFile("drawing.png", 12_000),)),
    ]
    for language in LANGUAGES:
        titles = {"one": "1. Finding your pole", "two": "2. The moving sky"}
        talk = DiscussionContent(
            "Discussion", posts, titles, footer=("Your reply goes to the class.",)
        )
        frozen = Composer(SITE).compose_discussion(
            a_mail(replace(ADA, language=language)), talk, token=TOKEN, date=DATE
        )
        yield f"digest-{language}", frozen.html


def a_post(number: int, text: str, author: str, **more: Any) -> Post:
    values: dict[str, Any] = {
        "id": number, "number": number, "lesson": "one", "thread_id": number, "parent_id": None,
        "enrolment_id": 1, "author": author, "role": "student", "text": text, "files": (),
        "at": DATE,
    }  # fmt: skip
    return Post(**(values | more))


MAILS = dict([*packets(), *letters(), *digests()])


@pytest.fixture(scope="module", params=SCREENS, ids=lambda screen: f"{screen[0]}-{screen[1]}")
def screen(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    yield page
    page.close()


@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_readable_for_all(screen: Page, name: str) -> None:
    html = re.sub(r'src="cid:[^"]*"', 'src="data:,"', MAILS[name])
    screen.set_content(html)
    if PICTURES:
        dark = screen.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        width = screen.evaluate("innerWidth")
        picture = Path(PICTURES) / f"{name}-{width}-{'dark' if dark else 'light'}.png"
        screen.screenshot(path=picture, full_page=True)

    assert screen.evaluate(LOW_CONTRAST) == []
    assert screen.evaluate("document.documentElement.lang") in {"en", "de"}
    assert screen.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways"
    assert screen.evaluate("[...document.images].every((each) => each.alt.trim())"), "alt texts"
    assert screen.evaluate("document.querySelectorAll('h1').length") == 1
    assert screen.evaluate("document.title") != ""
