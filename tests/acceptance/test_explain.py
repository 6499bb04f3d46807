"""`explain` from the outside: files and stored mail, told by a site that has handled it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from servers.letters import Correspondent
from servers.mailstack import MailStack
from servers.site import TestSite

from acceptance.conftest import NewStudent
from maildriver.store.schema import enrolment, inbox, outbox, post

ROWS = [sa.select(table).order_by(table.c.id) for table in (inbox, outbox, post, enrolment)]


@pytest.fixture
def student(mail_site: TestSite, new_student: NewStudent) -> Correspondent:
    """A student who has had the first packet, and has answered it twice."""
    student = new_student("--confirmed")
    mail_site.call("run", "--once")
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    packet = student.new_mails()[-1]
    student.reply(packet, "I saw it rise.")
    student.reply(packet, "pause 2 weeks")
    mail_site.call("run", "--once")
    return student


def _told(about: str, told: dict[str, list[dict[str, object]]]) -> list[object]:
    return [each["rule"] for each in told["rules"] if each["about"] == about]


def test_files_and_stored_mails_are_explained_in_the_order_given_and_nothing_changes(
    mail_site: TestSite, student: Correspondent
) -> None:
    file = mail_site.write("stop.eml", "From: a@example.org\nSubject: Re: x\n\nstop\n")
    before = [mail_site.rows(query) for query in ROWS]

    done = mail_site.call("explain", "in-2", str(file), "in-1", "--json")

    second, own, first = (json.loads(line) for line in done.stdout.splitlines())
    assert [mail_site.rows(query) for query in ROWS] == before
    assert [each["file"] for each in (second, own, first)] == ["in-2", str(file), "in-1"]
    assert list(first) == [
        "file", "kind", "rule", "reply", "elided", "commands", "bounces", "confidence", "rules",
        "files", "stored",
    ]  # fmt: skip
    assert (first["kind"], first["reply"]) == ("post", "I saw it rise.")
    assert "about the 7th star" in first["elided"]
    assert _told("token", first) == [f"of packet lesson-1 to {student.address}, found in: address"]
    assert _told("whose", first) == [f"{student.address} in night-sky"]
    assert _told("trust", first) == [
        "it answers a mail of ours, from the address that had it: it may do everything"
    ]
    assert _told("authentication", first) == [
        "none: imap.authserv_id is empty, so nobody is believed"
    ]
    assert any("words that we sent" in str(rule) for rule in _told("cut", first))
    assert _told("intake", first) == ["done: post (a person's mail)"]
    assert _told("post", first) == ["#1, accepted, about lesson-1"]
    assert (second["commands"], second["stored"]["posts"]) == (["pause"], [])
    assert (own["kind"], own["commands"], "stored" in own) == ("command", ["leave"], False)

    lines = mail_site.call("explain", "in-1").stdout.splitlines()
    assert lines[0] == "in-1: post (a person's mail)"
    assert f"  whose: {student.address} in night-sky" in lines
    assert "  intake: done: post (a person's mail)" in lines
    assert "    I saw it rise." in lines


def test_what_is_held_and_what_is_forgotten_is_told_with_the_next_step(
    mail_site: TestSite,
    student: Correspondent,
    new_address: Callable[..., str],
    mailstack: MailStack,
) -> None:
    other = Correspondent(mailstack, mail_site, new_address("other"))
    other.reply(student.mails()[-1], "From my work address.")
    other.write("Lunch?", "On Sunday.")
    mail_site.call("run", "--once")

    held = mail_site.json("explain", "in-3")
    assert (held["stored"]["state"], held["stored"]["posts"][0]["state"]) == ("held", "held")
    assert _told("trust", held)[0].startswith(  # type: ignore[attr-defined]
        "it answers a mail of ours, from another address"
    )
    mail_site.change(sa.update(inbox).where(inbox.c.id == 1).values(raw=None))
    refused = {
        "in-1": "in-1 is done (post: a person's mail), and how it came is kept no longer than "
        "keep_raw = 180d says",
        "in-4": "in-4 was nobody's we know, so nothing of it is kept",
        "in-99": "there is no mail in-99",
        "out-1": "out-1 is a mail of ours; explain reads those of others",
        "nowhere.eml": "there is no file nowhere.eml",
    }
    for name, said in refused.items():
        done = mail_site.call("explain", "in-2", name, expect=1)
        problem, hint = done.stderr.splitlines()
        assert (done.stdout, problem) == ("", f"maildriver: {said}")
        assert hint.startswith("  ")
