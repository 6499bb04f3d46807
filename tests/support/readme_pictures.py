"""The pictures in README.md, taken from a demo: `make readme` takes them anew."""

import asyncio
import re
import tempfile
from pathlib import Path

from playwright.async_api import Browser, async_playwright
from support.require import program

from maildriver.operator.demo import Plan, new_demo

PICTURES = Path(__file__).parents[1] / "pictures"
_STUDENT = "wanjiru@nairobi.example"
_MAILS = {"packet": "1. Finding your pole", "digest": "Discussion, Monday 23 March 2026"}


async def main() -> None:
    """Live two weeks, and take pictures of one packet, one digest, and the class."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        async with new_demo(Plan(), lambda _event: None) as demo:
            page = await demo.write_report(Path(folder), await demo.pass_days(days=14))
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=program("chromium"), args=["--no-sandbox"]
            )
            for name, subject in _MAILS.items():
                await _take_mail(browser, page.as_uri(), name, subject)
            await _take_class(browser, page.as_uri())
            await browser.close()


async def _take_mail(browser: Browser, url: str, name: str, subject: str) -> None:
    context = await browser.new_context(
        viewport={"width": 560, "height": 820}, device_scale_factor=1.5
    )
    page = await context.new_page()
    await page.goto(f"{url}#/mailbox/{_STUDENT}")
    number = page.locator("[data-mail]", has_text=re.compile(re.escape(subject))).first
    await page.goto(f"{url}#/mailbox/{_STUDENT}/{await number.get_attribute('data-mail')}")
    mail = await page.frame_locator("iframe").locator("html").evaluate("html => html.outerHTML")
    await page.set_content(f"<!DOCTYPE html>{mail}")
    await page.screenshot(path=PICTURES / f"{name}.png")
    await context.close()


async def _take_class(browser: Browser, url: str) -> None:
    page = await browser.new_page(viewport={"width": 1180, "height": 760})
    await page.goto(f"{url}#/")
    await page.screenshot(path=PICTURES / "class.png")


if __name__ == "__main__":
    asyncio.run(main())
