"""One mail, however often it is delivered and in whatever order its copies are read."""

from pathlib import Path

import sqlalchemy as sa
from support.intake_site import intake_site

from maildriver.database.schema import inbox, post
from maildriver.store import inbox as stored
from maildriver.store import inbox_claims


async def test_copies_of_a_mail_become_one_post_whichever_is_read_first(tmp_path: Path) -> None:
    async with intake_site(tmp_path / "site", 2) as here:
        (student, other) = here.tokens
        mail = (
            f"From: {student}\nTo: {here.reply_to(student)}\nSubject: Re: 1.\n"
            "Message-ID: <1@client.test>\n\nI saw a star.\n"
        ).encode()
        copy = b"Delivered-To: course@example.org\n" + mail
        await here.take(mail.replace(b"<1@", b"<0@").replace(b"a star", b"another star"))

        rows = [(here._fetched(raw), raw) for raw in (mail, copy)]

        def put(conn: sa.Connection) -> None:
            stored.put_all(conn, rows)
            # Another process has the first, and ends without having read it.
            conn.execute(sa.update(inbox).where(inbox.c.uid == 2).values(claimed_by="other"))

        await here.db.write(put)
        while await here.intake.step():
            pass
        await here.db.write(lambda conn: inbox_claims.release(conn, ["other"]))
        again = await here.take(mail, copy, mail.replace(student.encode(), other.encode()))

        said = await here.rows(sa.select(post.c.text).where(post.c.state == "accepted"))
        states = await here.rows(sa.select(inbox.c.uid, inbox.c.state).order_by(inbox.c.uid))

    assert sorted(row.text for row in said) == ["I saw a star.", "I saw another star."]
    assert [row.state for row in states][:3] == ["done", "dropped", "done"]
    assert [row.state for row in again][:2] == ["dropped", "dropped"]
    assert again[2].state == "held", "of another sender it is another mail"
