"""Mails that are taken together: each has what it would have had by itself."""

from typing import Any

import pytest
import sqlalchemy as sa
from support.intake_site import IntakeSite, reply, said

from maildriver.database.schema import enrolment, student
from maildriver.database.schema import inbox as table
from maildriver.inbound import decide, understand
from maildriver.inbound.understood import RawMail, Understood
from maildriver.letters.writer import Turn
from maildriver.mail.message import Mail, read_mail
from maildriver.store import inbox, inbox_claims


async def test_a_mail_that_a_kill_interrupted_keeps_its_place(here: IntakeSite) -> None:
    ann = next(iter(here.tokens))
    raws = [reply(here, ann, "pause"), reply(here, ann, "resume")]
    mails = [(here._fetched(raw), raw) for raw in raws]
    await here.db.write(lambda conn: inbox.put_all(conn, mails))
    (first, _) = await here.db.write(
        lambda conn: inbox_claims.claim(conn, "killed", 9, shared=False)
    )
    await here.db.write(lambda conn: inbox_claims.count_try(conn, first))
    await here.db.write(lambda conn: inbox_claims.release(conn, ["killed"]))

    await here.take()

    (row,) = await here.rows(
        sa.select(enrolment.c.state).join_from(enrolment, student).where(student.c.address == ann)
    )
    assert row.state == "active"


async def test_a_held_mail_is_decided_no_more_by_who_had_read_it_before(
    here: IntakeSite,
) -> None:
    ann = next(iter(here.tokens))
    raw = reply(here, ann, "Venus.", "somebody@else.test")
    await here.db.write(lambda conn: inbox.put_all(conn, [(here._fetched(raw), raw)]))
    (row,) = await here.db.write(lambda conn: inbox_claims.claim(conn, "slow", 9, shared=False))
    (taken,) = await here.intake._understanding().of_first([(RawMail(row, raw), read_mail(raw))])
    assert isinstance(taken, Understood)
    await here.db.write(lambda conn: inbox_claims.release(conn, ["slow"]))
    await here.take()

    late = await here.db.write(
        lambda conn: decide.decide(
            Turn(conn, here.intake.letters, here.now), here.intake.tables, taken
        )
    )

    assert late == "was done before"
    (found,) = await here.rows(sa.select(table.c.state).where(table.c.id == row.id))
    assert found.state == "held"


async def test_three_deaths_count_for_the_mail_in_work_alone(here: IntakeSite) -> None:
    raws = [reply(here, each, f"I am {each}.") for each in here.tokens]
    fetched = [(here._fetched(raw), raw) for raw in raws]

    def die(conn: sa.Connection) -> None:
        """Do what a process has done that ended over the first of what it took."""
        first, *_ = sorted(
            inbox_claims.claim(conn, "another", 25, shared=False), key=lambda row: row.id
        )
        inbox_claims.count_try(conn, first)
        inbox_claims.release(conn, None)

    await here.db.write(lambda conn: inbox.put_all(conn, fetched))
    for _ in range(3):
        await here.db.write(die)
    while await here.intake.step():
        pass

    first, *others = await here.rows(sa.select(table).order_by(table.c.id))
    assert (first.state, first.rule) == ("held", "it broke intake three times")
    assert {(row.state, row.tries) for row in others} == {("done", 1)}
    assert await said(here) == [f"I am {each}." for each in list(here.tokens)[1:]]


@pytest.mark.parametrize("where", [(understand, "classify", 0), (decide, "decide", 2)])
async def test_a_mail_that_breaks_us_is_held_and_all_others_are_taken_in_order(
    here: IntakeSite, monkeypatch: pytest.MonkeyPatch, where: tuple[Any, str, int]
) -> None:
    module, name, place = where
    honest = getattr(module, name)

    def breaks(*args: Any) -> Any:
        mail = args[place] if isinstance(args[place], Mail) else args[place].mail
        if "poison" in mail.body.text:
            raise RuntimeError("it breaks us")
        return honest(*args)

    monkeypatch.setattr(module, name, breaks)
    raws = [reply(here, each, f"I am {each}.") for each in here.tokens]
    raws.insert(3, reply(here, next(iter(here.tokens)), "This is poison."))

    rows = await here.take(*raws)

    assert [row.state for row in rows] == ["done"] * 3 + ["held"] + ["done"] * 9
    assert rows[3].tries == 3
    assert await said(here) == [f"I am {each}." for each in here.tokens]
    assert len(here.told) == 1
