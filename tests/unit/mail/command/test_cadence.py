"""A cadence as students write it, and what only looks like one."""

from datetime import time

import pytest
from support.shipped_words import GRAMMAR

from maildriver.domain.cadence import DAILY, WEEKDAYS
from maildriver.mail.command.cadence import CadenceRequest
from maildriver.mail.command.grammar import Command

RE = "Re: 3. Moons"


def days(*numbers: int) -> frozenset[int]:
    return frozenset(numbers)


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("send Tue and Fri 7am", CadenceRequest(days(1, 4), time(7))),
        (
            "Send on Tuesdays & Fridays at 7:30 pm, please.",
            CadenceRequest(days(1, 4), time(19, 30)),
        ),
        ("please send sat, sun 10:00", CadenceRequest(days(5, 6), time(10))),
        ("send mon-fri 6 a.m.", CadenceRequest(WEEKDAYS, time(6))),
        ("send Monday to Thursday at 8", CadenceRequest(days(0, 1, 2, 3), time(8))),
        ("send fri \N{EN DASH} mon 19.30", CadenceRequest(days(4, 5, 6, 0), time(19, 30))),
        ("send every day at noon", CadenceRequest(DAILY, time(12))),
        ("send 12 am", CadenceRequest(at=time(0))),
        ("send 12pm", CadenceRequest(at=time(12))),
        ("send at 7", CadenceRequest(at=time(7))),
        ("send weekdays", CadenceRequest(WEEKDAYS)),
        ("send the lessons every Wednesday", CadenceRequest(days(2))),
        ("send in Lisbon", CadenceRequest(zone="Europe/Lisbon")),
        ("send 7am Lisbon time", CadenceRequest(at=time(7), zone="Europe/Lisbon")),
        ("send tue at 7 in New York", CadenceRequest(days(1), time(7), "America/New_York")),
        ("send zone america/denver", CadenceRequest(zone="America/Denver")),
        ("send Europe/Lisbon at 6", CadenceRequest(at=time(6), zone="Europe/Lisbon")),
        ("send America/Port-au-Prince", CadenceRequest(zone="America/Port-au-Prince")),
        ("send in UTC", CadenceRequest(zone="UTC")),
        ("sende Di und Do um 7 Uhr", CadenceRequest(days(1, 3), time(7))),
        ("Bitte sende montags bis freitags um 19:30 Uhr", CadenceRequest(WEEKDAYS, time(19, 30))),
        ("senden täglich 6h", CadenceRequest(DAILY, time(6))),
        ("sende in Berlin", CadenceRequest(zone="Europe/Berlin")),
        ("cadence weekends", CadenceRequest(days(5, 6))),
        ("send once a week on Sunday", CadenceRequest(days(6))),
        ("send twice a week, Mon and Thu at 7:00", CadenceRequest(days(0, 3), time(7))),
        ("sende zweimal pro Woche, Di und Do", CadenceRequest(days(1, 3))),
        ("send once a day at 8", CadenceRequest(DAILY, time(8))),
        ("send at 7 in Germany", CadenceRequest(at=time(7), zone="Europe/Berlin")),
        ("send in the Netherlands", CadenceRequest(zone="Europe/Amsterdam")),
        ("send in the UK", CadenceRequest(zone="Europe/London")),
    ],
)
def test_a_cadence_is_read(line: str, wanted: CadenceRequest) -> None:
    assert GRAMMAR.read(RE, line) == Command("cadence", cadence=wanted)


@pytest.mark.parametrize(
    "line",
    [
        "send slower",
        "Send a bit faster, please.",
        "send less often",
        "send twice a week",
        "send once a week at 7",
        "send three times a week on Mon and Thu",
        "send every other day",
        "send every second Sunday",
        "sende langsamer",
        "sende jeden zweiten Tag",
    ],
)
def test_how_often_without_the_days_is_answered_with_how_to_say_them(line: str) -> None:
    assert GRAMMAR.read(RE, line) == Command("cadence")


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("send in Georgia", "georgia"),  # Tbilisi, or Atlanta
        ("send in Brazil", "brazil"),  # four clocks
        ("send 7am in Boston", "boston"),
        ("send in EST", "est"),  # New York in winter, Panama in summer
        ("send tue, Springfield time", "springfield"),
    ],
)
def test_a_place_that_we_do_not_know_is_asked_about(line: str, place: str) -> None:
    command = GRAMMAR.read(RE, line)

    assert command is not None
    assert command.cadence is not None
    assert (command.cadence.zone, command.cadence.unknown_place) == (None, place)


@pytest.mark.parametrize(
    "line",
    [
        "send me the chart please",
        "Send me the chart on Monday.",
        "send 7",  # lessons, or an hour?
        "send 7am and 7pm",
        "send at 25:00",
        "send 13pm",
        "send 0 am",
        "send tuesday next week",
        "send in time",
        "send it",
        "Send in the clowns",
        "send slower ships to the moon",
        "send every other picture to my mother",
        "Send the lessons, please",
        "Sende mir die Karte am Montag",
        "Tue and Fri at 7am",  # it may answer what the lesson asked
        "send " + "mon " * 40,
        "send in " + "x" * 1000,
    ],
)
def test_a_line_with_any_other_word_is_a_reply_like_any_other(line: str) -> None:
    assert GRAMMAR.read(RE, line) is None


def test_the_word_alone_asks_when_lessons_come() -> None:
    assert GRAMMAR.read(RE, "Send?") is None
    assert GRAMMAR.read(RE, "send") == Command("cadence")
