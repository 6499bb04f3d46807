"""The demo: nothing lost, nothing twice, nothing foreign, and a page that shows it all."""

import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa

from maildriver.database.schema import inbox, post
from maildriver.demo.audit import Audit
from maildriver.demo.cast import Story
from maildriver.demo.events import Event
from maildriver.operator.demo import Demo, Plan, new_demo

#: The whole is 20: `make seeds`.
SEEDS = range(1, 1 + int(os.environ.get("MAILDRIVER_SEEDS", "1")))


@pytest.fixture(params=SEEDS)
async def lived(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Demo, Audit, list[Event]]]:
    events: list[Event] = []
    async with new_demo(Plan(seed=request.param), events.append) as demo:
        yield demo, await demo.pass_days(days=14), events


def words_in(mail: EmailMessage) -> str:
    """Return all that a mail says, in any part or header, as its reader could find it."""
    parts = [
        str(part.get_content()) for part in mail.walk() if part.get_content_maintype() == "text"
    ]
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), *parts])


async def test_two_weeks_lose_nothing_and_send_nothing_twice(
    lived: tuple[Demo, Audit, list[Event]],
) -> None:
    demo, found, events = lived
    assert (found.lost, found.duplicates) == (0, 0)
    assert found.students == 20
    assert found.packets > 80
    assert found.posts > 40
    assert found.digests > 100
    kinds = {event.kind for event in events}
    assert {"join", "packet", "digest", "post", "pause", "resume", "leave", "finish"} <= kinds
    assert {"bounce", "holiday"} <= kinds
    assert {person.person.story for person in demo.world.people.values()} == set(Story)
    check_foreign_addresses(demo)
    check_drawings_are_what_was_drawn(demo)
    await check_posts_are_what_was_written(demo)


def check_foreign_addresses(demo: Demo) -> None:
    """No mailbox holds anybody else's address, in any header or part."""
    addresses = set(demo.world.people)
    for owner, deliveries in demo.world.system.mailboxes.items():
        for delivery in deliveries:
            text = words_in(delivery.mail).lower()
            found = {address for address in addresses if address in text}
            assert found <= {owner}, delivery.mail["Subject"]


def check_drawings_are_what_was_drawn(demo: Demo) -> None:
    """What one student draws the others get, byte by byte, within a day or two."""
    sent = {
        part.get_filename(): part.get_payload(decode=True)
        for act in demo.world.acts
        if act.mail is not None and act.at < demo.world.clock() - timedelta(days=3)
        for part in act.mail.iter_attachments()
    }
    came: dict[str | None, bytes] = {
        part.get_filename(): part.get_content()
        for deliveries in demo.world.system.mailboxes.values()
        for delivery in deliveries
        for part in delivery.mail.iter_attachments()
        if (part.get_filename() or "").startswith("drawing-")
    }
    assert {name: came.get(name) for name in sent} == sent


async def check_posts_are_what_was_written(demo: Demo) -> None:
    """Whatever their mail programs quoted around it, the class reads what they wrote."""
    rows = await demo.world.db.read(
        lambda conn: conn.execute(
            sa.select(post.c.text, inbox.c.message_id).join(inbox, inbox.c.id == post.c.inbox_id)
        ).all()
    )
    texts = {row.message_id: row.text for row in rows}
    written = [act for act in demo.world.acts if act.kind == "post"]
    assert {act.person.client for act in written} >= {"Gmail", "Outlook", "Apple Mail"}
    for act in written:
        assert act.mail is not None
        expected = act.text.removeprefix("private\n\n")
        read = texts[str(act.mail["Message-ID"])]
        assert read.split() == expected.split(), (act.person.client, act.person.address)


async def test_the_same_seed_is_the_same_class() -> None:
    stories = []
    for _ in range(2):
        events: list[Event] = []
        async with new_demo(Plan(students=13, seed=7), events.append) as demo:
            await demo.pass_days(days=3)
        stories.append([(event.at, event.person.address, event.text) for event in events])
    assert stories[0] == stories[1]


async def test_what_it_leaves_behind_is_every_mail_in_order_and_one_page(tmp_path: Path) -> None:
    async with new_demo(Plan(students=5), lambda _event: None) as demo:
        page = await demo.write_report(tmp_path, await demo.pass_days(days=3))
        boxes = {
            address: [each.raw for each in deliveries]
            for address, deliveries in demo.world.system.mailboxes.items()
        }
    for address, mails in boxes.items():
        files = sorted((tmp_path / "mailboxes" / address).iterdir())
        assert [file.name for file in files] == [f"{n:03}.eml" for n in range(1, len(mails) + 1)]
        assert [file.read_bytes() for file in files] == mails
    text = page.read_text("utf-8")
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert data is not None
    shown = json.loads(data[1])
    assert {person["address"] for person in shown["people"]} == set(boxes)
    received = sum(mail["way"] == "in" for person in shown["people"] for mail in person["mails"])
    assert received == sum(len(mails) for mails in boxes.values())
    outside = re.findall(
        r'(?:src|href)="(?!#|data:|mailto:|cid:)([^"]+)"', text.replace(data[0], "")
    )
    assert outside == []


def test_json_is_one_line_of_totals_and_plain_lines_go_to_stderr(tmp_path: Path) -> None:
    program, plan = (
        Path(sys.executable).with_name("maildriver"),
        ["--students", "4", "--days", "3"],
    )
    done = subprocess.run(
        [program, "demo", *plan, "--json", "--out", str(tmp_path / "a")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert list(json.loads(done.stdout)) == list(asdict(Audit(0, 0, 0, 0, 0, 0, 0, 0.0)))
    assert done.stderr == ""
    done = subprocess.run(
        [f"bin/{program.name}", "demo", *plan, "--out", str(tmp_path / "b")],
        capture_output=True,
        text=True,
        check=True,
        cwd=program.parent.parent,
    )
    assert done.stdout == ""
    assert re.search(
        r"^Mon 16 Mar: \d+ lessons?, \d+ posts?, \d+ digests?$", done.stderr, re.MULTILINE
    )
    assert "0 lost, 0 sent twice" in done.stderr
    assert done.stderr.endswith("Join the class:       bin/maildriver demo --serve\n")
    assert (tmp_path / "b" / "index.html").is_file()
