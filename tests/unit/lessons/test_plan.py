"""What is next for an enrolment, and when."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from maildriver.domain.course import LessonPosition, next_position
from maildriver.lessons.plan import CourseEnded, NextPacket, TooLate, plan

A, B, C = LessonPosition(10, "a"), LessonPosition(20, "b"), LessonPosition(30, "c")
LISBON = ZoneInfo("Europe/Lisbon")
SLOT = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)  # a Monday
places = st.lists(
    st.builds(LessonPosition, st.integers(0, 99), st.sampled_from("abcdefgh")),
    unique_by=lambda place: place.slug,
)


def test_the_first_lesson_comes_first() -> None:
    assert next_position([B, A, C], []) == A


def test_the_next_lesson_is_the_first_after_the_last_one_had() -> None:
    assert next_position([A, B, C], [A]) == B


def test_a_lesson_inserted_before_the_last_one_had_is_not_sent() -> None:
    assert next_position([A, LessonPosition(15, "new"), B, C], [A, B]) == C


def test_a_renumbered_lesson_is_not_sent_again() -> None:
    assert next_position([B, C, LessonPosition(40, "a")], [A]) is None


def test_a_removed_lesson_still_counts_where_it_stood() -> None:
    assert next_position([A, C], [A, B]) == C


@given(places, places)
def test_what_is_next_was_never_had_and_is_in_force(
    order: list[LessonPosition], had: list[LessonPosition]
) -> None:
    place = next_position(order, had)

    assert place is None or (place in order and place.slug not in {each.slug for each in had})


@given(places)
def test_taking_what_is_next_again_and_again_gives_the_course_in_order(
    order: list[LessonPosition],
) -> None:
    had: list[LessonPosition] = []
    while (place := next_position(order, had)) is not None:
        had.append(place)

    assert had == sorted(order, key=lambda each: (each.number, each.slug))


def decide(now: datetime, had: list[LessonPosition]) -> object:
    return plan(SLOT, time(7, 30), LISBON, order=[A, B, C], had=had, now=now)


def test_a_packet_is_planned_within_three_hours_of_its_slot() -> None:
    end = SLOT + timedelta(hours=3)

    assert decide(SLOT, []) == NextPacket(A, position=1, last=False, good_until=end)
    assert decide(end, [A, B]) == NextPacket(C, position=3, last=True, good_until=end)


def test_what_is_later_moves_to_the_next_own_hour_whatever_the_weekday() -> None:
    assert decide(SLOT + timedelta(hours=3, seconds=1), []) == TooLate(SLOT + timedelta(days=1))


def test_after_three_weeks_away_there_is_one_packet_and_not_six() -> None:
    assert decide(SLOT + timedelta(days=21, hours=8), [A]) == TooLate(SLOT + timedelta(days=22))


def test_a_course_ends_after_its_last_lesson() -> None:
    assert decide(SLOT, [A, B, C]) == CourseEnded()
