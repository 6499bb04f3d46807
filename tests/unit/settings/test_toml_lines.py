"""Finding the line of a key in a TOML file."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from maildriver.settings.toml_lines import key_lines

TEXT = '''\
# smtp.port = 1
title = "x"   # [no] section = 2

[smtp]
  host = "x"
port=25
text = """
host = "not this one"
[nor.this]
"""
after = """one line"""
[ "odd name" . 'b' ]
"a b".c = [
  "x",
]
[[list]]
a = 1
[[list]]
a = 2
'''


def test_every_key_and_table_has_its_line() -> None:
    assert key_lines(TEXT) == {
        ("title",): 2,
        ("smtp",): 4,
        ("smtp", "host"): 5,
        ("smtp", "port"): 6,
        ("smtp", "text"): 7,
        ("smtp", "after"): 11,
        ("odd name", "b"): 12,
        ("odd name", "b", "a b"): 13,
        ("odd name", "b", "a b", "c"): 13,
        ("list",): 16,
        ("list", "a"): 17,
    }


NAME = st.from_regex(r"[a-z_-]{1,5}", fullmatch=True)
TABLES = st.dictionaries(NAME, st.dictionaries(NAME, st.integers(0, 9), max_size=4), max_size=4)


@given(TABLES, st.sampled_from(["\n", "\n\n# x = 1\n"]))
def test_no_key_is_missed(tables: dict[str, dict[str, int]], gap: str) -> None:
    rows = []
    for name, table in tables.items():
        rows.append(f"[{name}]")
        rows += [f"{key} = {value}" for key, value in table.items()]
    text = gap.join(rows)
    assert tomllib.loads(text) == tables
    lines = key_lines(text)
    shown = text.split("\n")
    assert all(shown[lines[name,] - 1] == f"[{name}]" for name in tables)
    for name, table in tables.items():
        for key, value in table.items():
            assert shown[lines[name, key] - 1] == f"{key} = {value}"


@given(st.text())
def test_no_text_surprises_the_search(text: str) -> None:
    assert all(0 < line <= text.count("\n") + 1 for line in key_lines(text).values())
