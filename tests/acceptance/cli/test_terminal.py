"""What others have written moves no cursor of the operator's terminal."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.site import TestSite

from maildriver.store import blobs
from maildriver.store.inbox import Fetched, put

CLEARS = "\x1b[2J\x1b]0;owned\x07"
EIGHT_BITS = "\x9b2J"
TURNS = "\u202egnp.exe"
RAW = (
    f"From: Ada <ada@example.org>\r\nSubject: {CLEARS}\r\n"
    'Content-Type: text/plain; charset="utf-8"\r\n\r\n'
    f"I saw {CLEARS}{EIGHT_BITS}{TURNS} it.\r\n> what {CLEARS} you had sent\r\n"
).encode()


def obeyed(printed: str) -> set[str]:
    return {char for char in printed if char in "\x1b\x07\r\x9b\u202e"}


@pytest.mark.parametrize("command", ["explain", "held show"])
def test_a_mail_is_shown_and_not_obeyed(tmp_path: Path, command: str) -> None:
    site = TestSite(tmp_path / "site")
    site.write_settings("course@example.org", smtp=1, imap=1)
    site.write_course()
    site.call("status")  # makes the database
    with site.database() as database:
        fetched = Fetched("INBOX", 1, 1, len(RAW), datetime.now(UTC), state="held")
        database.write(lambda conn: put(conn, fetched, blobs.put(conn, RAW)))

    shown = site.call(*command.split(), "in-1").stdout
    facts = site.call(*command.split(), "in-1", "--json").stdout

    assert obeyed(shown) == obeyed(facts) == set()
    assert "\\u001b[2J" in shown
    assert "in-1" in json.dumps(json.loads(facts))
