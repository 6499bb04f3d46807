"""What a writer can do with their own posts by mail, and what each reader gets of them then."""

import re
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.servers.mailstack import MailStack
from support.simulated_class import (
    PROFESSOR,
    Member,
    SimulatedClass,
    body_of,
    kind_of,
    simulated_class,
)

from maildriver.database.schema import post


@pytest.fixture(scope="module")
def class_(
    tmp_path_factory: pytest.TempPathFactory, mailstack: MailStack
) -> Iterator[SimulatedClass]:
    """Three students who get their mail daily at seven, an instructor, and receipts for all.

    It goes on through all tests of this file: each has words of its own.
    """
    address = f"own-posts@{MailStack.domain}"
    with simulated_class(
        tmp_path_factory.mktemp("class"), mailstack, address, students=3, lessons=4, same_hour=True
    ) as term:
        course = term.site.folder / "courses/night-sky/course.toml"
        course.write_text(course.read_text() + 'receipt = "each"\n')
        term.live_for(hours=8)
        yield term


@pytest.fixture
def term(class_: SimulatedClass) -> SimulatedClass:
    """The class, on another day at eight."""
    class_.live_for(days=1)
    return class_


def member(term: SimulatedClass, number: int) -> Member:
    return term.members[f"student{number}@class.test"]


def says(
    term: SimulatedClass, who: Member, text: str, to: EmailMessage | None = None
) -> EmailMessage:
    """Let somebody reply to a mail, or to their first packet, and return the answer to it."""
    who.new_mails()
    letter = term.reply(who, to or packet_of(who), text)
    term.live_for(minutes=5)
    (answer,) = who.new_mails()
    assert answer["In-Reply-To"] == letter["Message-ID"]
    return answer


def packet_of(who: Member) -> EmailMessage:
    return next(mail for mail in who.mails if kind_of(mail) == "packet")


def flat(mail: EmailMessage) -> str:
    return " ".join(body_of(mail).replace("*", "").split())


def digests_of(who: Member) -> str:
    texts = (body_of(mail) for mail in who.mails if kind_of(mail) == "digest")
    return "".join(texts).replace("\r\n", "\n")


def state_of(term: SimulatedClass, text: str) -> str:
    return str(term.site.rows(sa.select(post.c.state).where(post.c.text == text))[0].state)


def number_of(term: SimulatedClass, text: str) -> int:
    return int(term.site.rows(sa.select(post.c.number).where(post.c.text == text))[0].number)


def test_undo_takes_a_post_back_before_anybody_has_it(term: SimulatedClass) -> None:
    receipt = says(term, member(term, 0), "I regret this.")
    assert receipt["Subject"] == "Received: Night-Sky"
    assert receipt["Auto-Submitted"] == "auto-replied"
    assert "- 1. Lesson 1: the class reads it in its next digests" in flat(receipt)
    assert re.search(r"\d+ lines of it were taken for a quotation", flat(receipt))
    assert "restore" not in body_of(receipt), "all that was cut was ours"

    gone = says(term, member(term, 0), "undo", receipt)
    assert gone["Subject"] == "Withdrawn: Night-Sky"
    assert "nobody has had it, and nobody will" in flat(gone)
    again = says(term, member(term, 0), "undo", receipt)
    assert "withdrawn already" in flat(again)
    term.live_for(days=1)
    assert "regret" not in digests_of(member(term, 1)) + digests_of(term.members[PROFESSOR])


def test_undo_after_half_an_hour_says_to_withdraw(term: SimulatedClass) -> None:
    receipt = says(term, member(term, 1), "I sleep over it.")
    term.live_for(minutes=40)
    late = says(term, member(term, 1), "undo", receipt)
    assert late["Subject"] == "Nothing is changed: Night-Sky"
    assert "More than 30 minutes have gone by" in flat(late)

    says(term, member(term, 1), "withdraw", late)
    assert state_of(term, "I sleep over it.") == "withdrawn"


