"""The tables that rooms bring together."""

import pytest

from maildriver import effects
from maildriver.app.features import FEATURES, course_keys, decision_tables
from maildriver.domain import message_kind
from maildriver.domain.course import CourseKey
from maildriver.domain.message_kind import MessageKind
from maildriver.effects import EffectKind
from maildriver.feature import Feature, Outcome, Request, StudentCommand
from maildriver.letters.writer import Turn


def _nothing(_turn: Turn, _request: Request) -> Outcome:
    return Outcome()


def _with(feature: Feature) -> tuple[Feature, ...]:
    return (*FEATURES, feature)


def test_each_kind_of_mail_is_brought_by_one_room() -> None:
    brought = [kind for feature in FEATURES for kind in feature.kinds]

    assert sorted(kind.name for kind in brought) == sorted(kind.name for kind in message_kind.CORE)


def test_each_reply_that_a_kind_of_mail_expects_has_a_handler() -> None:
    tables = decision_tables()
    expected = {kind.reply for kind in tables.kinds.values()} - {"post", ""}

    assert expected == set(tables.replies)


def test_each_word_of_the_grammar_is_a_command_of_the_table() -> None:
    tables = decision_tables()

    assert set(tables.grammar.commands) == set(tables.commands)


def test_a_kind_of_mail_that_two_rooms_bring_is_a_fault() -> None:
    with pytest.raises(ValueError, match="two rooms bring packet"):
        decision_tables(_with(Feature(kinds=(MessageKind("packet"),))))


def test_a_command_that_two_rooms_bring_is_a_fault() -> None:
    command = StudentCommand("pause", _nothing, needs="full")

    with pytest.raises(ValueError, match="two rooms bring pause"):
        decision_tables(_with(Feature(commands=lambda: (command,))))


def test_a_word_that_means_two_commands_is_a_fault() -> None:
    command = StudentCommand("rest", _nothing, needs="full", words={"en": ("rest", "pause")})

    with pytest.raises(ValueError, match="pause means"):
        decision_tables(_with(Feature(commands=lambda: (command,))))


def test_a_key_of_a_course_that_two_rooms_bring_is_a_fault() -> None:
    key = CourseKey("applause", "on")

    with pytest.raises(ValueError, match="two rooms bring applause"):
        course_keys([Feature(course_keys=(key,)), Feature(course_keys=(key,))])


def test_an_effect_is_read_as_it_was_written() -> None:
    for feature in FEATURES:
        for kind in feature.effects:
            assert effects.kind_of(kind.name) is kind


def test_two_kinds_of_effect_with_one_name_are_a_fault() -> None:
    kind = EffectKind("packet", dict, lambda *_: None)

    with pytest.raises(ValueError, match="two kinds of effect have the name packet"):
        effects.register(kind)
