"""Taking back what would show a post and is not out yet, so that it shows it never, or anew.

The post is changed first, and its row keeps whoever writes a digest of it waiting until that
is committed. So a digest either was found here, or was written from what stands now.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from maildriver import effects
from maildriver.domain.cadence import SLOT_LASTS
from maildriver.domain.ids import MessageId, PostId
from maildriver.store import digests, outbox_unsent
from maildriver.store.outbox_unsent import Unsent
from maildriver.store.own_posts import Own


def take_back(conn: sa.Connection, posts: Sequence[Own]) -> int:
    """Delete the messages that show these posts; return how many may be out all the same.

    A digest comes again in the slot that it had. What was once unsure is left alone: it may
    have arrived, and nobody gets a digest twice.
    """
    shown = {each.id for each in posts}
    may_be_out = 0
    for course in {each.course for each in posts if each.audience == "class"}:
        found = [each for each in outbox_unsent.digests(conn, course) if shown & _posts_in(each)]
        deleted = _delete(conn, found)
        may_be_out += len(found) - len(deleted)
        for each in found:
            if each.id in deleted and each.good_until is not None:
                digests.bring_forward(conn, each.enrolment_id, each.good_until - SLOT_LASTS)
    for post in posts:
        relays = outbox_unsent.beginning(conn, f"relay:{post.id}:")
        may_be_out += len(relays) - len(_delete(conn, relays))
    for mail in {each.inbox_id for each in posts if each.state == "held"}:
        _delete(conn, outbox_unsent.beginning(conn, f"hold:{mail}:"))
    return may_be_out


def _delete(conn: sa.Connection, found: Iterable[Unsent]) -> set[MessageId]:
    numbers = [each.id for each in found if not each.may_be_out]
    return outbox_unsent.delete(conn, numbers) if numbers else set()


def _posts_in(message: Unsent) -> set[PostId]:
    sent = effects.read(message.effect) if message.effect else None
    return set(sent.posts) if isinstance(sent, effects.DigestSent) else set()
