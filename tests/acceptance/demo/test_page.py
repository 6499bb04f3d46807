"""The page of the demo in a real browser: found, read, heard, and driven by keyboard."""

import asyncio
import fcntl
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from playwright.sync_api import Browser, Page, expect
from support.contrast import LOW_CONTRAST

from maildriver.operator.demo import Plan, new_demo


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of one demo, which the first of all workers lives that needs it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    page = folder / "demo" / "index.html"
    command = [sys.executable, "-m", "maildriver", "demo", "--students", "13", "--days", "6"]
    with (folder / "demo.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not page.exists():
            subprocess.run([*command, "--json", "--out", str(page.parent)], check=True)
    return page


@pytest.fixture(params=[(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    width, scheme = request.param
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda asked: problems.append(asked.url) if "http" in asked.url[:5] else None
    )
    yield page
    assert problems == []
    page.close()


def test_every_view_is_readable_and_stays_within_the_screen(page: Page, left: Path) -> None:
    for route in ("#/", "#/class", "#/mailbox", "#/mailbox/vera@observatory.example"):
        page.goto(f"{left.as_uri()}{route}")
        expect(page.locator("main h1, main h2").first).to_be_visible()
        assert page.evaluate(LOW_CONTRAST) == [], route
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), route
        assert page.evaluate("document.documentElement.lang") == "en"
        assert page.evaluate("[...document.images].every((each) => each.hasAttribute('alt'))")


def test_every_mail_of_a_mailbox_is_shown_as_its_owner_sees_it(page: Page, left: Path) -> None:
    page.goto(f"{left.as_uri()}#/mailbox/amara@lagos.example")
    numbers = page.locator("[data-mail]").evaluate_all("all => all.map((e) => e.dataset.mail)")
    assert len(numbers) > 3
    for number in numbers:
        page.goto(f"{left.as_uri()}#/mailbox/amara@lagos.example/{number}")
        expect(page.locator(".pane.mail h2, .pane.mail h1").first).not_to_be_empty()
        if page.locator("iframe").count():
            frame = page.frame_locator("iframe")
            expect(frame.locator("h1")).to_be_visible()
            body = frame.locator("body")
            assert body.evaluate(LOW_CONTRAST) == []
            body.locator("img").evaluate_all("all => Promise.all(all.map((e) => e.decode()))")


def test_the_timetable_is_walked_by_keyboard(browser: Browser, left: Path) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{left.as_uri()}#/")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("To the content")
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('main td, main li') !== null"):
            break
    first = page.evaluate(
        "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    )
    page.keyboard.press("ArrowRight")
    second = page.evaluate(
        "document.activeElement.getAttribute('aria-label') || document.activeElement.textContent"
    )
    assert first
    assert second != first
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#/mailbox/"))
    page.close()


class _Serving:
    """A demo that is served from a thread with a loop of its own."""

    def __init__(self) -> None:
        self.url = ""
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[Any] | None = None
        self.thread = threading.Thread(target=lambda: asyncio.run(self._live()))

    async def _live(self) -> None:
        self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            async with new_demo(Plan(students=6), lambda _event: None) as demo:
                await demo.pass_days(days=1)
                await demo.serve(await demo.enrol_newcomer("Europe/Lisbon"), self._told)
        except asyncio.CancelledError:
            return

    def _told(self, url: str) -> None:
        self.url = url
        self._ready.set()

    def __enter__(self) -> Self:
        self.thread.start()
        assert self._ready.wait(120)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._loop is not None
        assert self._task is not None
        self._loop.call_soon_threadsafe(self._task.cancel)
        self.thread.join(120)


def test_a_newcomer_gets_a_lesson_replies_and_moves_time(browser: Browser) -> None:
    with _Serving() as serving:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(serving.url)
        expect(page).to_have_url(re.compile("mailbox/you"))
        expect(page.get_by_text("Welcome to The Night Sky").first).to_be_visible()
        page.get_by_role("button", name="To my next mail").click()
        expect(page.get_by_text("1. Finding your pole").first).to_be_visible()
        page.locator("[data-mail]", has_text="1. Finding your pole").first.click()
        page.get_by_label("Your reply").fill("status")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_text("Where you are in The Night Sky").first).to_be_visible()
        answer = page.request.post(f"{serving.url}time", data={"key": "guessed", "until": "day"})
        assert answer.status == 400
        other = page.request.get(serving.url, headers={"Host": "evil.example"})
        assert other.status == 403
        page.close()
