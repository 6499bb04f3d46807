"""The feature of the newsletter room: issues, their effect, the service."""

from collections.abc import Sequence

from maildriver.domain.message_kind import NEWS
from maildriver.feature import ClockService, Feature
from maildriver.newsletter.issue_sent import ISSUE_SENT


def _services() -> Sequence[ClockService]:
    from maildriver.newsletter.service import Newsletter

    return (ClockService("newsletter", "scheduler", Newsletter),)


FEATURE = Feature(kinds=(NEWS,), effects=(ISSUE_SENT,), services=_services)
