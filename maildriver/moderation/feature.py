"""The feature of the moderation room: its questions and their replies."""

from collections.abc import Mapping

from maildriver.domain.message_kind import ASKED, HOLD
from maildriver.feature import Feature, ReplyHandler


def _replies() -> Mapping[str, ReplyHandler]:
    from maildriver.moderation.confirm_sender import yes_or_no
    from maildriver.moderation.hold import decision

    return {HOLD.reply: decision, ASKED.reply: yes_or_no}


FEATURE = Feature(kinds=(HOLD, ASKED), replies=_replies)
