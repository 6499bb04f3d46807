"""Retry policy for mails that break the IMAP connection.

A server may send more bytes of a mail than it announced, or close the connection whenever a
certain mail is requested. Such a mail is fetched alone, then in part, and finally skipped. The
counts live in memory only: after a restart the mail is fetched like any other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from maildriver.errors import FloodError, MailAccountError, UnreachableError

#: A mailbox and its UIDVALIDITY.
Where = tuple[str, int]
What = Literal["header", "body"]

# A flood is caused by the mail, so few tries make it certain. An outage mostly has other causes,
# and each failure pauses the account for longer: five failures take eight minutes.
_A_FLOOD, _A_FAILURE = 6, 2
_IN_PART, _NOT_AT_ALL = 10, 14


@dataclass(frozen=True, slots=True)
class FetchMode:
    """How carefully to fetch the next mails."""

    in_part: bool
    not_at_all: bool


@dataclass(slots=True)
class FetchRetries:
    """Counts, for each mail, how often fetching it broke the connection."""

    _points: dict[tuple[Where, What, int], int] = field(default_factory=dict)
    _at_once: bool = False

    def batches(self, where: Where, uids: Sequence[int], most: int) -> Iterator[list[int]]:
        """Yield the UIDs in order, in batches; a mail that broke a connection is alone in one."""
        suspects = {uid for place, _, uid in self._points if place == where}
        batch: list[int] = []
        for uid in uids:
            if batch and (len(batch) == most or uid in suspects or batch[-1] in suspects):
                yield batch
                batch = []
            batch.append(uid)
        if batch:
            yield batch

    @contextmanager
    def at(self, where: Where, what: What, uids: Sequence[int]) -> Iterator[FetchMode]:
        """Provide how carefully to fetch these mails; count it if the connection breaks."""
        points = max((self._points.get((where, what, uid), 0) for uid in uids), default=0)
        try:
            yield FetchMode(points >= _IN_PART, points >= _NOT_AT_ALL)
        except UnreachableError as error:
            self._at_once = isinstance(error, FloodError)
            for uid in uids:
                before = self._points.get((where, what, uid), 0)
                self._points[where, what, uid] = before + (
                    _A_FLOOD if self._at_once else _A_FAILURE
                )
            raise

    def passed(self, where: Where, uids: Sequence[int]) -> None:
        """Forget the counts of mails that are stored now."""
        for uid in uids:
            self._points.pop((where, "header", uid), None)
            self._points.pop((where, "body", uid), None)

    def goes_on_at_once(self, error: MailAccountError) -> bool:
        """Return whether a mail is to blame, so that the account needs no pause."""
        blamed, self._at_once = self._at_once, False
        return blamed and isinstance(error, FloodError)
