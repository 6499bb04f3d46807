"""The feature of the discussion room: its mail, effect and service."""

from collections.abc import Sequence

from maildriver.discussion.digest_sent import DIGEST_SENT
from maildriver.domain.message_kind import DIGEST, RECEIPT, RELAY
from maildriver.feature import ClockService, Feature


def _services() -> Sequence[ClockService]:
    from maildriver.discussion.digester import Digester

    return (ClockService("digester", "digester", Digester),)


FEATURE = Feature(kinds=(DIGEST, RELAY, RECEIPT), effects=(DIGEST_SENT,), services=_services)
