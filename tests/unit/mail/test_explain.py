"""What `explain` says of a message: every rule that had a part in it."""

import json
from dataclasses import replace
from typing import get_args

import pytest
from support.raw_mails import mail, multipart, report
from support.shipped_words import explain

from maildriver.domain.token import SiteAddress
from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.explain import TRUST
from maildriver.mail.explain_text import text_of
from maildriver.mail.explanation import Explanation, Rule
from maildriver.mail.kind.classify import Kind, SenderFacts

FIXED = [
    "file", "kind", "rule", "reply", "elided", "commands", "choices", "answers", "bounces",
    "confidence",
]  # fmt: skip


def rules(found: Explanation, about: str) -> list[str]:
    return [each.rule for each in found.rules if each.about == about]


def cuts(found: Explanation) -> list[tuple[str, int]]:
    return [
        (each.rule.partition(":")[0], each.lines) for each in found.rules if each.about == "cut"
    ]


def test_the_keys_that_others_read_come_first_and_are_as_they_were() -> None:
    facts = explain("a.eml", mail("Io.\n")).facts()
    assert list(facts) == [*FIXED, "rules", "files"]
    json.dumps(facts)


def test_an_ordinary_mail_is_explained_from_the_text_chosen_to_the_trust() -> None:
    found = explain("a.eml", mail("Io.\n", subject="Re: 3. Moons"))
    assert found.rules == (
        Rule("kind", "a person's mail"),
        Rule("text", "its plain text"),
        Rule("trust", "From is anna@example.org; nothing says whether that is true"),
    )


def test_which_part_is_read_and_what_was_odd_about_it_is_told() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nPlease view this message in your browser.",
        "Content-Type: text/html; charset=koi8-u\nContent-Transfer-Encoding: 8bit\n\n<p>Größe</p>",
        kind="alternative",
    )
    found = explain("x", raw)
    assert rules(found, "text") == ["its HTML: its plain text only asks to read that"]
    assert rules(found, "oddity") == ["it is no koi8-u"]


QUOTED = (
    "Io.\n\nOn Tue, 12 Mar 2024 at 10:15, Course <c@example.net> wrote:\n> Which\n> moon?\n\n"
    "And Europa.\n\nSent from my iPhone\n"
)


def test_each_cut_is_told_with_its_reason_and_its_lines() -> None:
    found = explain("x", mail(QUOTED, subject="Re: 3. Moons"))
    assert cuts(found) == [
        ("a line that introduces a quotation", 1),
        ("lines marked with >", 2),
        ("a signature", 1),
    ]
    told = sum(each.lines for each in found.rules if each.about == "cut")
    assert told == sum(1 for line in found.elided.splitlines() if line.strip())


HEADER = "From: Course\nSent: Tuesday, 12 March 2024 10:15\nTo: Anna\nSubject: Moons\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Io.\n\n{HEADER}\nWhich?\n", [("a header of a quoted mail", 5)]),
        ("Io.\n\n-- \nAnna\n", [("a signature", 2)]),
        ("Io.\n> Which?\n", [("lines marked with >", 1)]),
        (f"Io.\n\n-- \nAnna\n\n{HEADER}\nWhich?\n",
         [("a signature", 2), ("a header of a quoted mail", 5)]),
        ("Io.\n", []),
    ],
)  # fmt: skip
def test_cuts_are_told_by_the_evidence_in_them(text: str, expected: list[tuple[str, int]]) -> None:
    found = cuts(explain("x", mail(text)))
    assert sum(lines for _, lines in found) == sum(lines for _, lines in expected)
    assert [why for why, _ in found][-1:] == [why for why, _ in expected][-1:]


def test_what_html_marks_as_quoted_is_a_cut_of_its_own() -> None:
    html = "<p>Io.</p><div id=divRplyFwdMsg>From: C</div><p>Which?</p>"
    found = explain("x", mail(html, content_type="text/html"))
    assert cuts(found) == [("a part that its program marks as no words of the writer", 2)]


def test_a_rule_that_cut_nothing_by_itself_is_told_too() -> None:
    text = (
        "Look\n\n---------- Forwarded message ---------\nFrom: Bob <b@example.org>\n"
        "Date: Tue, 12 Mar 2024 at 10:15\nSubject: Moons\nTo: Anna\n\nThey were bright."
    )
    found = explain("x", mail(text))
    assert (found.kind, rules(found, "trimming")) == ("forward", ["a forwarded mail"])


def test_what_was_sent_is_subtracted_and_told() -> None:
    sent = ("Which of the four moons of Jupiter did you see on Sunday evening, and where?",)
    text = f"Io.\n\n{sent[0]}\n"
    found = explain("x", mail(text), SenderFacts(token_kind="packet"), sent)
    assert found.reply == "Io."
    assert cuts(found) == [("words that we sent", 1)]