def test_undo_is_of_the_last_thing_be_it_a_post_or_a_command(term: SimulatedClass) -> None:
    who = member(term, 0)
    says(term, who, "I say it first.")
    says(term, who, "pause")
    answer = says(term, who, "undo")
    assert "Taken back" in answer["Subject"]
    assert state_of(term, "I say it first.") == "accepted"

    says(term, who, "I say it second.")
    says(term, who, "rückgängig")
    assert state_of(term, "I say it first.") == "accepted"
    assert state_of(term, "I say it second.") == "withdrawn"


def test_an_edit_is_what_the_class_reads_and_undo_takes_it_back(term: SimulatedClass) -> None:
    who = member(term, 2)
    receipt = says(term, who, "I saw Wenus.")
    changed = says(term, who, "edit\n\nI saw Venus.\n\nIt was white.", receipt)
    assert "Your post has the new text." in flat(changed)
    assert "Nobody has had the text as it was." in flat(changed)
    assert "> I saw Venus." in body_of(changed)
    assert "> It was white." in body_of(changed)
    undone = says(term, who, "undo", changed)
    assert "> I saw Wenus." in body_of(undone)
    says(term, who, "bearbeiten\nI saw Venus!", undone)
    empty = says(term, who, "edit", receipt)
    assert "Write the new text below the line edit" in flat(empty)

    term.live_for(days=1)
    assert digests_of(member(term, 1)).count("| I saw Venus!") == 1
    assert "Wenus" not in digests_of(member(term, 1))


def test_what_was_read_is_not_sent_again_and_the_receipt_says_by_how_many(
    term: SimulatedClass,
) -> None:
    who = member(term, 0)
    says(term, who, "I saw Marz.")
    term.live_for(days=1)
    assert "| I saw Marz." in digests_of(member(term, 1))
    number = number_of(term, "I saw Marz.")

    changed = says(term, who, f"edit #{number}\nI saw Mars.")
    assert "3 readers had the text as it was, or may have" in flat(changed)
    term.live_for(days=1)
    assert "| I saw Mars." not in digests_of(member(term, 1))
    gone = says(term, who, f"withdraw #{number}")
    assert "3 readers had it already" in flat(gone)
    not_theirs = says(term, member(term, 1), f"withdraw #{number}")
    assert "You have no post with that number." in flat(not_theirs)


def test_answers_to_a_withdrawn_post_keep_their_thread(term: SimulatedClass) -> None:
    who, other = member(term, 0), member(term, 1)
    says(term, who, "I saw Pluto.")
    term.live_for(days=1)
    number = number_of(term, "I saw Pluto.")
    digest = next(mail for mail in reversed(other.mails) if "I saw Pluto." in body_of(mail))
    term.reply(other, digest, "So did I, Pluto.", under=number)
    term.live_for(minutes=5)
    says(term, who, f"withdraw #{number}")
    term.live_for(days=1)

    seen = body_of(
        next(mail for mail in reversed(member(term, 2).mails) if kind_of(mail) == "digest")
    )
    stub, answer = seen.index(f"[#{number} Name 0]"), seen.index("| So did I, Pluto.")
    assert stub < seen.index("| (withdrawn)") < answer
    assert f"Name 1] answers #{number} Name 0" in seen
    assert "I saw Pluto." not in seen


