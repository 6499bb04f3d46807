"""A mail without files is put together by us, and is what the library makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maildriver.letters.message import Body, _body_without_files, _build, compose_body

WORDS = st.lists(
    st.one_of(
        st.sampled_from(["\n", "\r\n", " ", "=", "From ", ".", "ä", "\u2028"]),
        st.text(st.characters(exclude_categories=["Cs"])),
    )
).map("".join)


@given(WORDS, WORDS)
def test_a_body_without_files_is_the_librarys_to_the_byte(text: str, html: str) -> None:
    body = Body(text, html)

    assert _body_without_files(body, "seed") == _build(body, "example.org", "seed")


@pytest.mark.parametrize("seed", ["abc", "hole"])
def test_its_boundaries_are_those_of_its_seed(seed: str) -> None:
    made = compose_body(Body("Look up.\n", "<p>Look up.</p>\n"), "example.org", seed)

    assert made.count(f"--=_{seed}_0".encode()) == 3
    assert b"-hole" not in made