def test_what_ends_each_mail_of_a_writer_is_told() -> None:
    end = "Anna Berg\nPer aspera ad astra"
    earlier = (EarlierMail(f"One.\n\n{end}"), EarlierMail(f"Two.\n\n{end}"))
    found = explain("x", mail(f"Io.\n\n{end}\n"), SenderFacts(token_kind="packet"), (), earlier)
    assert found.reply == "Io."
    assert cuts(found) == [("what ends each mail of this writer", 2)]


def test_a_command_is_told_with_its_word() -> None:
    found = explain("x", mail("pause 2 weeks\n"))
    assert rules(found, "command") == ["the word pause for 14 days"]


BELIEVED = "Authentication-Results are there, for a site that knows its server"


@pytest.mark.parametrize(
    ("headers", "said"),
    [
        ({"from": "a@b.example, c@d.example"}, "From is not one address, so it is nobody's"),
        ({"authentication_results": "mx; dmarc=pass"}, "From is anna@example.org; " + BELIEVED),
    ],
)  # fmt: skip
def test_trust_is_told_as_far_as_the_message_alone_tells_it(
    headers: dict[str, str], said: str
) -> None:
    assert rules(explain("x", mail("Io.", **headers)), "trust") == [said]


@pytest.mark.parametrize(
    ("known", "trust"),
    [
        (SenderFacts(token_kind="packet", recipient_address="anna@example.org"), "full"),
        (SenderFacts(token_kind="packet", recipient_address="ada@example.org"), "token"),
        (
            SenderFacts(
                token_kind="packet", recipient_address="anna@example.org", authentication="fail"
            ),
            "token",
        ),
        (SenderFacts(sender_enrolled=True), "sender"),
        (SenderFacts(site_address=SiteAddress("course@example.net", "+")), "none"),
    ],
)
def test_trust_is_told_by_what_a_site_knows(known: SenderFacts, trust: str) -> None:
    assert rules(explain("x", mail("Io."), known), "trust") == [TRUST[trust]]


def test_what_cannot_be_read_says_why() -> None:
    sealed = explain("x", multipart("Content-Type: a/b\n\nx", kind="encrypted"))
    assert rules(sealed, "text") == ["nothing can be read: it is encrypted"]
    bomb = explain("x", b"Subject: " + b"a" * 100_000 + b"\n\nx")
    assert bomb.rule == "it is not safe to read: its header is longer than 64 KB"


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("leave", {"name": "leave"}),
        ("pause 2 weeks", {"name": "pause", "days": 14}),
        ("withdraw #12", {"name": "withdraw", "number": 12}),
        (
            "send Fri and Tue at 7:00 in Lisbon",
            {
                "name": "cadence", "days_of_week": "tue,fri", "at": "07:00",
                "zone": "Europe/Lisbon",
            },
        ),
    ],
)  # fmt: skip
def test_a_command_is_an_object_with_what_it_asks_for(text: str, facts: dict[str, object]) -> None:
    found = explain("x", mail(f"{text}\n")).facts()
    assert (found["kind"], found["commands"]) == ("command", [facts])
    assert (found["choices"], found["answers"]) == ([], [])


def test_a_teacher_reads_what_was_understood_what_would_happen_and_what_was_left_out() -> None:
    file = 'Content-Type: image/png; name="moon.png"\n\n' + "x" * 2000
    found = explain("a.eml", multipart(f"Content-Type: text/plain\n\n{QUOTED}", file))
    lines = text_of(found).splitlines()
    assert lines[:2] == ["a.eml", "  understood   a message to people (a person's mail)"]
    assert "  would happen it would be posted, to whoever reads the replies of its course" in lines
    assert "  reply        Io." in lines
    assert "               And Europa." in lines
    assert (
        "  left out     1 line: a line that introduces a quotation: On Tue, 12 Mar"
        in "\n".join(lines)
    )
    assert "               2 lines: lines marked with >: > Which" in lines
    assert "               1 line: a signature: Sent from my iPhone" in lines
    assert "  files        moon.png, 2,000 bytes" in lines
    assert "  details      text: its plain text" in lines


@pytest.mark.parametrize("kind", get_args(Kind))
def test_each_kind_of_mail_is_explained_in_words(kind: Kind) -> None:
    found = replace(explain("x", mail("Io.\n")), kind=kind)
    assert "understood" in text_of(found)
    assert "would happen" in text_of(found)


def test_a_command_says_what_it_asks_for() -> None:
    text = text_of(explain("x", mail("pause 2 weeks\n")))
    assert "  understood   a command to the course (the word pause)" in text
    assert "               pause: for 14 days" in text


def test_a_bounce_shows_its_addresses_and_no_words() -> None:
    text = text_of(explain("b.eml", report()))
    assert "anna@example.org: for good" in text
    assert "reply" not in text
