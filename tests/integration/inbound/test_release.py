"""A held mail that the operator releases goes the way of any other mail."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.intake_site import IntakeSite, intake_site

from maildriver import effects
from maildriver.app.site import open_site
from maildriver.database.schema import enrolment, outbox, post, student
from maildriver.discussion.digester import Digester
from maildriver.inbound import quota
from maildriver.lessons.scheduler import Scheduler
from maildriver.operator import held_decide


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[IntakeSite]:
    async with intake_site(tmp_path / "site", 3) as site:
        yield site


def reply(here: IntakeSite, sender: str, to: str, text: str, number: int) -> bytes:
    return (
        f"From: {sender}\nTo: {to}\nSubject: Re: 1.\n"
        f"Message-ID: <{number}@client.test>\n\n{text}\n"
    ).encode()


async def held(here: IntakeSite, monkeypatch: pytest.MonkeyPatch, raw: bytes) -> str:
    """Let a mail be held, whatever it says; return its id."""
    with monkeypatch.context() as patched:
        patched.setattr(quota, "MOST_PER_DAY", 0)
        (row,) = await here.take(raw)
    assert (row.state, row.rule) == ("held", "more than 0 mails in a day")
    return f"in-{row.id}"


async def release(here: IntakeSite, item_id: str) -> str:
    def work() -> str:
        with open_site(here.site.folder) as site:
            return held_decide.release_held(site, item_id, here.now)

    return await asyncio.to_thread(work)


async def test_a_released_reply_to_a_digest_becomes_a_post_for_each_part(
    here: IntakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob, _ = here.tokens
    sent = [row.effect for row in await here.rows(sa.select(outbox.c.effect))]
    await here.db.write(lambda conn: effects.apply(conn, sent, here.now))
    for number, text in enumerate(("I saw Mars.", "I saw Venus.")):
        (row,) = await here.take(reply(here, ann, here.reply_to(ann), text, number))
        assert row.state == "done"
    digester = Digester(here.db, here.intake.letters, lambda: here.now)
    while await digester.step():
        pass
    await here.db.write(lambda conn: conn.execute(sa.update(enrolment).values(due_at=None)))
    due = sa.select(sa.func.min(enrolment.c.digest_due_at, type_=enrolment.c.digest_due_at.type))
    ((here.now,),) = await here.rows(due)
    while await digester.step():
        pass
    query = sa.select(outbox.c.token).where(outbox.c.kind == "digest", outbox.c.address == bob)
    (digest,) = await here.rows(query)
    numbers = [row.number for row in await here.rows(sa.select(post.c.number).order_by(post.c.id))]
    quoting = "\n\n".join(
        f"> [#{number} A classmate]\n> {said}\n\n{answer}"
        for number, said, answer in zip(
            numbers, ("I saw Mars.", "I saw Venus."), ("Me too.", "I did not."), strict=True
        )
    )
    name, domain = here.site.address.split("@")
    raw = reply(here, bob, f"{name}+{digest.token}@{domain}", quoting, 9)

    said = await release(here, await held(here, monkeypatch, raw))

    assert said.endswith("it is a post now.")
    made = await here.rows(sa.select(post.c.text, post.c.parent_id).order_by(post.c.id).offset(2))
    parents = [row.id for row in await here.rows(sa.select(post.c.id).order_by(post.c.id))][:2]
    assert [(row.text, row.parent_id) for row in made] == [
        ("Me too.", parents[0]),
        ("I did not.", parents[1]),
    ]


async def test_the_name_in_a_released_mail_is_learned(
    here: IntakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = next(iter(here.tokens))
    await here.db.write(lambda conn: conn.execute(sa.update(student).values(name="")))
    raw = reply(here, f"Ann Lee <{ann}>", here.reply_to(ann), "I saw Mars.", 1)

    await release(here, await held(here, monkeypatch, raw))

    (row,) = await here.rows(sa.select(student.c.name).where(student.c.address == ann))
    assert row.name == "Ann Lee"


@pytest.mark.parametrize(
    ("text", "state"),
    [("no", "left"), ("leave", "left"), ("Yes, please.", "active"), ("No problem!", "active")],
)
async def test_a_released_answer_to_a_confirm_mail_means_what_it_says(
    here: IntakeSite, monkeypatch: pytest.MonkeyPatch, text: str, state: str
) -> None:
    eve = "eve@example.org"
    await asyncio.to_thread(here.site.call, "enrol", "night-sky", eve)
    here.now += timedelta(minutes=1)
    await Scheduler(here.db, here.intake.letters, lambda: here.now).step()
    (asked,) = await here.rows(sa.select(outbox.c.token).where(outbox.c.kind == "confirm"))
    name, domain = here.site.address.split("@")
    raw = reply(here, eve, f"{name}+{asked.token}@{domain}", text, 1)

    await release(here, await held(here, monkeypatch, raw))

    query = sa.select(enrolment.c.state).join(student).where(student.c.address == eve)
    (row,) = await here.rows(query)
    assert row.state == state
