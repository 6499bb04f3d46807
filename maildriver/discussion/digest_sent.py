"""The effect of a digest: its posts have been shown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.effects import Clocks, EffectKind
from maildriver.store import digests


@dataclass(frozen=True, slots=True)
class DigestSent:
    """A student has been shown posts: up to a number in each lesson, and which these were."""

    enrolment_id: EnrolmentId
    seen: Mapping[str, int]
    posts: tuple[PostId, ...]


def _apply(
    conn: sa.Connection, sent: Sequence[DigestSent], _clocks: Clocks, _now: datetime
) -> None:
    for each in sent:
        digests.record_seen(conn, each.enrolment_id, each.seen)


DIGEST_SENT = EffectKind("digest", DigestSent, _apply)
