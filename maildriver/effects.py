"""What a message changes once it is sent: written with the message, applied with `sent`.

Each kind of effect is a value of a room that sends messages; the room says how effects of its
kind are applied, and registers that here. `app.sent_effects` lists them all.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.post import next_digest
from maildriver.store import digests, enrolment_clock, outbox
from maildriver.store.enrolment_clock import EnrolmentClock

#: The clocks of all enrolments that effects are about, as they were before.
Clocks = Mapping[EnrolmentId, EnrolmentClock]


@dataclass(frozen=True, slots=True)
class EffectKind:
    """One kind of effect: its name in the outbox, its fields, and how several are applied.

    The fields are a dataclass with an `enrolment_id`: whose message it was.
    """

    name: str
    fields: type
    apply: Callable[[sa.Connection, Sequence[Any], Clocks, datetime], None]


@dataclass(frozen=True, slots=True)
class _Registered:
    kind: EffectKind
    json: TypeAdapter[Any]


_by_name: dict[str, _Registered] = {}
_by_fields: dict[type, _Registered] = {}


def register(kind: EffectKind) -> None:
    """Make a kind of effect known; raise ValueError for a name that another kind has."""
    known = _by_name.get(kind.name)
    if known is not None and known.kind is not kind:
        raise ValueError(f"two kinds of effect have the name {kind.name}")
    _by_name[kind.name] = _by_fields[kind.fields] = _Registered(kind, TypeAdapter(kind.fields))


def kind_of(name: str) -> EffectKind:
    """Return the kind of effect with a name; raise KeyError if there is none."""
    return _by_name[name].kind


def write(effect: object) -> str:
    """Return an effect as the outbox stores it: its name, a space, its fields as JSON."""
    registered = _by_fields[type(effect)]
    return f"{registered.kind.name} {registered.json.dump_json(effect).decode()}"


def read(stored: str) -> Any:
    """Return the effect that the outbox stores."""
    name, _, fields = stored.partition(" ")
    return _by_name[name].json.validate_json(fields)


def apply(conn: sa.Connection, stored: Iterable[str], now: datetime) -> None:
    """Apply the effects of messages that were sent, and expect the digests that follow."""
    effects = [read(each) for each in stored if each]
    if not effects:
        return
    ids = {each.enrolment_id for each in effects}
    clocks = {each.id: each for each in enrolment_clock.clocks_of(conn, ids)}
    for registered in _by_name.values():
        those = [each for each in effects if isinstance(each, registered.kind.fields)]
        if those:
            registered.kind.apply(conn, those, clocks, now)
    _expect_digests(conn, list(clocks.values()), now)


def expect_digest(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> None:
    """Make an enrolment's next digest due at its own hour, if there is anything to show."""
    _expect_digests(conn, enrolment_clock.clocks_of(conn, [enrolment_id]), now)


def digest_slot(enrolment: Enrolment, now: datetime) -> datetime | None:
    """Return when an enrolment's next digest may be sent; None if it wants none."""
    return next_digest(enrolment.digest_every, enrolment.cadence, enrolment.zone, now)


def withdraw(
    conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime, *, why: outbox.Withdrawal
) -> None:
    """Withdraw what an enrolment would still get; what may have been sent counts as sent."""
    apply(conn, outbox.withdraw(conn, enrolment_id, now, why), now)


def settle_shown(conn: sa.Connection, rows: Iterable[outbox.Row], now: datetime) -> None:
    """Settle as sent what was unsure and its reader has answered, or a server has bounced."""
    unsure = [row.id for row in rows if row.state == "unsure"]
    apply(conn, [outbox.assume_sent(conn, message_id, now) for message_id in unsure], now)


def _expect_digests(conn: sa.Connection, clocks: Sequence[EnrolmentClock], now: datetime) -> None:
    expecting = [
        each for each in clocks if not each.expects_digest and each.state in {"active", "finished"}
    ]
    for clock in digests.having_unseen(conn, expecting):
        due_at = next_digest(clock.digest_every, clock.cadence, clock.zone, now)
        digests.set_due(conn, clock.id, due_at)
