"""However much comes in, little goes out, and nothing of it is lost."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.intake_site import IntakeSite, intake_site
from support.raw_mails import report

from maildriver.database.partial_indexes import NOTES
from maildriver.database.schema import enrolment, inbox, outbox, post, suppression
from maildriver.inbound.quota import MOST_PER_DAY
from maildriver.letters import note

ANNA, BOB = "student-0@example.net", "student-1@example.net"


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[IntakeSite]:
    async with intake_site(tmp_path / "site", 12) as site:
        yield site


def a_mail(sender: str, to: str, text: str, number: int, **more: str) -> bytes:
    fields = {"From": sender, "To": to, "Subject": "Re: 1. The pole"} | more
    head = "".join(f"{name.replace('_', '-')}: {value}\n" for name, value in fields.items())
    return f"{head}Message-ID: <{number}.{sender}>\n\n{text}\n".encode()


async def notes(here: IntakeSite) -> list[str]:
    rows = await here.rows(sa.select(outbox.c.key).where(NOTES))
    return [row.key.rpartition(":")[2] for row in rows]


# -- notes (T20) -------------------------------------------------------------------


async def test_a_hundred_questions_in_a_day_are_answered_once_each_day(here: IntakeSite) -> None:
    words = ["help", "status", "pause", "resume", "undo", "next"] * 4
    to = here.reply_to(ANNA)
    for _ in range(3):
        await here.take(*(a_mail(ANNA, to, word, n) for n, word in enumerate(words, here.uid)))
        kinds = await notes(here)
        assert max(map(kinds.count, kinds)) <= 1
        assert len(kinds) <= note.MOST_A_DAY

    here.now += timedelta(days=1, minutes=1)
    await here.take(a_mail(ANNA, to, "help", here.uid))
    assert (await notes(here)).count("help") == 2


async def test_notes_to_all_stop_when_something_goes_round_and_the_operator_hears_of_it(
    here: IntakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(note, "MOST_AN_HOUR", 5)
    students = list(here.tokens)[:9]
    await here.take(*(a_mail(each, here.reply_to(each), "pause", 1) for each in students))

    assert len(await notes(here)) == 5
    told = await here.rows(sa.select(outbox.c.key).where(outbox.c.kind == "notice"))
    assert len(told) == 1, "the operator, once"
    paused = await here.rows(sa.select(enrolment.c.id).where(enrolment.c.state == "paused"))
    assert len(paused) == 9, "what was asked for is done all the same"

    here.now += timedelta(hours=1, minutes=1)
    await here.take(a_mail(students[0], here.reply_to(students[0]), "help", 2))
    assert len(await notes(here)) == 6


async def test_a_mail_of_more_than_fifty_stations_goes_round_and_is_dropped(
    here: IntakeSite,
) -> None:
    raw = b"Received: from a by b\n" * 51 + a_mail(ANNA, here.reply_to(ANNA), "help", 1)
    (row,) = await here.take(raw)

    assert (row.state, row.kind) == ("dropped", "loop")
    assert await notes(here) == []


# -- forged reports (T22) ----------------------------------------------------------


async def scores(here: IntakeSite) -> dict[str, float]:
    rows = await here.rows(sa.select(suppression.c.address, suppression.c.score))
    return {row.address: row.score for row in rows}


async def test_forged_reports_silence_nobody(here: IntakeSite) -> None:
    old, plain = here.reply_to(BOB, bounce=True), here.site.address
    long_ago = here.now - timedelta(days=15)
    here.site.change(
        sa.update(outbox).where(outbox.c.token == here.tokens[BOB]).values(settled_at=long_ago)
    )
    unknown = plain.replace("@", f"+b-{'a' * 24}@")
    mine = here.reply_to("student-2@example.net", bounce=True)
    forged = [
        report(ANNA, to=to, message_id=f"<{n}.{to}>") for to in (plain, unknown, old, mine)
        for n in range(25)
    ]  # fmt: skip
    await here.take(*forged)

    assert await scores(here) == {"student-2@example.net": 1.0}, "whose token it was"
    states = await here.rows(sa.select(enrolment.c.state).distinct())
    assert states == [("active",)]


async def test_fifty_reports_in_a_day_are_one(here: IntakeSite) -> None:
    to = here.reply_to(ANNA, bounce=True)
    await here.take(*(report(ANNA, to=to, message_id=f"<{n}@mx>") for n in range(50)))
    assert await scores(here) == {ANNA: 1.0}

    here.now += timedelta(days=1, minutes=1)
    await here.take(*(report(ANNA, to=to, message_id=f"<x{n}@mx>") for n in range(5)))
    assert await scores(here) == {ANNA: 2.0}
    assert await here.rows(sa.select(enrolment.c.state).distinct()) == [("active",)]


# -- strangers (T21) and joining (T23) -----------------------------------------------


async def test_strangers_are_never_written_to(here: IntakeSite) -> None:
    words = ("help", "leave", "status", "I saw a star.", "", "yes")
    headers: tuple[dict[str, str], ...] = ({}, {"Reply_To": ANNA}, {"Sender": ANNA})
    strangers = [
        a_mail(f"v{n}@victim.example", here.site.address, words[n % 6], n, **headers[n % 3])
        for n in range(150)
    ]
    rows = await here.take(*strangers)

    assert {row.kind for row in rows} == {"stranger"}
    assert {row.raw_sha256 for row in rows} == {None}
    assert await here.rows(sa.select(outbox.c.id).where(outbox.c.kind != "packet")) == []


async def test_requests_to_join_ask_each_address_once(here: IntakeSite) -> None:
    joining = [
        a_mail(f"v{n % 10}+{n}@victim.example", here.site.address, "", n, Subject="join night-sky")
        for n in range(200)
    ]
    await here.take(*joining)

    asked = await here.rows(sa.select(enrolment.c.greet_at).where(enrolment.c.state == "asked"))
    assert len(asked) <= 20, "in an hour, for one course"


# -- quotas (T36) ------------------------------------------------------------------


async def test_more_than_a_days_share_of_one_sender_is_held_not_lost(here: IntakeSite) -> None:
    to = here.reply_to(ANNA)
    many = [a_mail(ANNA, to, f"I saw star {n}.", n) for n in range(MOST_PER_DAY + 10)]
    rows = await here.take(*many)

    assert [row.state for row in rows] == ["done"] * MOST_PER_DAY + ["held"] * 10
    assert rows[-1].rule == "more than 30 mails in a day"
    assert len(await here.rows(sa.select(post.c.id))) == MOST_PER_DAY

    here.now += timedelta(days=1, minutes=1)
    (row,) = await here.take(a_mail(ANNA, to, "And another one.", 99))
    assert row.state == "done"


async def test_more_than_a_days_share_of_bytes_is_held(here: IntakeSite) -> None:
    to = here.reply_to(ANNA)
    await here.take(a_mail(ANNA, to, "I saw a star.", 1))
    here.site.change(sa.update(inbox).values(size=100_000_000))
    (row,) = await here.take(a_mail(ANNA, to, "And another one.", 2))

    assert (row.state, row.rule) == ("held", "more than 100 MB of mail in a day")


async def test_mail_in_a_students_name_asks_the_instructors_so_often_and_stops_nobody(
    here: IntakeSite,
) -> None:
    """Anybody can write a From header; only who has our mail has its token."""
    forged = [a_mail(ANNA, here.site.address, f"Buy star {n}.", n) for n in range(50)]
    rows = await here.take(*forged)
    assert {row.state for row in rows} == {"held"}
    assert [row.rule for row in rows[MOST_PER_DAY:]] == ["more than 30 mails in a day"] * 20

    (row,) = await here.take(a_mail(ANNA, here.reply_to(ANNA), "I saw a star.", 99))
    assert row.state == "done"
