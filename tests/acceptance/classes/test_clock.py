"""A clock that goes wrong under a living process: nothing goes twice, and there is no burst."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from support.servers.mailstack import MailStack
from support.simulated_class import SimulatedClass, kind_of, simulated_class

STUDENTS = 3


def packets(term: SimulatedClass) -> list[list[str]]:
    """Return the numbers of the packets that each student has got."""
    return [
        [
            str(mail["Subject"]).partition(".")[0]
            for mail in member.mails
            if kind_of(mail) == "packet"
        ]
        for member in term.members.values()
        if member.name.startswith("Name")
    ]


def at(month: int, day: int, hour: int, year: int = 2025) -> datetime:
    return datetime(year, month, day, hour, 30, tzinfo=UTC)


def test_a_clock_that_jumps_repeats_nothing_and_makes_no_burst(
    tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    course = new_address("course")
    with simulated_class(
        tmp_path, mailstack, course, students=STUDENTS, lessons=9, same_hour=True
    ) as term:

        def live(begin: datetime, end: datetime, had: int) -> None:
            """Let the clock be at `begin` now, and live."""
            term.now = begin
            term.live_until(end)
            assert packets(term) == [[str(n + 1) for n in range(had)]] * STUDENTS, (begin, end)

        live(term.now, at(1, 8, 7), had=3)  # Monday, Tuesday, Wednesday at seven
        live(at(1, 8, 5), at(1, 8, 9), had=3)  # two hours back: seven comes again
        live(at(1, 8, 9, year=2024), at(1, 11, 9, year=2024), had=3)  # a year back, for three days
        live(at(1, 8, 10), at(1, 9, 6), had=3)  # it is right again
        live(at(1, 9, 6), at(1, 9, 8), had=4)
        live(at(2, 8, 8), at(2, 9, 6), had=4)  # thirty days forward, past the hour
        live(at(2, 9, 6), at(2, 9, 9), had=5)  # one, at its hour, and not thirty
        live(at(2, 9, 9), at(2, 10, 9), had=6)
        live(at(1, 10, 9), at(1, 13, 9), had=6)  # right again: the next is due in February
        live(at(2, 11, 6), at(2, 11, 9), had=7)

        assert term.repeats == 0
        letters = [line["rcpt"] for line in term.sink.taken]
        assert len(letters) == STUDENTS * (1 + 7) + 1, (
            "a welcome, seven packets; one to the instructor"
        )
