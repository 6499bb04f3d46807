"""What the operator and an instructor decide about the same mail, at the same time."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from support.intake_site import intake_site

from maildriver.app.site import open_site
from maildriver.database.schema import inbox, post
from maildriver.errors import NotFoundError
from maildriver.letters.writer import Turn
from maildriver.moderation import hold
from maildriver.operator import held_decide


@pytest.mark.parametrize("passed", [True, False])
async def test_what_an_instructor_has_just_decided_is_not_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, passed: bool
) -> None:
    async with intake_site(tmp_path / "site", 1) as here:
        (student,) = here.tokens
        (held,) = await here.take(
            f"From: ann@elsewhere.test\nTo: {here.reply_to(student)}\nSubject: Re: 1.\n"
            "Message-ID: <1@client.test>\n\nI saw Venus.\n".encode()
        )
        assert held.state == "held"

        with open_site(tmp_path / "site") as site:
            look, letters = site.database.read, site.mail_writer()

            def look_and_be_slow(work: Any) -> Any:
                """Look, and go on only when an instructor has decided."""
                found = look(work)
                if not isinstance(found, tuple):
                    return found  # the key of the site
                site.database.write(
                    lambda conn: hold.decide(
                        Turn(conn, letters, here.now), held.id, passed=passed, rule="theirs"
                    )
                )
                return found

            monkeypatch.setattr(site.database, "read", look_and_be_slow)
            with pytest.raises(NotFoundError, match=f"in-{held.id} is not held"):
                await asyncio.to_thread(held_decide.release_held, site, f"in-{held.id}", here.now)

        said = await here.rows(sa.select(post.c.state))
        (row,) = await here.rows(sa.select(inbox.c.state, inbox.c.rule))
    assert [each.state for each in said] == ["accepted" if passed else "dropped"]
    assert tuple(row) == ("done" if passed else "dropped", "theirs")
