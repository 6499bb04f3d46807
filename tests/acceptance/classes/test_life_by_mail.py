"""What students and instructors can do by mail alone, through the real services and Dovecot."""

from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from acceptance.conftest import state_of, subjects
from support.servers.mailstack import MailStack
from support.simulated_class import (
    PROFESSOR,
    Member,
    SimulatedClass,
    body_of,
    kind_of,
    simulated_class,
)

from maildriver.database.schema import inbox, post, student


def ada(term: SimulatedClass) -> Member:
    return term.members["student0@class.test"]


def bo(term: SimulatedClass) -> Member:
    return term.members["student1@class.test"]


def professor(term: SimulatedClass) -> Member:
    return term.members[PROFESSOR]


def test_a_reply_reaches_the_class_and_the_instructor_whose_answer_is_marked(
    term: SimulatedClass,
) -> None:
    packet = ada(term).mails[-1]
    assert kind_of(packet) == "packet"
    term.reply(ada(term), packet, "I saw the pole star.")
    term.live_for(days=1)

    digest = professor(term).mails[-1]
    assert "| I saw the pole star." in body_of(digest)
    term.reply(professor(term), digest, "Well seen, Ada.", under=1)
    term.live_for(days=1)

    seen = body_of(bo(term).mails[-1])
    assert kind_of(bo(term).mails[-1]) == "digest"
    assert "[#2 Prof X] (instructor) answers #1 Name 0" in seen
    assert "| Well seen, Ada." in seen
    assert "| Well seen, Ada." in body_of(ada(term).mails[-1])
    assert all("I saw" not in body_of(mail) for mail in ada(term).mails), "nobody's own echo"


def test_a_post_is_answered_by_its_own_address(term: SimulatedClass) -> None:
    term.reply(ada(term), ada(term).mails[-1], "First.")
    term.reply(bo(term), bo(term).mails[-1], "Second.")
    term.live_for(days=1)
    reader = term.members["student2@class.test"]
    digest = reader.mails[-1]
    html = digest.get_body(("html",))
    assert html is not None
    local, _, domain = str(digest["Reply-To"]).partition("@")
    assert f'href="mailto:{local}-2@{domain}?subject=Re%3A%20%232' in html.get_content()

    term.write(reader, f"{local}-2@{domain}", "Re: #2", "I answer the second.")
    term.live_for(hours=1)

    rows = {row.text: row for row in term.site.rows(sa.select(post))}
    assert rows["I answer the second."].parent_id == rows["Second."].id
    assert rows["I answer the second."].rule == "it was written to the address of that post"


def test_private_goes_to_the_instructor_alone_and_the_answer_back(term: SimulatedClass) -> None:
    term.reply(ada(term), ada(term).mails[-1], "private\nI am lost, please help.")
    term.live_for(minutes=5)
    letter = professor(term).mails[-1]
    assert "Name 0 writes to you" in str(letter["Subject"])
    assert "| I am lost, please help." in body_of(letter)
    assert "private" not in body_of(letter).replace("goes to", "")

    term.reply(professor(term), letter, "Look for the Plough first.")
    term.live_for(minutes=5)
    answer = ada(term).mails[-1]
    assert "Prof X writes to you" in str(answer["Subject"])
    assert "<1.student0@class.test>" in str(answer["In-Reply-To"])
    term.reply(ada(term), answer, "Thank you!")
    term.live_for(days=2)

    assert "| Thank you!" in "".join(body_of(mail) for mail in professor(term).mails)
    everything = "".join(body_of(mail) for mail in bo(term).mails)
    assert not any(word in everything for word in ("lost", "Plough", "Thank you"))


def test_what_is_doubtful_is_shown_to_the_instructor_who_decides(term: SimulatedClass) -> None:
    stranger = Member("stranger@elsewhere.test", "Name 0")
    for text in ("Good words.", "Bad words."):
        term.reply(stranger, ada(term).mails[-1], text)
    term.live_for(minutes=5)
    letters = {
        "good" if "Good" in body_of(mail) else "bad": mail
        for mail in professor(term).mails
        if str(mail["Subject"]).startswith("Held:")
    }
    assert "its sender is not proven" in body_of(letters["good"]).replace("\n", " ")

    term.reply(professor(term), letters["good"], "ok")
    term.reply(professor(term), letters["bad"], "No.")
    term.live_for(days=1)

    states = {row.text: row.state for row in term.site.rows(sa.select(post))}
    assert states == {"Good words.": "accepted", "Bad words.": "dropped"}
    assert "Good words." in body_of(bo(term).mails[-1])
    assert term.site.json("held")["held"] == []


