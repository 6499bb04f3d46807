"""A student confirms mail from an unknown address."""

import re

import sqlalchemy as sa
from support.intake_site import IntakeSite, reply, said, said_now

from maildriver.database.schema import outbox


async def test_a_yes_holds_for_the_mail_behind_it(here: IntakeSite) -> None:
    ann, bob = list(here.tokens)[:2]
    elsewhere = "ann@elsewhere.test"
    (first,) = await here.take(reply(here, ann, "Venus.", elsewhere))
    (asked,) = await here.rows(sa.select(outbox.c.token).where(outbox.c.key.like("note:%:asked")))
    name, domain = here.site.address.split("@")
    yes = re.sub(
        rb"To: .*", f"To: {name}+{asked.token}@{domain}".encode(), reply(here, ann, "yes")
    )

    rows = await here.take(reply(here, bob, "Mars."), yes, reply(here, ann, "Jupiter.", elsewhere))

    assert first.state == "held"
    assert [row.state for row in rows] == ["done"] * 3
    assert sorted(await said(here)) == ["Jupiter.", "Mars.", "Venus."]


async def test_a_yes_is_heard_though_copies_of_the_mail_have_come(here: IntakeSite) -> None:
    ann, *_ = here.tokens
    held = reply(here, ann, "Venus.", "ann@elsewhere.test")
    await here.take(held)
    copies = await here.take(held, b"Delivered-To: course@example.org\n" + held)
    (asked,) = await here.rows(sa.select(outbox.c.token).where(outbox.c.key.like("note:%:asked")))
    name, domain = here.site.address.split("@")
    to = f"To: {name}+{asked.token}@{domain}".encode()

    await here.take(re.sub(rb"To: .*", to, reply(here, ann, "yes")))
    again = await here.take(held)

    assert [row.state for row in (*copies, *again)] == ["dropped"] * 3
    assert await said_now(here) == ["Venus."]
