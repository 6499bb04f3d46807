"""The effect of a sent digest: its posts are recorded as shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.effects import Clocks, EffectKind
from maildriver.store import digests


@dataclass(frozen=True, slots=True)
class DigestSent:
    """A student was shown these posts; `seen` has the last post number, by lesson."""

    enrolment_id: EnrolmentId
    seen: Mapping[str, int]
    posts: tuple[PostId, ...]


def _apply(
    conn: sa.Connection, sent: Sequence[DigestSent], _clocks: Clocks, _now: datetime
) -> None:
    for each in sent:
        digests.record_seen(conn, each.enrolment_id, each.seen)


DIGEST_SENT = EffectKind("digest", DigestSent, _apply)
