"""The report of a demo: all mailboxes as files, and a page.

The page needs no other file. Lines and files that many mails share are in the page once.
"""

import base64
import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.message import EmailMessage
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from maildriver.demo import letters
from maildriver.demo.audit import Audit
from maildriver.demo.behaviour import Act
from maildriver.demo.cast import Person
from maildriver.demo.mailsystem import Delivery
from maildriver.demo.world import World
from maildriver.domain.cadence import format_days
from maildriver.domain.enrolment import Enrolment
from maildriver.store import enrolments, outbox

_SCRIPTS = ("page.js", "page_timeline.js", "page_mail.js", "page_served.js")
_KINDS = {"packet", "digest", "news"}
_WRITTEN = {"post": "reply", "auto-reply": "auto-reply"}  # all else is a command

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Facts:
    """The facts in the database about the people on the page."""

    enrolments: dict[str, Enrolment]
    had: dict[str, int]  # how many lessons
    kinds: dict[str, str]  # of messages, by token


@dataclass(slots=True)
class _Pool:
    """The lines and files of all mails, each once."""

    lines: list[str] = field(default_factory=list)
    files: dict[str, Json] = field(default_factory=dict)
    _numbers: dict[str, int] = field(default_factory=dict)

    def line_numbers(self, text: str) -> list[int]:
        """Return the numbers of the lines of a text, after adding new lines."""
        found = []
        for line in text.split("\n"):
            number = self._numbers.setdefault(line, len(self.lines))
            if number == len(self.lines):
                self.lines.append(line)
            found.append(number)
        return found

    def hash_of(self, media_type: str, content: bytes) -> str:
        """Return the hash of a file, after adding a new file."""
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 not in self.files:
            data = base64.b64encode(content).decode()
            self.files[sha256] = {"type": media_type, "data": data}
        return sha256


def write_mailboxes(world: World, folder: Path) -> None:
    """Write every mail that every mailbox received, in order: `<address>/001.eml` and so on."""
    for address, deliveries in world.system.mailboxes.items():
        mailbox = folder / address
        mailbox.mkdir(parents=True, exist_ok=True)
        for number, delivery in enumerate(deliveries, 1):
            (mailbox / f"{number:03}.eml").write_bytes(delivery.raw)


async def page(world: World, audit: Audit, *, you: str = "", key: str = "") -> str:
    """Return the page that shows a demo; a page with a `key` can send requests to a server."""
    data = json.dumps(await page_data(world, audit, you=you, key=key), ensure_ascii=False)
    folder = files(__package__)
    template = Environment(undefined=StrictUndefined, autoescape=True).from_string(
        (folder / "page.html").read_text("utf-8")
    )
    script = "\n".join((folder / name).read_text("utf-8") for name in _SCRIPTS)
    return template.render(
        title=f"{world.course.title}: two weeks of a class by mail",
        style=Markup((folder / "page.css").read_text("utf-8")),  # noqa: S704 - our own
        script=Markup(script),  # noqa: S704 - our own
        # A script element has no entities, but must not contain its own end tag.
        data=Markup(data.replace("<", "\\u003c")),  # noqa: S704 - no tag is left in it
    )


