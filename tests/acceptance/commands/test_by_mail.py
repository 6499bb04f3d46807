"""What students ask of the course itself, by mail, and what it answers."""

import email.utils
from datetime import UTC
from email.message import EmailMessage

import sqlalchemy as sa
from acceptance.conftest import state_of, subjects
from support.simulated_class import Member, SimulatedClass, body_of

from maildriver.database.schema import post


def ada(term: SimulatedClass) -> Member:
    return term.members["student0@class.test"]


def unwrapped(mail: EmailMessage) -> str:
    return " ".join(body_of(mail).split())


def test_commands_do_what_they_say_and_can_be_taken_back(term: SimulatedClass) -> None:
    member, packet = ada(term), ada(term).mails[-1]
    member.new_mails()
    term.reply(member, packet, "pause 2 weeks")
    term.live_for(minutes=5)
    assert state_of(term, member) == "paused"
    note = member.mails[-1]
    assert "is paused until Monday 20 January 2025" in body_of(note)
    assert "- Tuesday 21 January 2025, 07:00 (UTC)" in body_of(note)
    assert str(note["In-Reply-To"]) == "<1.student0@class.test>"

    term.write(member, str(packet["Reply-To"]), "undo", "")
    term.live_for(minutes=5)
    assert state_of(term, member) == "active"
    assert "Taken back" in str(member.mails[-1]["Subject"])
    assert "- Tuesday 7 January 2025, 07:00 (UTC)" in body_of(member.mails[-1])

    term.reply(member, packet, "next")
    term.live_for(minutes=5)
    assert {"The next lesson of Night-Sky", "2. Lesson 2"} <= set(subjects(member))
    term.reply(member, packet, "status please")
    term.live_for(minutes=5)
    assert "You have had 2 of 6 lessons." in body_of(member.mails[-1])

    term.write(member, term.site.address, "Re: AW: help", "")
    term.write(member, term.site.address, "help", "")
    term.live_for(minutes=5)
    assert subjects(member)[-1] == "What you can write to Night-Sky"

    term.write(member, str(packet["Reply-To"]), "leave", "")  # what List-Unsubscribe opens
    term.live_for(days=3)
    assert state_of(term, member) == "left"
    assert subjects(member) == ["You have left Night-Sky"]


def test_a_student_says_in_their_own_words_when_and_where_lessons_reach_them(
    term: SimulatedClass,
) -> None:
    member, packet = ada(term), ada(term).mails[-1]
    member.new_mails()
    term.reply(member, packet, "Send Tue and Fri at 6:30 pm in Tokyo, please")
    term.live_for(minutes=5)
    note = unwrapped(member.mails[-1])
    assert "- Tuesday 7 January 2025, 18:30 (Asia/Tokyo) - Friday 10 January" in note

    member.new_mails()
    term.live_for(days=5)
    came = [email.utils.parsedate_to_datetime(mail["Date"]) for mail in member.new_mails()]
    assert [f"{moment.astimezone(UTC):%a %H:%M}" for moment in came] == ["Tue 09:30", "Fri 09:30"]

    term.reply(member, packet, "send daily at noon in Boston")
    term.live_for(minutes=5)
    assert subjects(member) == ["Which place is that? Night-Sky"]
    assert "We do not know the time zone of *boston*, so nothing is changed" in unwrapped(
        member.mails[-1]
    )

    term.reply(member, packet, "undo")
    term.live_for(minutes=5)
    assert "- Sunday 12 January 2025, 07:00 (UTC)" in body_of(member.mails[-1])
    assert term.site.rows(sa.select(post.c.id)) == []
