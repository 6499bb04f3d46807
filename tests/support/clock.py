"""A clock that only the test moves."""

from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time as maildriver asks for it: `clock()`."""

    def __init__(self, moment: datetime = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, by: timedelta) -> None:
        self.moment += by
