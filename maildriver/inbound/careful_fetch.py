"""Mails at which a mailbox stumbles: each is fetched more carefully, until the next can come.

A server may send more of a mail than it said, or break off whenever it is asked for it. So
what a connection broke at is asked for by itself, then in part, and at last not at all.
Forgotten at the end of the process: then it is asked for as any other.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from maildriver.errors import FloodError, MailAccountError, UnreachableError

#: A mailbox and its UIDVALIDITY.
Where = tuple[str, int]
What = Literal["header", "body"]

# A flood is the mail's own doing and soon certain. An outage mostly is not, and each of its
# failures pauses the account for longer: five of them are eight minutes.
_A_FLOOD, _A_FAILURE = 6, 2
_IN_PART, _NOT_AT_ALL = 10, 14


@dataclass(frozen=True, slots=True)
class FetchMode:
    """How carefully the next mails are to be asked for."""

    in_part: bool
    not_at_all: bool


@dataclass(slots=True)
class FetchRetries:
    """What connections broke at."""

    _points: dict[tuple[Where, What, int], int] = field(default_factory=dict)
    _at_once: bool = False

    def batches(self, where: Where, uids: Sequence[int], most: int) -> Iterator[list[int]]:
        """Divide UIDs, in order; one at which a connection broke stands alone."""
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
        """Tell how carefully to ask for these mails, and note whether the connection breaks."""
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
        """Forget what is stored now."""
        for uid in uids:
            self._points.pop((where, "header", uid), None)
            self._points.pop((where, "body", uid), None)

    def goes_on_at_once(self, error: MailAccountError) -> bool:
        """Tell whether a mail is to blame, so that the account need not be left alone."""
        blamed, self._at_once = self._at_once, False
        return blamed and isinstance(error, FloodError)
