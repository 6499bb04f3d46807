"""Size limits of a lesson."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes beyond which mail programs cut a message, or servers refuse it."""

    html_warn: int = 90_000
    html_error: int = 100_000
    attachments_warn: int = 7_000_000
    attachments_error: int = 14_000_000
