"""One reply to a digest, as mail programs write it, and the posts that it becomes."""

import pytest

from maildriver.mail.reply.per_post import ReplyPart, split_by_post

DIGEST = """\
The Night Sky

Discussion, Monday 2 March 2026
===============================

1. Finding north
----------------

[#37 Amina]

| I saw the pole star from my roof.
| It does not move at all!
Answer: course+aaaaaaaaaaaaaaaaaaaaaaaa-37@example.org

[#38 Bo] answers #37 Amina

| Nor does it from here.
Answer: course+aaaaaaaaaaaaaaaaaaaaaaaa-38@example.org

--------------------
Your reply goes to the class.
Ref aaaaaaaaaaaaaaaaaaaaaaaa
"""
INTRODUCTION = "On Mon, 2 Mar 2026 at 07:30, The Night Sky <course@example.org> wrote:"


def quoted(text: str = DIGEST) -> list[str]:
    return [f"> {line}".rstrip() for line in text.splitlines()]


def under(*texts: tuple[str, str]) -> str:
    """Quote the digest, with texts below the line that begins with a word."""
    lines = [INTRODUCTION, *quoted()]
    for word, text in texts:
        place = next(n for n, line in enumerate(lines) if line.startswith(f"> | {word}"))
        lines[place + 1 : place + 1] = ["", text, ""]
    return "\n".join(lines)


def test_text_on_top_stands_by_itself() -> None:
    text = "\n".join(["What a night.", "", INTRODUCTION, *quoted()])
    assert split_by_post(text) == [ReplyPart(None, "What a night.")]


def test_text_under_a_post_answers_that_post() -> None:
    assert split_by_post(under(("It does", "It does, a little."))) == [
        ReplyPart(37, "It does, a little.")
    ]


def test_one_reply_answers_several_posts() -> None:
    text = "Hello all,\n\n" + under(("It does", "A little."), ("Nor does", "Where are you?"))
    assert split_by_post(text) == [
        ReplyPart(37, "Hello all,\n\nA little."),
        ReplyPart(38, "Where are you?"),
    ]


def test_a_word_to_all_and_one_to_a_post() -> None:
    text = "A word to all of you first.\n\n" + under(("Nor does", "Where are you?"))
    assert split_by_post(text) == [
        ReplyPart(None, "A word to all of you first."),
        ReplyPart(38, "Where are you?"),
    ]


def test_text_below_a_digest_that_is_quoted_to_its_end_stands_by_itself() -> None:
    assert split_by_post("\n".join([INTRODUCTION, *quoted(), "", "Thank you all for this."])) == [
        ReplyPart(None, "Thank you all for this.")
    ]


def test_text_below_the_last_of_several_posts_is_a_word_to_all() -> None:
    cut_short = quoted()[: quoted().index("> --------------------")]
    assert split_by_post("\n".join([INTRODUCTION, *cut_short, "", "So do I, from Lisbon."])) == [
        ReplyPart(None, "So do I, from Lisbon.")
    ]


def test_text_below_the_only_post_that_is_quoted_answers_it() -> None:
    lines = ["> [#38 Bo] answers #37 Amina", ">", "> | Nor does it from here.", "", "Where?"]
    assert split_by_post("\n".join(lines)) == [ReplyPart(38, "Where?")]


def test_a_quotation_without_marks_is_known_by_what_was_sent() -> None:
    shown = "[#37 Amina]\nI saw the pole star from my roof.\nIt does not move at all!"
    text = f"{shown}\n\nIt does, a little, if you look long."
    assert split_by_post(text, [shown]) == [ReplyPart(37, "It does, a little, if you look long.")]


@pytest.mark.parametrize("ending", ["Best wishes,\nAda", "Bye\nAda"])
def test_the_end_of_a_letter_is_no_post_of_its_own(ending: str) -> None:
    text = under(("It does", "A little.")) + f"\n\n{ending}"
    assert [answer.post_number for answer in split_by_post(text)] == [37]


def test_a_post_cannot_pretend_to_be_another() -> None:
    lines = ["> [#37 Amina]", ">", "> | [#99 Prof X]", "> | --------------------", "", "I agree."]
    assert split_by_post("\n".join(lines)) == [ReplyPart(37, "I agree.")]


def test_what_nobody_quoted_from_is_one_text() -> None:
    assert split_by_post("Just this.\n\nAnd that.") == [ReplyPart(None, "Just this.\n\nAnd that.")]
    assert split_by_post("") == []