def test_a_student_cannot_decide_about_what_is_held(term: SimulatedClass) -> None:
    term.reply(Member("stranger@elsewhere.test", ""), ada(term).mails[-1], "Words.")
    term.live_for(minutes=5)
    letter = professor(term).mails[-1]
    term.reply(bo(term), letter, "ok")
    term.live_for(minutes=5)

    assert term.site.rows(sa.select(post.c.state)) == [("held",)]


def test_a_stranger_joins_by_one_reply(term: SimulatedClass) -> None:
    address = term.site.address
    carla = term.members["carla@far.test"] = Member("carla@far.test", "Carla")
    term.write(carla, address, "join night-sky", "")
    term.live_for(minutes=5)
    confirm = carla.mails[-1]
    assert "Please confirm" in str(confirm["Subject"])
    assert "Carla" not in confirm.as_string()
    assert "http" not in body_of(confirm)

    term.reply(carla, confirm, "")
    term.live_for(days=1)

    assert subjects(carla)[1:] == ["Welcome to Night-Sky", "1. Lesson 1"]
    assert state_of(term, carla) == "active"
    names = term.site.rows(sa.select(student.c.name).where(student.c.address == carla.address))
    assert names == [("Carla",)]


def test_joining_cannot_fill_a_mailbox(term: SimulatedClass) -> None:
    address = term.site.address
    victims = [Member(f"{local}@gmail.com", "Free pills") for local in ("a.b", "ab", "ab+1")]
    for victim in victims:
        term.members[victim.address] = victim
    for day in range(6):
        for victim in victims:
            term.write(victim, address, "join night-sky", f"again {day}")
            detail = address.replace("@", "+join-night-sky@")
            term.write(victim, detail, "Hello", f"and again {day}")
        term.live_for(days=1)

    assert sum(len(victim.mails) for victim in victims) == 3, "three ever, whatever the spelling"
    assert all("pills" not in mail.as_string() for each in victims for mail in each.mails)
    nowhere = Member("x@far.test", "X")
    term.members[nowhere.address] = nowhere
    term.write(nowhere, address, "join no-such-course", "")
    term.live_for(minutes=5)
    assert nowhere.mails == []


@pytest.mark.parametrize("days", [0, 6], ids=["active", "finished"])
def test_bounces_pause_and_a_mail_that_arrives_lets_it_go_on(
    term: SimulatedClass, days: int
) -> None:
    member = ada(term)
    term.live_for(days=days)
    assert state_of(term, member) == ("finished" if days else "active")
    for _ in range(3):
        term.bounce(member.mails[-1])
        term.live_for(days=1)
    assert state_of(term, member) == "paused"
    member.new_mails()

    term.live_for(days=8)
    assert subjects(member) == ["Do our mails reach you? Night-Sky"]
    term.bounce(member.mails[-1])
    term.live_for(days=6)
    assert state_of(term, member) == "paused", "the probe came back"
    term.live_for(days=9)

    assert state_of(term, member) in {"active", "finished"}
    assert "Do our mails reach you? Night-Sky" in subjects(member)


def test_the_last_packet_says_so_and_digests_go_on(term: SimulatedClass) -> None:
    term.live_for(days=6)
    packets = [mail for mail in ada(term).mails if kind_of(mail) == "packet"]
    assert ["last lesson" in body_of(mail) for mail in packets] == [False] * 5 + [True]
    assert state_of(term, ada(term)) == "finished"
    term.reply(bo(term), packets_of(term, bo(term))[-1], "It was good.")
    term.live_for(days=1)
    assert "| It was good." in body_of(ada(term).mails[-1])


def packets_of(term: SimulatedClass, member: Member) -> list[EmailMessage]:
    return [mail for mail in member.mails if kind_of(mail) == "packet"]


@pytest.mark.parametrize(("discussion", "said"), [
    ("instructor", "Your reply goes to the instructor."),
    ("none", "Replies to this course are read by nobody."),
])  # fmt: skip
def test_the_course_decides_who_reads_a_reply(
    tmp_path: Path,
    mailstack: MailStack,
    new_address: Callable[..., str],
    discussion: str,
    said: str,
) -> None:
    with simulated_class(
        tmp_path, mailstack, new_address("course"),
        students=2, lessons=3, discussion=discussion, same_hour=True,
    ) as term:  # fmt: skip
        term.live_for(hours=8)
        assert said in body_of(ada(term).mails[-1])
        term.reply(ada(term), ada(term).mails[-1], "Only for you.")
        term.live_for(days=2)

        heard = [member.name for member in term.members.values()
                 if any("Only for you." in body_of(mail) for mail in member.mails)]  # fmt: skip
        assert heard == (["Prof X"] if discussion == "instructor" else [])
        assert term.site.rows(sa.select(inbox.c.state)) == [("done",)]
