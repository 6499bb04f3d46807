"""A message class that never raises on malformed parameters."""

from email.message import Message
from typing import Any


class LenientMessage(Message):
    """The standard library's message, with malformed parameters treated as absent.

    `a*0=x; a*=y` gives one name in two ways (RFC 2231), which the library cannot sort: every
    access to a parameter then raises, even the parser's own search for a boundary.
    """

    def _get_params_preserve(self, failobj: Any, header: str) -> Any:
        try:
            # Every access to a parameter goes through this method, which no stub declares.
            return super()._get_params_preserve(failobj, header)  # type: ignore[misc]
        except (TypeError, ValueError, LookupError):
            return []
