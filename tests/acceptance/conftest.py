"""Sites that the acceptance tests run as an operator does."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from servers.mailstack import MailStack
from servers.require import program, require
from servers.site import TestSite


@pytest.fixture
def mail_site(tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]) -> TestSite:
    """A site with a course, whose mail goes through real Postfix and Dovecot."""
    site = TestSite(tmp_path / "site")
    site.write_settings(
        new_address("course"), smtp=mailstack.ports.smtp, imap=mailstack.ports.imap
    )
    site.write_course(attachment=b"%PDF-1.4 chart ")
    return site


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A real Chromium."""
    require("chromium")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=program("chromium"), args=["--no-sandbox"]
        )
        yield launched
        launched.close()
