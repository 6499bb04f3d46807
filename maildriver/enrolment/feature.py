"""The feature of the enrolment room: its kinds of mail and replies."""

from collections.abc import Mapping

from maildriver.domain.message_kind import CONFIRM, PROBE, WELCOME
from maildriver.feature import Feature, ReplyHandler


def _replies() -> Mapping[str, ReplyHandler]:
    from maildriver.enrolment.confirm import confirmation

    return {CONFIRM.reply: confirmation}


FEATURE = Feature(kinds=(CONFIRM, WELCOME, PROBE), replies=_replies)
