"""A term through kills: every post reaches all it is for, once.

Here is a share of it: the whole, of sixty students and fifty kills, is `make torture`.
"""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from support.class_talk import Talk, check, check_end, check_privacy, live
from support.servers.mailstack import MailStack
from support.simulated_class import simulated_class

WHOLE = os.environ.get("MAILDRIVER_TORTURE") == "whole"


@pytest.mark.timeout(900)
def test_a_term_of_many_through_many_kills(
    tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    students, posts, days, kills = (60, 300, 25, 50) if WHOLE else (12, 60, 12, 8)
    with simulated_class(tmp_path, mailstack, new_address("course"), students=students) as term:
        talk = Talk(term, posts)
        live(term, talk, days, kill_every=days * 4 // kills)
        live(term, talk, days=12 if WHOLE else 18)

        assert len(talk.said) >= posts * 2 // 3
        assert term.kills >= kills
        assert term.repeats <= term.kills * 8
        check(term, talk)
        check_privacy(term)
        check_end(term)
