"""What the people of a demo write: each in a language that they know."""

import random
import re

import pytest

from maildriver.demo.cast import INSTRUCTOR, students
from maildriver.demo.voices import Voices

LESSONS = ("finding-your-pole", "the-wandering-moon", "planets-and-the-ecliptic")
SCRIPTS = {
    "ja": "[\u3040-\u30ff]",
    "zh": "[\u4e00-\u9fff]",
    "ko": "[\uac00-\ud7af]",
    "ar": "[\u0600-\u06ff]",
    "he": "[\u0590-\u05ff]",
    "hi": "[\u0900-\u097f]",
    "ru": "[\u0400-\u04ff]",
}


@pytest.mark.parametrize("seed", range(5))
def test_nobody_writes_in_a_script_that_is_not_theirs(seed: int) -> None:
    chance = random.Random(seed)
    voices = Voices(chance)
    seen = set[str]()
    for person in students(60, chance):
        for lesson in LESSONS:
            text = voices.post(lesson, person) + voices.answer(lesson, person)
            found = {name for name, script in SCRIPTS.items() if re.search(script, text)}
            assert found <= {person.town.speaks, "zh" if person.town.speaks == "ja" else ""}
            seen |= found
    assert len(seen) > 3, "a class has several scripts"


def test_an_instructor_never_runs_out_of_words() -> None:
    voices = Voices(random.Random(1))

    texts = [voices.answer("finding-your-pole", INSTRUCTOR) for _ in range(7)]

    assert all(texts)
    assert len(set(texts[:3])) == 3, "each is used once before any is used again"
