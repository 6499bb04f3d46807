"""The newsletter, from a file in the course folder to the mailboxes of a class."""

from datetime import date, timedelta

import sqlalchemy as sa
from support.simulated_class import Member, SimulatedClass, body_of

from maildriver.database.schema import outbox


def ada(term: SimulatedClass) -> Member:
    return term.members["student0@class.test"]


def bo(term: SimulatedClass) -> Member:
    return term.members["student1@class.test"]


def test_a_newsletter_goes_once_to_all_at_their_own_hour(term: SimulatedClass) -> None:
    day = (term.now + timedelta(days=2)).date()
    old = date(2024, 1, 1)
    for name, title in ((day, "Meteors tonight"), (old, "Long ago")):
        term.site.write(
            f"courses/night-sky/news/{name}-news.md", f'+++\ntitle = "{title}"\n+++\nLook up.\n'
        )
    term.site.call("check", "night-sky")
    for _ in range(12):
        term.live_for(hours=6)

    for member in (ada(term), bo(term)):
        news = [mail for mail in member.mails if mail["Subject"] == "Meteors tonight"]
        assert len(news) == 1
        assert "Look up." in body_of(news[0])
    sent = term.site.rows(sa.select(outbox.c.settled_at).where(outbox.c.kind == "news"))
    assert len(sent) == 4, "three students and the instructor"
    assert all(row.settled_at.date() == day and row.settled_at.hour == 7 for row in sent)

    issue = next(mail for mail in ada(term).mails if mail["Subject"] == "Meteors tonight")
    term.reply(ada(term), issue, "I saw three!")
    term.live_for(days=1)
    assert "| I saw three!" in body_of(bo(term).mails[-1])
