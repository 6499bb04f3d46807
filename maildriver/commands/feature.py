"""What the room of commands brings."""

from collections.abc import Sequence

from maildriver.domain.message_kind import NOTE
from maildriver.feature import Feature, StudentCommand


def _commands() -> Sequence[StudentCommand]:
    from maildriver.commands.table import COMMANDS

    return COMMANDS


FEATURE = Feature(kinds=(NOTE,), commands=_commands)
