"""The terminal display of a running demo."""

import sys
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from maildriver.cli.options import say

if TYPE_CHECKING:
    from maildriver.demo.events import Event

_LINES = 16
_COLOURS = {
    "packet": "blue",
    "finish": "bold blue",
    "digest": "cyan",
    "post": "green",
    "bounce": "red",
    "leave": "red",
    "holiday": "yellow",
    "pause": "yellow",
}
_WORDS = {"packet": "lesson", "finish": "lesson"}
#: Kinds of events too frequent to print each on a line.
_FREQUENT = {"packet", "digest", "post", "command"}


class Display(Protocol):
    """A display of events, for as long as its `with` block lasts."""

    def add(self, event: "Event") -> None:
        """Show one event."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


def display_for(days: int, *, quiet: bool) -> Display:
    """Return a display: none if `quiet`, a screen on a terminal, else plain lines."""
    if quiet:
        return _NoDisplay()
    return _Screen(days) if sys.stderr.isatty() else _Lines()


class _NoDisplay:
    def add(self, event: "Event") -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass


class _Lines(_NoDisplay):
    """Prints a line for each rare event, and the counts of the others once a day."""

    def __init__(self) -> None:
        self._day = ""
        self._today: Counter[str] = Counter()

    def add(self, event: "Event") -> None:
        day = _day(event.at)
        if day != self._day:
            self._end_day()
            self._day = day
        self._today[_WORDS.get(event.kind, event.kind)] += 1
        if event.kind not in _FREQUENT:
            who = f"{event.person.name} ({event.person.town.name})"
            say(f"  {event.at:%H:%M}  {who} {event.text}")

    def __exit__(self, *_: object) -> None:
        self._end_day()

    def _end_day(self) -> None:
        if self._day:
            say(f"{self._day}: {', '.join(_counted(self._today))}")
        self._today.clear()


class _Screen:
    """Shows the clock of the demo, the counts so far, and the latest events."""

    def __init__(self, days: int) -> None:
        self._days = days
        self._begun: datetime | None = None
        self._last: deque[Event] = deque(maxlen=_LINES)
        self._counts: Counter[str] = Counter()
        self._live = Live(console=Console(stderr=True), auto_refresh=False)

    def add(self, event: "Event") -> None:
        self._begun = self._begun or event.at
        self._last.append(event)
        self._counts[_WORDS.get(event.kind, event.kind)] += 1
        self._live.update(self._drawn(event.at), refresh=True)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def _drawn(self, now: datetime) -> Group:
        assert self._begun is not None
        head = Table.grid(padding=(0, 2))
        head.add_row(
            Text(f"{_day(now)} {now:%H:%M} UTC", "bold"),
            ProgressBar(self._days * 86400, (now - self._begun).total_seconds(), width=24),
            "  ".join(_counted(self._counts)),
        )
        table = Table.grid(padding=(0, 2), expand=True)
        for width in (9, 7, 18, 10):  # when, what, who, where
            table.add_column(no_wrap=True, width=width, min_width=width)
        table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
        for event in self._last:
            local = event.at.astimezone(event.person.zone)
            table.add_row(
                Text(f"{local:%a %H:%M}", "dim"),
                Text(_WORDS.get(event.kind, event.kind), _COLOURS.get(event.kind, "magenta")),
                Text(event.person.name),
                Text(event.person.town.name, "dim"),
                Text(event.text),
            )
        return Group(head, Text(), table)


def _counted(counts: Mapping[str, int]) -> list[str]:
    """Return the counts in words."""
    words = ("lesson", "post", "digest")
    return [f"{counts[word]} {word}{'' if counts[word] == 1 else 's'}" for word in words]


def _day(moment: datetime) -> str:
    return f"{moment:%a} {moment.day} {moment:%b}"
