"""Several commands of one student, run in order."""

import sqlalchemy as sa
from support.intake_site import IntakeSite, reply, said

from maildriver.database.schema import enrolment, student


async def test_what_one_person_says_has_its_effect_in_order(here: IntakeSite) -> None:
    ann, bob, *others = here.tokens

    await here.take(
        reply(here, ann, "pause"), *(reply(here, each, "The moon.") for each in others),
        reply(here, bob, "pause"), reply(here, ann, "resume"), reply(here, bob, "leave"),
    )  # fmt: skip

    states = await here.rows(
        sa.select(student.c.address, enrolment.c.state).join_from(enrolment, student)
    )
    found = {row.address: row.state for row in states}
    assert (found[ann], found[bob]) == ("active", "left")
    assert await said(here) == ["The moon."] * len(others)
