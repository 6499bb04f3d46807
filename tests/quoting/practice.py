"""How well replies and bounces are read: measured on a folder of labelled cases.

    PYTHONPATH=tests python -m quoting.practice DIR

DIR holds replies.jsonl (one case a line: `kind` plain, html or eml; `input` or `file`;
`expected_reply`) and bounces.jsonl (`file`, `expected_addresses`, `expected_temporary`). One
line of JSON is printed, with percentages: a reply is exact if its words are those expected;
it leaks if it holds more than two words, and more than a tenth, that are not; and it loses
if more than a twentieth of what was expected is missing.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support.shipped_words import explain

from maildriver.mail.explanation import Explanation


@dataclass(frozen=True, slots=True)
class Score:
    """How near a reply came to what was expected."""

    exact: bool
    f1: float
    leaks: bool
    loses: bool


def score(expected: str, found: str) -> Score:
    """Return how near the words found are to those expected."""
    want, have = Counter(expected.split()), Counter(found.split())
    shared, wanted, had = (sum(each.values()) for each in (want & have, want, have))
    f1 = 2 * shared / (wanted + had) if wanted + had else 1.0
    extra, missing = had - shared, wanted - shared
    exact = expected.split() == found.split()
    return Score(
        exact,
        f1,
        leaks=not exact and extra > max(2, wanted / 10),
        loses=not exact and missing > wanted / 20,
    )


def cases(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the cases of a file of JSON lines."""
    for line in path.read_text("utf-8").splitlines():
        yield json.loads(line)


def raw_of(folder: Path, case: dict[str, Any]) -> bytes:
    """Return the whole message of a case."""
    if "file" in case:
        return Path(folder, case["file"]).read_bytes()
    kind = {"plain": "plain", "html": "html"}[case["kind"]]
    head = f"From: a@example.org\nSubject: Re: a\nContent-Type: text/{kind}; charset=utf-8\n\n"
    return f"{head}{case['input']}".encode()


def measure(folder: Path) -> dict[str, float]:
    """Return all figures."""
    seconds: list[float] = []

    def read(case: dict[str, Any]) -> Explanation:
        began = time.perf_counter()
        found = explain("case", raw_of(folder, case))
        seconds.append(time.perf_counter() - began)
        return found

    scores = [
        score(case["expected_reply"], read(case).reply)
        for case in cases(folder / "replies.jsonl")
        if "expected_reply" in case
    ]
    bounces = [(case, read(case)) for case in cases(folder / "bounces.jsonl")]
    right = [
        {each.address.lower() for each in found.bounces}
        == {each.lower() for each in case["expected_addresses"] + case["expected_temporary"]}
        for case, found in bounces
    ]
    return {
        "replies": len(scores),
        "exact": _percent(each.exact for each in scores),
        "f1": round(100 * sum(each.f1 for each in scores) / len(scores), 1),
        "leak": _percent(each.leaks for each in scores),
        "loss": _percent(each.loses for each in scores),
        "bounces": len(bounces),
        "recognised": _percent(found.kind == "bounce" for _, found in bounces),
        "addresses": _percent(right),
        "slowest_s": round(max(seconds), 3),
    }


def _percent(values: Iterable[bool]) -> float:
    each = list(values)
    return round(100 * sum(each) / len(each), 1)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure(Path(sys.argv[1]))) + "\n")
