"""An explanation in a teacher's words: what was understood, what would happen, what was cut."""

from collections.abc import Iterator, Mapping, Sequence

from maildriver.mail.explanation import Explanation
from maildriver.mail.kind.classify import Kind

_AS: dict[Kind, str] = {
    "post": "a message to people",
    "command": "a command to the course",
    "confirmation": "the answer to a confirm mail",
    "join": "a request to join a course",
    "bounce": "a report that a mail did not arrive",
    "feedback-report": "a complaint about a mail",
    "auto-reply": "an automatic reply",
    "challenge": "a request to prove that a person sent a mail",
    "read-receipt": "a receipt that a mail was read",
    "calendar": "the answer of a calendar",
    "forward": "a forwarded mail",
    "loop": "a mail of our own that came back",
    "empty": "a mail without a text of its own",
    "stranger": "a mail that has nothing to do with the site",
}
_FOR_A_PERSON = "it would wait for a person, in: maildriver held"
_NOTHING = "nothing: a machine wrote it, and nobody is answered"
_WOULD: dict[Kind, str] = {
    "post": "it would be posted, to whoever reads the replies of its course",
    "command": "the course would do that, and say so in a note",
    "confirmation": "the course would begin for that student",
    "join": "that address would be asked once to confirm",
    "bounce": "it would count against that address, if it names a mail of ours",
    "feedback-report": _FOR_A_PERSON,
    "auto-reply": _NOTHING,
    "challenge": _FOR_A_PERSON,
    "read-receipt": _NOTHING,
    "calendar": _NOTHING,
    "forward": _FOR_A_PERSON,
    "loop": "nothing: it would be dropped",
    "empty": _FOR_A_PERSON,
    "stranger": "nothing: it would be neither stored nor answered",
}
#: Rules that have a line of their own; the others are details.
_SHOWN = {"kind", "cut", "trust", "whose", "intake", "post", "command"}
#: Mail whose text is nobody's reply.
_WITHOUT_REPLY = {"bounce", "command", "loop", "feedback-report"}
#: What a command may ask for, by its key.
_ASKED = {
    "days": "for {} days",
    "number": "post #{}",
    "days_of_week": "on {}",
    "at": "at {}",
    "zone": "in the zone {}",
}
_WIDTH = 13


def text_of(found: Explanation) -> str:
    """Return an explanation as people read it, a topic a line."""
    topics = [
        ("understood", _understood(found)),
        ("sender", _rules(found, "whose", "trust")),
        *_happens(found),
        *_reply(found),
        ("files", [f"{each.name}, {each.size:,} bytes" for each in found.files]),
        ("details", [each.as_text() for each in found.rules if each.about not in _SHOWN]),
    ]
    lines = [line for topic, shown in topics for line in _topic(topic, shown)]
    return "\n".join((found.file, *lines))


def _topic(topic: str, shown: Sequence[str]) -> Iterator[str]:
    for index, line in enumerate(shown):
        yield f"  {'' if index else topic:<{_WIDTH}}{line}".rstrip()


def _understood(found: Explanation) -> list[str]:
    commands = [_command(each) for each in found.commands]
    bounces = [
        f"{each.address}: {'for good' if each.permanent else 'not now'}" for each in found.bounces
    ]
    return [f"{_AS[found.kind]} ({found.rule})", *commands, *bounces]


def _command(facts: Mapping[str, str | int]) -> str:
    """Return a command with what it asks for: `pause: for 14 days`."""
    asked = [_ASKED[key].format(value) for key, value in facts.items() if key != "name"]
    return f"{facts['name']}{': ' if asked else ''}{', '.join(asked)}"


def _happens(found: Explanation) -> Iterator[tuple[str, list[str]]]:
    """Yield what intake has done with a stored mail, or would do with another one."""
    if found.stored is None:
        yield "would happen", [_WOULD[found.kind]]
        return
    yield "happened", _rules(found, "intake")
    yield "post", _rules(found, "post")


def _reply(found: Explanation) -> Iterator[tuple[str, list[str]]]:
    if found.kind in _WITHOUT_REPLY:
        return
    yield "reply", found.reply.splitlines()
    if found.reply and found.confidence < 1:
        yield "certain", [f"{found.confidence:.0%} sure of what is new and what is quoted"]
    cuts = [each for each in found.rules if each.about == "cut"]
    yield "left out", [f"{each.lines} {_lines(each.lines)}: {each.rule}" for each in cuts]


def _lines(count: int) -> str:
    return "line" if count == 1 else "lines"


def _rules(found: Explanation, *about: str) -> list[str]:
    return [each.rule for name in about for each in found.rules if each.about == name]
