"""Commands: a first line that is nothing but one, and never a sentence that begins like one."""

from datetime import timedelta

import pytest
from pydantic import TypeAdapter
from support.shipped_words import GRAMMAR, LANGUAGES

from maildriver.mail.command.grammar import Command, Grammar
from maildriver.mail.reply.trim import trim

RE = "Re: 3. Moons"
EACH = [
    (name, word)
    for language in LANGUAGES
    for name, words in language.commands.items()
    for word in words
]


@pytest.mark.parametrize(("name", "word"), EACH)
def test_each_word_alone_is_a_command(name: str, word: str) -> None:
    assert GRAMMAR.read(RE, word) == Command(name)
    assert GRAMMAR.read(RE, f"\n{word.upper()}.\n") == Command(name)


@pytest.mark.parametrize(("name", "word"), EACH)
def test_each_word_may_be_a_fresh_subject(name: str, word: str) -> None:
    assert GRAMMAR.read(word.capitalize(), "") == Command(name)


@pytest.mark.parametrize(("name", "word"), EACH)
def test_no_word_is_a_command_in_a_sentence(name: str, word: str) -> None:
    assert GRAMMAR.read(RE, f"{word} was what the moon seemed to do that night.") is None
    assert GRAMMAR.read(RE, f"I saw it {word}.") is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("stop please", "leave"),
        ("Please stop", "leave"),
        ("Bitte abmelden", "leave"),
        ("unsubscribe me please", "leave"),
        ("pause\n\nBest wishes,\nAnna", "pause"),
        ("Hilfe!\n\nViele Grüße\nAnna", "help"),
        ("„weiter“", "resume"),
        ("*status*", "status"),
    ],
)
def test_a_command_may_be_polite_and_signed(text: str, name: str) -> None:
    assert GRAMMAR.read(RE, text) == Command(name)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("pause 2 weeks", 14),
        ("Pause 1 week", 7),
        ("pause for 10 days", 10),
        ("pause for 2 weeks please", 14),
        ("pause 3d", 3),
        ("pause 2 Wochen", 14),
        ("Pausieren für 5 Tage", 5),
        ("pause 1 Tag", 1),
    ],
)
def test_a_pause_may_have_a_length(text: str, days: int) -> None:
    assert GRAMMAR.read(RE, text) == Command("pause", timedelta(days=days))


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("withdraw #12", Command("withdraw", post_number=12)),
        ("Withdraw 12 please", Command("withdraw", post_number=12)),
        ("zurückziehen #7", Command("withdraw", post_number=7)),
        (
            "edit\n\nThe new text.\n\nAll of it.",
            Command("edit", text="The new text.\n\nAll of it."),
        ),
        ("edit #3\nNew.", Command("edit", post_number=3, text="New.")),
        ("Bearbeiten:\n" + "lang " * 99, Command("edit", text="lang " * 99)),
        ("restore", Command("restore")),
        ("withdraw from the race", None),
        ("edit this text, I would say, by and by", None),
        ("Edit: I meant 38 degrees.", None),
        ("undo #12", None),
    ],
)
def test_a_post_may_be_named_and_an_edit_is_followed_by_its_text(
    text: str, command: Command | None
) -> None:
    assert GRAMMAR.read(RE, text) == command


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yes", True), ("Yes, that was me.", True), ("Ja, das war ich!", True), ("ok", True),
        ("yes\n\nAnna", True), ("no", False), ("No, that was not me", False),
        ("Nein, das war ich nicht.", False), ("yes, that was not me", None),
        ("Yes? What is this?", None), ("What is this about?", None), ("", None),
        ("No idea", None),
    ],
)  # fmt: skip
def test_a_yes_may_have_a_few_words_of_its_own(text: str, said: bool | None) -> None:
    assert GRAMMAR.yes_or_no(text) is said


@pytest.mark.parametrize(
    "text",
    [
        "pause 0 days", "pause 2", "pause 2 fortnights", "pause 2000 weeks", "stop 2 weeks",
        "pause weeks", "pause -1 days", "pause until Monday",
    ],
)  # fmt: skip
def test_a_length_that_makes_no_sense_is_no_command(text: str) -> None:
    assert GRAMMAR.read(RE, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "I am away. Please stop by.",
        "Please stop by.",
        "Stop it moving? I could not.",
        "help me understand the second question",
        "Continue to the north and you find the Pole Star.",
        "Leave the telescope outside for an hour.",
        "status quo",
        "Weiter im Norden sah ich nichts.",
        "Stand der Sterne: gut",
        "",
        "   \n ",
        "yes",
    ],
)
def test_a_sentence_is_no_command(text: str) -> None:
    assert GRAMMAR.read(RE, text) is None


def test_a_word_above_a_long_message_is_no_command() -> None:
    text = "Help\n\nI looked for Io all night and saw nothing but Jupiter itself and a few stars."
    assert GRAMMAR.read(RE, text) is None


def test_a_word_below_the_first_line_is_no_command() -> None:
    assert GRAMMAR.read(RE, "I saw all four.\nstop") is None


def test_a_quoted_command_is_no_command() -> None:
    text = "On Tue, 12 Mar 2024 at 10:15, Course wrote:\n> stop\n> pause 2 weeks\n"
    assert GRAMMAR.read(RE, trim(text).reply) is None


def test_a_command_above_a_quotation_is_one() -> None:
    text = "stop\n\nOn Tue, 12 Mar 2024 at 10:15, Course wrote:\n> Which was nearest?\n"
    assert GRAMMAR.read(RE, trim(text).reply) == Command("leave")


@pytest.mark.parametrize("subject", ["Re: stop", "AW: pause", "Sv: help", "re: AW: status"])
def test_a_subject_that_answers_is_no_command(subject: str) -> None:
    assert GRAMMAR.read(subject, "") is None


def test_a_fresh_subject_above_a_message_is_no_command() -> None:
    text = "I have been looking at the sky every night this week, and the moon was always there."
    assert GRAMMAR.read("Help", text) is None


def test_the_first_line_goes_before_the_subject() -> None:
    assert GRAMMAR.read("pause", "stop") == Command("leave")


def test_a_grammar_is_the_same_after_a_way_as_json() -> None:
    adapter = TypeAdapter(Grammar)

    assert adapter.validate_json(adapter.dump_json(GRAMMAR)) == GRAMMAR


def test_no_word_means_two_things() -> None:
    meanings: dict[str, set[str]] = {}
    for name, word in EACH:
        meanings.setdefault(word, set()).add(name)
    assert all(len(names) == 1 for names in meanings.values())
