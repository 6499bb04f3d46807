"""A mail without what is known to be ours: what `restore` may put before the class."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.discussion import receipt_text
from maildriver.domain import keys
from maildriver.domain.ids import EnrolmentId, MailId
from maildriver.domain.safe_text import without_addresses
from maildriver.mail.reply.restorable import all_cut_text, restorable_text
from maildriver.mail.reply.trim import trim

TOKEN = "abcdefgh234567abcdefgh23"
LESSON = "This is lesson 1, and it is about the seventh star.\n\nWhat do you see? Reply to this."
FRAME = f"Night-Sky\nYour reply goes to the class.\nNight School, 1 Long Lane\nRef {TOKEN}"
SENT = [LESSON, FRAME]
PACKET = f"""Night-Sky

1. Lesson 1
===========

{LESSON}

--------------------
Your reply goes to the class.
Night School, 1 Long Lane
Ref {TOKEN}"""
QUOTED = "\n".join(f"> {line}".rstrip() for line in PACKET.split("\n"))
HEADER = f"""-----Original Message-----
From: Night-Sky <course+{TOKEN}@example.net>
Sent: Monday, 2 March 2026 07:00
To: Ada
Subject: 1. Lesson 1"""
INTRO = f"On Mon, 2 Mar 2026 at 07:00, Night-Sky <course+{TOKEN}@example.net> wrote:"


def left(text: str, aside: str = "") -> str:
    return restorable_text(text, SENT, aside, (), trim(text, SENT, aside).reply)


@pytest.mark.parametrize(
    "quotation",
    [
        f"{INTRO}\n\n{QUOTED}",
        f"{HEADER}\n\n{PACKET}",
    ],
)
def test_where_all_that_was_cut_is_ours_nothing_is_left(quotation: str) -> None:
    text = f"I saw it.\n\n{quotation}\n"
    assert trim(text, SENT).reply == "I saw it."
    assert left(text) == ""


def test_what_was_cut_and_is_not_ours_keeps_its_place() -> None:
    text = f"I saw it.\n\n-- \nAnna Berg\nMotto: look up\n\n{INTRO}\n{QUOTED}\n"
    assert left(text) == "I saw it.\n\nAnna Berg\nMotto: look up"


def test_a_question_that_was_kept_with_its_answer_stays() -> None:
    lines = QUOTED.split("\n")
    place = next(n for n, line in enumerate(lines) if "What do you see" in line) + 1
    text = "\n".join([INTRO, *lines[:place], "", "A star.", "", *lines[place:], "", "-- ", "Anna"])
    reply = trim(text, SENT).reply
    assert "> What do you see?" in reply
    assert reply.endswith("Anna")
    assert left(text) == "", "all that was cut is ours"


def test_what_an_html_mail_marks_as_quoted_comes_back_too() -> None:
    aside = "Somebody else wrote:\nA thing that we never sent to anybody at all."
    assert left("I saw it.", aside) == f"I saw it.\n\n{aside}"
    assert all_cut_text("", aside) == aside
    assert all_cut_text("-- \nAnna", aside) == f"-- \nAnna\n{aside}"
    assert all_cut_text(aside, aside) == aside


def test_a_digest_that_is_quoted_shows_nobody_what_was_said_in_it() -> None:
    digest = f"> [#12 Bo]\n>\n> | I saw Mars at five.\n> Answer: course+{TOKEN}-12@example.net"
    text = f"So did I.\n\nOn Monday, Night-Sky wrote:\n{digest}\n"
    assert "Mars" not in restorable_text(text, [], "", (), "So did I.")


@pytest.mark.parametrize(
    "text",
    [
        f"Ref {TOKEN}", f"course+{TOKEN}@example.net", f"<{TOKEN}@example.net>", TOKEN.upper(),
        "write to ada@example.org now", "<mailto:ada@example.org>", "ada@[192.0.2.1]",
        f"course+b-{TOKEN}@example.net", f"course+{TOKEN}-12@example.net", "mailto:x@y.example",
    ],
)  # fmt: skip
def test_no_address_and_no_token_is_left(text: str) -> None:
    clean = without_addresses(f"before {text} after")
    assert TOKEN not in clean.lower()
    assert "ada" not in clean
    assert "@" not in clean.replace("@[", "")
    assert clean.startswith("before ")
    assert clean.endswith(" after")


@given(st.text(max_size=300), st.text(max_size=100), st.text(max_size=300))
def test_whatever_comes_is_read(text: str, aside: str, sent: str) -> None:
    found = restorable_text(text, [sent], aside, (), trim(text, [sent], aside).reply)
    assert isinstance(without_addresses(found), str)
    assert receipt_text.cut(all_cut_text(found, aside)).lines >= 0


def test_a_receipt_names_the_mail_that_it_speaks_of() -> None:
    assert receipt_text.mail_id_of(str(keys.Receipt(EnrolmentId(7), MailId(12)))) == 12
    assert receipt_text.mail_id_of(str(keys.Change(EnrolmentId(7), MailId(12), MailId(30)))) == 12
    assert receipt_text.mail_id_of("note:12:paused") is None


def test_a_receipt_says_how_much_was_cut_and_shows_no_address() -> None:
    assert receipt_text.cut("> \n\n") == receipt_text.CutText(0, "")
    cut = receipt_text.cut(f"\n{INTRO}\n{QUOTED}")
    assert cut.lines == 10
    assert cut.first == "On Mon, 2 Mar 2026 at 07:00, Night-Sky […] wrote:"
    assert receipt_text.cut("> " + "long " * 99).first.endswith("…")
