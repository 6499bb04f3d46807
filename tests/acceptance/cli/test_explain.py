"""`explain` from the outside: files and stored mail, told by a site that has handled it."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from acceptance.conftest import NewStudent
from support.correspondent import Correspondent
from support.deadlines import wait_until
from support.raw_mails import mail
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import enrolment, inbox, outbox, post
from maildriver.errors import MaildriverError
from maildriver.operator.explain import explain_all
from maildriver.store import blobs
from maildriver.store.inbox import Fetched, put

ROWS = [sa.select(table).order_by(table.c.id) for table in (inbox, outbox, post, enrolment)]


def _told(about: str, told: dict[str, list[dict[str, object]]]) -> list[object]:
    return [each["rule"] for each in told["rules"] if each["about"] == about]


def test_files_and_stored_mails_are_explained_in_the_order_given_and_nothing_changes(
    mail_site: TestSite,
    new_student: NewStudent,
    new_address: Callable[..., str],
    mailstack: MailStack,
) -> None:
    student = new_student("--confirmed")
    mail_site.call("run", "--once")
    student.the_new_mail()  # the welcome: Postfix may deliver it after the packet
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    packet = student.the_new_mail()
    student.reply(packet, "I saw it rise.")
    student.reply(packet, "pause 2 weeks")
    Correspondent(mailstack, mail_site, new_address("other")).reply(packet, "From my work.")
    wait_until(lambda: len(mailstack.mailbox(mail_site.address)) == 3, 60, "not all came")
    mail_site.call("run", "--once")
    file = mail_site.write("stop.eml", "From: a@example.org\nSubject: Re: x\n\nstop\n")
    before = [mail_site.rows(query) for query in ROWS]

    done = mail_site.call("explain", "in-2", str(file), "in-1", "in-3", "--json")

    second, own, first, held = (json.loads(line) for line in done.stdout.splitlines())
    assert [mail_site.rows(query) for query in ROWS] == before
    assert [each["file"] for each in (second, own, first)] == ["in-2", str(file), "in-1"]
    _check_a_post(first, student.address)
    assert (second["commands"], second["stored"]["posts"]) == ([{"name": "pause", "days": 14}], [])
    assert (own["kind"], own["commands"], "stored" in own) == (
        "command",
        [{"name": "leave"}],
        False,
    )
    assert (held["stored"]["state"], held["stored"]["posts"][0]["state"]) == ("held", "held")
    assert "from another address" in str(_told("trust", held))

    lines = mail_site.call("explain", "in-1").stdout.splitlines()
    assert lines[0] == "in-1"
    assert "  understood   a message to people (a person's mail)" in lines
    assert f"  sender       {student.address} in night-sky" in lines
    assert "  happened     done: post (a person's mail)" in lines
    assert "  reply        I saw it rise." in lines


def _check_a_post(told: dict[str, Any], writer: str) -> None:
    """All is told of a mail that became a post, and why it did."""
    assert list(told) == [
        "file", "kind", "rule", "reply", "elided", "commands", "choices", "answers", "bounces",
        "confidence", "rules", "files", "stored",
    ]  # fmt: skip
    assert (told["kind"], told["reply"]) == ("post", "I saw it rise.")
    assert "about the 7th star" in told["elided"]
    assert _told("token", told) == [f"of packet lesson-1 to {writer}, found in: address"]
    assert _told("whose", told) == [f"{writer} in night-sky"]
    assert _told("trust", told) == [
        "it answers a mail of ours, from the address that had it: it may do everything"
    ]
    assert _told("authentication", told) == [
        "none: imap.authserv_id is empty, so nobody is believed"
    ]
    assert "words that we sent" in _told("trimming", told)
    assert _told("intake", told) == ["done: post (a person's mail)"]
    assert _told("post", told) == ["#1, accepted, about lesson-1"]


def test_what_cannot_be_explained_says_so_with_the_next_step(tmp_path: Path) -> None:
    site = TestSite(tmp_path)
    site.write_settings("course@example.org", smtp=1, imap=1)
    site.call("status")
    row = {"mailbox": "INBOX", "uidvalidity": 1, "size": 9, "received_at": datetime.now(UTC)}
    done, dropped = {"state": "done", "kind": "post", "rule": "why"}, {"kind": "stranger"}
    with site.database() as database:
        for number, values in enumerate((done, dropped), start=1):
            statement = sa.insert(inbox).values(row | {"uid": number} | values)
            database.write(partial(sa.Connection.execute, statement=statement))
    refused = {
        "in-1": "in-1 is done (post: why); the mail itself was forgotten after the time that "
        "keep_raw names",
        "in-2": "in-2 was nobody's we know, so nothing of it is kept",
        "in-99": "there is no mail in-99",
        "out-1": "out-1 is a mail of ours; explain reads those of others",
        "nowhere.eml": "there is no file nowhere.eml",
    }
    good = site.write("good.eml", "From: a@example.org\n\nIo.\n")
    for name, said in refused.items():
        with pytest.raises(MaildriverError, match=f"^{re.escape(said)}$") as caught:
            explain_all([str(good), name], site.folder)
        assert caught.value.hint

    refusal = site.call("explain", str(good), "in-1", expect=1)
    problem, hint = refusal.stderr.splitlines()
    assert (refusal.stdout, problem) == ("", f"maildriver: {refused['in-1']}")
    assert hint == "  Ask whoever wrote it for a copy, save that as a file, and name the file."


def test_an_encrypted_mail_is_held_and_never_becomes_an_empty_post(tmp_path: Path) -> None:
    site = TestSite(tmp_path)
    site.write_settings("course@example.org", smtp=1, imap=1)
    site.write_course()
    site.call("enrol", "night-sky", "anna@example.org", "--confirmed")
    raw = mail("-----BEGIN PGP MESSAGE-----\n\nhQ\n-----END PGP MESSAGE-----\n")

    def hold(conn: sa.Connection) -> None:
        fetched = Fetched("INBOX", 1, 1, len(raw), datetime.now(UTC), "held", "empty")
        assert put(conn, fetched, blobs.put(conn, raw)) == 1

    with site.database() as database:
        database.write(hold)

    told = site.json("explain", "in-1")
    refused = site.call("held", "release", "in-1", expect=1)

    assert told["rule"] == "it is encrypted; ask its writer to send it again as plain text"
    assert (told["reply"], told["stored"]["state"]) == ("", "held")
    assert refused.stderr.startswith("maildriver: in-1 cannot go on: it is encrypted\n")
    assert site.rows(sa.select(post.c.id)) == []