async def page_data(world: World, audit: Audit, *, you: str = "", key: str = "") -> Json:
    """Return the data of the page, as values for JSON."""
    facts = await world.db.read(lambda conn: _facts(conn, world))
    pool = _Pool()
    people = list(world.people)
    return {
        "site": "Night School",
        "course": {
            "slug": world.course.slug,
            "title": world.course.title,
            "lessons": [
                {"number": number, "slug": slug, "title": title}
                for number, (slug, title) in enumerate(world.lessons, 1)
            ],
        },
        "begun": world.started_at.isoformat(),
        "now": world.clock().isoformat(),
        "days": max(1, -(-(world.clock() - world.started_at).total_seconds() // 86400)),
        "totals": asdict(audit),
        "you": you or None,
        "served": key or None,
        "people": [_person(world, address, facts, pool) for address in people],
        "events": [
            {
                "at": event.at.isoformat(),
                "person": people.index(event.person.address),
                "kind": event.kind,
                "lesson": event.lesson,
                "text": event.text,
            }
            for event in world.events
        ],
        "lines": pool.lines,
        "files": pool.files,
    }


def find_delivery(world: World, address: str, number: object) -> Delivery | None:
    """Return a mail that a person received, by its id in the page; None for another id."""
    mailbox = world.system.mailboxes[address]
    if not isinstance(number, int) or number % 2 or not 0 <= number // 2 < len(mailbox):
        return None
    return mailbox[number // 2]


def _facts(conn: sa.Connection, world: World) -> _Facts:
    found = {address: enrolments.of_address(conn, address) for address in world.people}
    known = {address: many[0] for address, many in found.items() if many}
    had = enrolments.positions_had(conn, [each.id for each in known.values()])
    slugs = {slug for slug, _ in world.lessons}
    tokens = [
        letters.token_of(each.mail) for many in world.system.mailboxes.values() for each in many
    ]
    return _Facts(
        known,
        {
            address: sum(place.slug in slugs and place.number >= 0 for place in had[each.id])
            for address, each in known.items()
        },
        {token: row.kind for token, row in outbox.by_token(conn, tokens).items()},
    )


def _person(world: World, address: str, facts: _Facts, pool: _Pool) -> Json:
    person, enrolment = world.people[address].person, facts.enrolments.get(address)
    zone = enrolment.zone if enrolment is not None else person.zone
    came = [
        {"id": number * 2, **_received(each, person, facts, pool)}
        for number, each in enumerate(world.system.mailboxes[address])
    ]
    acts = [act for act in world.acts if act.person.address == address and act.kind != "report"]
    wrote = [
        {"id": number * 2 + 1, **_written(act, person, act.mail, pool)}
        for number, act in enumerate(acts)
        if act.mail is not None
    ]
    mails = sorted(came + wrote, key=lambda mail: datetime.fromisoformat(mail["at"]))
    return {
        "address": address,
        "name": person.name,
        "role": person.role,
        "place": person.town.name,
        "zone": zone.key,
        "client": person.client,
        "cadence": _cadence(enrolment),
        "state": enrolment.state if enrolment is not None else "asked",
        "why": _pause_text(enrolment, zone),
        "lesson": facts.had.get(address, 0),
        "mails": mails,
    }


def _cadence(enrolment: Enrolment | None) -> str:
    if enrolment is None:
        return ""
    days = format_days(enrolment.cadence.days)
    shown = ", ".join(day.capitalize() for day in days.split(","))
    return (
        f"{'Daily' if len(enrolment.cadence.days) == 7 else shown} at {enrolment.cadence.at:%H:%M}"
    )


def _pause_text(enrolment: Enrolment | None, zone: ZoneInfo) -> str:
    if enrolment is None or enrolment.state != "paused":
        return ""
    why = {"student": "by themselves", "bounce": "mail came back"}.get(
        enrolment.pause_why, enrolment.pause_why
    )
    until = enrolment.pause_until
    if until is None:
        return why
    local = until.astimezone(zone)
    return f"{why}, until {local.day} {local:%B}"


def _received(delivery: Delivery, person: Person, facts: _Facts, pool: _Pool) -> Json:
    kind = facts.kinds.get(letters.token_of(delivery.mail), "")
    shown = _mail(delivery.mail, pool)
    at = delivery.at.astimezone(person.zone).isoformat()
    return {"at": at, "way": "in", "kind": kind if kind in _KINDS else "letter", **shown}


def _written(act: Act, person: Person, mail: EmailMessage, pool: _Pool) -> Json:
    """Return a mail that a person sent, as in their folder of sent mail: without its HTML."""
    shown = _mail(mail, pool) | {"html": None, "inline": {}}
    at = act.at.astimezone(person.zone).isoformat()
    return {"at": at, "way": "out", "kind": _WRITTEN.get(act.kind, "command"), **shown}


def _mail(mail: EmailMessage, pool: _Pool) -> Json:
    html = mail.get_body(("html",))
    shown: Json = {
        "from": str(mail["From"]),
        "to": str(mail["To"]),
        "subject": str(mail["Subject"]),
        "html": None if html is None else pool.line_numbers(str(html.get_content())),
        "text": pool.line_numbers(letters.text_of(mail)),
        "inline": {},
        "files": [],
    }
    for part in mail.walk():
        if part.is_multipart() or part.get_content_maintype() == "text":
            continue
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        sha256 = pool.hash_of(part.get_content_type(), content)
        if part["Content-ID"] and part.get_content_disposition() != "attachment":
            shown["inline"][str(part["Content-ID"]).strip("<> ")] = sha256
        else:
            name = part.get_filename() or ""
            shown["files"].append({"name": name, "sha": sha256, "size": len(content)})
    return shown
