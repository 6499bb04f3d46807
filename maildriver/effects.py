"""Effects of messages: stored with a message, applied once it is sent.

Each room that sends messages defines its kinds of effects and how to apply them. `app.features`
registers them all here.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId
from maildriver.domain.post import next_digest
from maildriver.store import digests, enrolment_clock, outbox
from maildriver.store.enrolment_clock import EnrolmentClock

#: The clocks of the enrolments of all effects, read before any effect is applied.
Clocks = Mapping[EnrolmentId, EnrolmentClock]


@dataclass(frozen=True, slots=True)
class EffectKind:
    """A kind of effect: its name in the outbox, its fields, and how to apply several.

    `fields` is a dataclass; its `enrolment_id` is the recipient's.
    """

    name: str
    fields: type
    apply: Callable[[sa.Connection, Sequence[Any], Clocks, datetime], None]


_by_name: dict[str, EffectKind] = {}
_by_fields: dict[type, EffectKind] = {}


def register(kind: EffectKind) -> None:
    """Register a kind of effect; raise ValueError if another kind has its name."""
    if _by_name.get(kind.name, kind) is not kind:
        raise ValueError(f"two kinds of effect have the name {kind.name}")
    _by_name[kind.name] = _by_fields[kind.fields] = kind


def kind_of(name: str) -> EffectKind:
    """Return the kind of effect with a name; raise KeyError if there is none."""
    return _by_name[name]


def write(effect: object) -> str:
    """Return an effect as text for the outbox: its name, a space, its fields as JSON."""
    kind = _by_fields[type(effect)]
    return f"{kind.name} {_json_of(kind.fields).dump_json(effect).decode()}"


def read(stored: str) -> Any:
    """Return the effect from its text in the outbox."""
    name, _, fields = stored.partition(" ")
    return _json_of(_by_name[name].fields).validate_json(fields)


@cache  # made when it is needed: most commands read no effect
def _json_of(fields: type) -> TypeAdapter[Any]:
    return TypeAdapter(fields)


def apply(conn: sa.Connection, stored: Iterable[str], now: datetime) -> None:
    """Apply the effects of sent messages, and make digests due that have new posts to show."""
    effects = [read(each) for each in stored if each]
    if not effects:
        return
    ids = {each.enrolment_id for each in effects}
    clocks = {each.id: each for each in enrolment_clock.clocks_of(conn, ids)}
    for kind in _by_name.values():
        those = [each for each in effects if isinstance(each, kind.fields)]
        if those:
            kind.apply(conn, those, clocks, now)
    _expect_digests(conn, list(clocks.values()), now)


def expect_digest(conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime) -> None:
    """Make the next digest of an enrolment due at its hour, if there are unseen posts."""
    _expect_digests(conn, enrolment_clock.clocks_of(conn, [enrolment_id]), now)


def digest_slot(enrolment: Enrolment, now: datetime) -> datetime | None:
    """Return the time of the next digest of an enrolment; None if digests are off."""
    return next_digest(enrolment.digest_every, enrolment.cadence, enrolment.zone, now)


def withdraw(
    conn: sa.Connection, enrolment_id: EnrolmentId, now: datetime, *, why: outbox.Withdrawal
) -> None:
    """Withdraw unsent messages to an enrolment, as `why` requires; unsure ones count as sent."""
    apply(conn, outbox.withdraw(conn, enrolment_id, now, why), now)


def settle_shown(conn: sa.Connection, rows: Iterable[outbox.Row], now: datetime) -> None:
    """Record unsure messages as sent, since a reply or bounce names their tokens."""
    unsure = [row.id for row in rows if row.state == "unsure"]
    apply(conn, [outbox.assume_sent(conn, message_id, now) for message_id in unsure], now)


def _expect_digests(conn: sa.Connection, clocks: Sequence[EnrolmentClock], now: datetime) -> None:
    expecting = [
        each for each in clocks if not each.expects_digest and each.state in {"active", "finished"}
    ]
    for clock in digests.having_unseen(conn, expecting):
        due_at = next_digest(clock.digest_every, clock.cadence, clock.zone, now)
        digests.set_due(conn, clock.id, due_at)
