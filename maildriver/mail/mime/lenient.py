"""A message whose parameters never raise, whatever a stranger wrote into them."""

from email.message import Message
from typing import Any


class LenientMessage(Message):
    """A message as the standard library reads it; parameters that break it are none.

    `a*0=x; a*=y` is one name in two ways (RFC 2231), which the library cannot put in order: it
    raises where it is asked for any parameter, even while it looks for a boundary.
    """

    def _get_params_preserve(self, failobj: Any, header: str) -> Any:
        try:
            # The one place through which all its ways to a parameter lead; no stub names it.
            return super()._get_params_preserve(failobj, header)  # type: ignore[misc]
        except (TypeError, ValueError, LookupError):
            return []
