"""Events of a demo in words, for terminal and page."""

from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from typing import Literal

from maildriver.demo import letters
from maildriver.demo.behaviour import Act
from maildriver.demo.cast import Person
from maildriver.store import outbox

Kind = Literal[
    "packet", "digest", "post", "join", "pause", "resume", "leave", "bounce", "holiday", "finish",
    "command",
]  # fmt: skip

_COMMANDS: dict[str, Kind] = {
    "pause": "pause", "resume": "resume", "leave": "leave", "undo": "resume"
}  # fmt: skip
_ACTS: dict[str, Kind] = {
    "post": "post", "confirm": "join", "auto-reply": "holiday", "report": "bounce",
    "full": "bounce",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened to one person."""

    at: datetime
    person: Person
    kind: Kind
    text: str
    lesson: int | None = None


def event_of_act(act: Act, now: datetime) -> Event | None:
    """Return the event that shows an act; None if the act is not worth a line."""
    if act.kind == "command":
        kind = _COMMANDS.get(act.text.split()[0], "command")
        return Event(now, act.person, kind, f"writes: {act.text}")
    kind_of_act = _ACTS.get(act.kind)
    if kind_of_act is None:
        return None
    match act.kind:
        case "post":
            private = act.text.startswith("private\n")
            text = "writes to the instructor alone" if private else f"writes: {_line(act.text)}"
        case "confirm":
            text = "joins the course"
        case "auto-reply":
            text = "is on holiday; a machine answers"
        case _:
            text = act.text
    return Event(now, act.person, kind_of_act, text, act.lesson)


def event_of_message(
    person: Person, row: outbox.Row | None, mail: EmailMessage, lessons: int, at: datetime
) -> Event | None:
    """Return the event that shows the arrival of a packet or a digest; None for other mail."""
    kind = row.kind if row is not None else ""
    if kind == "packet":
        number = letters.lesson_of(mail)
        last = number == lessons
        text = f"gets the last lesson, {mail['Subject']}" if last else f"gets {mail['Subject']}"
        return Event(at, person, "finish" if last else "packet", text, number)
    if kind == "digest":
        posts = len(letters.posts_in(mail))
        return Event(at, person, "digest", f"gets a digest of {posts} post{'s'[: posts != 1]}")
    return None


def _line(text: str, width: int = 72) -> str:
    first = next((line for line in text.split("\n") if line.strip()), "")
    return first if len(first) <= width else f"{first[: width - 1].rstrip()}…"