def test_what_was_cut_comes_back_without_what_we_sent(term: SimulatedClass) -> None:
    who = member(term, 1)
    packet = packet_of(who)
    who.new_mails()
    quoted = "".join(f"> {line}\n" for line in body_of(packet).splitlines())
    term.write(
        who, str(packet["Reply-To"]), f"Re: {packet['Subject']}",
        "I saw Io.\n\n-- \nBo, who also saw Europa\nwrite to bo@home.test\n\n"
        f"On Monday, {packet['From']} wrote:\n{quoted}",
        In_Reply_To=str(packet["Message-ID"]),
    )  # fmt: skip
    term.live_for(minutes=5)
    (receipt,) = who.new_mails()
    assert "- restore: what was cut is put back, except what we had sent" in flat(receipt)

    restored = says(term, who, "restore", receipt)
    assert "What was cut is back in your post" in flat(restored)
    nothing = says(term, who, "restore", restored)
    assert "Nothing was cut from that post but what we had sent." in flat(nothing)
    term.live_for(days=1)
    seen = digests_of(member(term, 2))
    shown = seen[seen.index("| I saw Io.") :].split("\nAnswer:")[0]
    assert shown.splitlines() == [
        "| I saw Io.", "|", "| Bo, who also saw Europa", "| write to […]"
    ]  # fmt: skip


def test_what_follows_on_a_private_mail_stays_private(term: SimulatedClass) -> None:
    who = member(term, 0)
    receipt = says(term, who, "private\nI am lost.")
    assert "- 1. Lesson 1: it goes to the instructor alone" in flat(receipt)
    says(term, who, "And I have a fever.", receipt)
    term.live_for(days=1)

    told = "".join(body_of(mail) for mail in term.members[PROFESSOR].mails)
    assert "| And I have a fever." in told
    assert all("fever" not in body_of(mail) for mail in member(term, 1).mails)
    gone = says(term, who, "withdraw", receipt)
    assert "1 reader had it already" in flat(gone)


def test_a_fresh_mail_changes_a_post_only_after_a_yes(term: SimulatedClass) -> None:
    who = member(term, 2)
    says(term, who, "I saw Ceres.")
    term.write(who, term.site.address, "withdraw", "")
    term.live_for(minutes=5)
    (question,) = who.new_mails()
    assert question["Subject"] == "Was this you? Night-Sky"
    assert "In-Reply-To" not in question
    assert state_of(term, "I saw Ceres.") == "accepted"

    term.reply(who, question, "Yes, that was me.")
    term.live_for(minutes=5)
    (gone,) = who.new_mails()
    assert gone["Subject"] == "Withdrawn: Night-Sky"
    assert state_of(term, "I saw Ceres.") == "withdrawn"
    assert term.site.json("student", who.address)["aliases"] == []


def test_receipts_are_at_most_ten_a_day(term: SimulatedClass) -> None:
    who = member(term, 2)
    who.new_mails()
    for number in range(12):
        term.reply(who, packet_of(who), f"Moon number {number}.")
    term.live_for(minutes=5)
    assert [mail["Subject"] for mail in who.new_mails()] == ["Received: Night-Sky"] * 10
    assert "only once" not in body_of(who.mails[-1])


def test_the_first_receipt_is_the_only_one_and_never_is_none(
    tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    with simulated_class(
        tmp_path, mailstack, new_address("course"), students=2, lessons=3, same_hour=True
    ) as term:
        term.live_for(hours=8)
        first = says(term, member(term, 0), "I saw it.")
        assert "You get this mail only once." in flat(first)
        term.reply(member(term, 0), first, "And again.")
        term.live_for(minutes=5)
        assert member(term, 0).new_mails() == []
        lessons = term.site.rows(sa.select(post.c.text, post.c.lesson).order_by(post.c.id))
        assert lessons == [("I saw it.", "lesson-1"), ("And again.", "lesson-1")]

        course = term.site.folder / "courses/night-sky/course.toml"
        course.write_text(course.read_text() + 'receipt = "never"\n')
        term.site.call("check", "night-sky")
        term.live_for(minutes=5)
        other = member(term, 1)
        other.new_mails()
        term.reply(other, other.mails[-1], "I saw one.")
        term.live_for(minutes=5)
        assert other.new_mails() == []
        changed = says(term, other, "edit\nI saw two.")
        assert "Your post has the new text." in flat(changed)
