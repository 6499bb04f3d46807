"""The feature of the commands room: the commands and their notes."""

from collections.abc import Sequence

from maildriver.domain.message_kind import NOTE
from maildriver.feature import Feature, StudentCommand


def _commands() -> Sequence[StudentCommand]:
    from maildriver.commands.table import COMMANDS

    return COMMANDS


FEATURE = Feature(kinds=(NOTE,), commands=_commands)
