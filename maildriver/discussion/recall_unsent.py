"""Recall of unsent digests and relays that show a changed post.

The post is changed first. Its row lock makes every transaction that stores a digest with the post
wait for the commit. So a digest either is found here, or is written from the changed post.
"""

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from maildriver import effects
from maildriver.discussion.digest_sent import DigestSent
from maildriver.domain import keys
from maildriver.domain.cadence import SLOT_LASTS
from maildriver.domain.ids import MessageId, PostId
from maildriver.store import digests, outbox_unsent
from maildriver.store.outbox_unsent import Unsent
from maildriver.store.own_posts import OwnPost


def recall(conn: sa.Connection, posts: Sequence[OwnPost]) -> int:
    """Delete unsent messages that show these posts; return how many others may have been sent.

    A deleted digest is written again for its slot. A message that was ever unsure is kept: it may
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
        relays = outbox_unsent.with_prefix(conn, keys.Relay.beginning(post.id))
        may_be_out += len(relays) - len(_delete(conn, relays))
    for mail_id in {each.inbox_id for each in posts if each.state == "held"}:
        _delete(conn, outbox_unsent.with_prefix(conn, keys.Hold.beginning(mail_id)))
    return may_be_out


def _delete(conn: sa.Connection, found: Iterable[Unsent]) -> set[MessageId]:
    message_ids = [each.id for each in found if not each.may_be_out]
    return outbox_unsent.delete(conn, message_ids) if message_ids else set()


def _posts_in(message: Unsent) -> set[PostId]:
    sent = effects.read(message.effect) if message.effect else None
    return set(sent.posts) if isinstance(sent, DigestSent) else set()
