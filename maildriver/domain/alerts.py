"""Alerts: messages to the operator about trouble in a service."""

from collections.abc import Awaitable, Callable

#: Alerts the operator, given the name of a problem, and a text with details and remedy. One
#: problem is reported once a day, so what varies belongs in the text and not in the name.
Alert = Callable[[str, str], Awaitable[None]]
