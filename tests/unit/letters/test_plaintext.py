"""Markdown as plain text: it stands alone, and no line is too long for a narrow window."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maildriver.letters import markdown

LABELS = {"image": "Picture"}
WORDS = " ".join(f"word{n}" for n in range(30))


def plain(source: str) -> str:
    return markdown.text(markdown.parse(source), LABELS)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("", "\n"),
        ("one\ntwo\n\nthree", "one two\n\nthree\n"),
        ("# Title\n\ntext", "Title\n=====\n\ntext\n"),
        ("## Part\n### Piece", "Part\n----\n\n### Piece\n"),
        ("*em* **strong** `code`", "_em_ *strong* `code`\n"),
        ("a\n\n***\n\nb", "a\n\n* * *\n\nb\n"),
        ("line one  \nline two\\\nthree", "line one\nline two\nthree\n"),
        ("![a  map](map.png)", "[Picture: a map]\n"),
        ("a &amp; &lt;b&gt; \\*c\\*", "a & <b> *c*\n"),
        ("<b>raw</b>", "<b>raw</b>\n"),
    ],
)
def test_words_headings_and_breaks(source: str, text: str) -> None:
    assert plain(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("- a\n- b\n\nafter", "- a\n- b\n\nafter\n"),
        ("- a\n- b\n  - c\n  - d\n- e", "- a\n- b\n  - c\n  - d\n- e\n"),
        ("- a\n\n- b\n  - c\n\n- d", "- a\n\n- b\n\n  - c\n\n- d\n"),
        ("9. a\n10. b\n    - c", "9. a\n10. b\n    - c\n"),
        ("1. a\n\n   more\n2. b", "1. a\n\n   more\n\n2. b\n"),
        ("- - a\n  - b", "- - a\n  - b\n"),
        ("- > q\n- x", "- > q\n\n- x\n"),
        ("-\n- x", "- x\n"),
        ("- # Title\n\n  text", "- Title\n  =====\n\n  text\n"),
        ("- ```\n  code\n  ```", "-     code\n"),
    ],
)
def test_lists(source: str, text: str) -> None:
    assert plain(source) == text


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("> a\n>\n> b\n\nc", "> a\n>\n> b\n\nc\n"),
        ("> a\n> > b", "> a\n>\n> > b\n"),
        ("> - a\n> - b", "> - a\n> - b\n"),
        ("> ```\n> a\n>\n> b\n> ```", ">     a\n>\n>     b\n"),
    ],
)
def test_quotes(source: str, text: str) -> None:
    assert plain(source) == text


def test_code_is_kept_line_by_line_and_nothing_of_it_flows_on() -> None:
    source = f"```python\nif x:   \n\n    y  = '{WORDS}'\n```\n"

    assert plain(source) == f"    if x:\n\n        y  = '{WORDS}'\n"


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("[this](https://example.org/a)", "this <https://example.org/a>\n"),
        ("<https://example.org/a>", "https://example.org/a\n"),
        ("[https://example.org](https://example.org)", "https://example.org\n"),
        ("[Ada](mailto:ada@example.org)", "Ada <ada@example.org>\n"),
        ("<ada@example.org>", "ada@example.org\n"),
        ("[*a* b](c.html 'title')", "_a_ b <c.html>\n"),
        ("[x](javascript:alert)", "[x](javascript:alert)\n"),
        ("[a]\n\n[a]: https://example.org", "a <https://example.org>\n"),
    ],
)
def test_links_carry_their_address(source: str, text: str) -> None:
    assert plain(source) == text


def test_a_narrow_table_stands_in_columns() -> None:
    source = "| Moon | Days |\n|---|--:|\n| Io | 1.8 |\n| Callisto | |"

    assert plain(source) == "Moon       Days\n--------   ----\nIo         1.8\nCallisto\n"


@pytest.mark.parametrize("before", ["", "> ", "- "])
def test_a_wide_table_is_written_row_by_row_with_its_headings(before: str) -> None:
    after = " " * len(before) if before == "- " else before
    rows = ["| Moon | Story |", "|---|---|", f"| Io | {WORDS} |", "| Europa | ice |"]
    text = plain(before + f"\n{after}".join(rows))

    assert "Moon: Io" in text
    assert f"Story: {WORDS}" in re.sub(r"[ \n>]+", " ", text)
    assert "Moon: Europa" in text
    assert max(map(len, text.split("\n"))) <= 73


def test_a_wide_table_without_rows_is_not_lost() -> None:
    assert WORDS in plain(f"| Moon | {WORDS} |\n|---|---|\n").replace("\n", "")


def test_a_table_that_is_indented_leaves_room_for_that() -> None:
    row = f"| {'x' * 33} | {'y' * 33} |"

    assert max(map(len, plain(f"> | a | b |\n> |---|---|\n> {row}").split("\n"))) <= 72


def test_a_line_that_goes_on_ends_in_a_space_and_no_other_does() -> None:
    text = plain(f"{WORDS}\n\n- {WORDS}\n\n# {WORDS}\n\n> {WORDS}\n\nx  \ny")
    paragraph, *rest = text.split("\n\n")

    *lines, last = paragraph.split("\n")
    assert len(lines) > 1
    assert all(line.endswith(" ") and not line.endswith("  ") for line in lines)
    assert not last.endswith(" ")
    assert not [line for block in rest for line in block.split("\n") if line.endswith(" ")]


@pytest.mark.parametrize("before", ["", "# ", "## ", "### ", "- ", "> ", "- > 1. "])
def test_whatever_is_long_is_broken(before: str) -> None:
    text = plain(before + WORDS)

    assert len(text.split("\n")) > 3
    assert max(map(len, text.split("\n"))) <= 73
    assert text.split()[-1] in {"word29", "=" * 72, "-" * 72} or text.split()[-1].strip("=-") == ""


MARKS = st.sampled_from(
    [
        "# ",
        "### ",
        "- ",
        "1. ",
        "> ",
        "```\n",
        "    ",
        "| a | b |\n|---|---|\n| ",
        " | ",
        "*",
        "**",
        "`",
        "[",
        "](",
        ")",
        "![",
        "<",
        ">",
        "\\",
        "\n",
        "\n\n",
        "  \n",
        "&#13;",
        "---",
    ]
)


@given(st.lists(MARKS | st.text(max_size=12), max_size=40).map("".join))
@example("-\n-\n  -\n>")
@example("| a |\n|---|\n")
def test_no_markdown_is_too_strange(source: str) -> None:
    text = plain(source)

    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "# ", "## ", "#### ", "- ", "3. ", "> ", "> - ", "- > "]),
            st.lists(st.text("abcdefgü-", min_size=1, max_size=90), min_size=1, max_size=25),
        ),
        max_size=6,
    )
)
def test_no_line_is_long_unless_it_is_one_word(blocks: list[tuple[str, list[str]]]) -> None:
    text = plain("\n\n".join(before + " ".join(words) for before, words in blocks))

    for line in text.split("\n"):
        bare = re.sub(r"^(?:- |\d+\. |> |#+ | )*", "", line).rstrip()
        assert len(line) <= 78 or " " not in bare
