"""The digest of one student: choice of unseen posts, and frozen message."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from maildriver import effects
from maildriver.discussion.digest_sent import DigestSent
from maildriver.discussion.posting import lesson_titles
from maildriver.domain import keys
from maildriver.domain.cadence import SLOT_LASTS
from maildriver.domain.course import Course
from maildriver.domain.digest_posts import DigestPosts, choose_posts
from maildriver.domain.enrolment import Enrolment
from maildriver.domain.ids import EnrolmentId, PostId
from maildriver.domain.message_kind import DIGEST
from maildriver.domain.post import Post
from maildriver.letters.labels import local_date
from maildriver.letters.outgoing import OutgoingMail, mail_to
from maildriver.letters.posts import DiscussionContent
from maildriver.letters.writer import MailWriter
from maildriver.mail.text.html import html_text
from maildriver.store import digests, outbox, own_posts, posts

#: Gmail truncates HTML at 102 KB; 10 of these 90 KB are for the frame.
MOST_BYTES = 90_000
_ROOM = 78_000


@dataclass(frozen=True, slots=True)
class WrittenDigest:
    """A frozen digest, its reader, and the texts of its posts as the digest shows them."""

    enrolment_id: EnrolmentId
    message: outbox.Message
    texts: Mapping[PostId, str]


def expect_all(conn: sa.Connection, readers: Sequence[Enrolment], now: datetime) -> None:
    """Make the next digest of each reader due at the hour of their cadence."""
    for reader in readers:
        digests.set_due(conn, reader.id, effects.digest_slot(reader, now))


def write_digest(
    letters: MailWriter, course: Course, reader: Enrolment, unseen: Sequence[Post], now: datetime
) -> WrittenDigest:
    """Return the digest of one reader: as many posts as fit, at least one."""
    due_at = reader.digest_due_at
    assert due_at is not None
    key = keys.Digest(reader.id, due_at.astimezone(reader.zone).date())
    titles = lesson_titles(course, reader.student.language)
    order = {slug: position for position, slug in enumerate(titles)} | {"": -1}
    room = _ROOM
    while True:
        chosen = choose_posts(unseen, order, room)
        mail = _mail(course, reader, key, chosen, due_at)
        talk = _talk(letters, course, reader, chosen, titles, due_at)
        frozen = letters.posts(mail, talk, now)
        if len(frozen.html.encode()) <= MOST_BYTES or len(chosen.posts) == 1:
            break
        room = room * 3 // 4
    texts = {post.id: post.text for post in chosen.posts}
    return WrittenDigest(reader.id, letters.message(mail, frozen), texts)


def _mail(
    course: Course, reader: Enrolment, key: keys.Digest, chosen: DigestPosts, due_at: datetime
) -> OutgoingMail:
    sent = DigestSent(reader.id, chosen.seen, tuple(post.id for post in chosen.posts))
    return mail_to(
        reader,
        course,
        DIGEST,
        key,
        lesson=chosen.posts[-1].lesson,
        effect=effects.write(sent),
        good_until=due_at + SLOT_LASTS,
    )


def shown_texts(
    conn: sa.Connection,
    letters: MailWriter,
    course: Course,
    reader: Enrolment,
    message: outbox.Row,
) -> tuple[str, ...]:
    """Return the texts that a reply to a sent digest may quote: plain text, HTML, posts.

    Earlier texts of the posts are among them. Empty if the message is not a digest.
    """
    sent = effects.read(message.effect) if message.effect else None
    key = keys.Digest.parse(message.key)
    if not isinstance(sent, DigestSent) or key is None:
        return ()
    shown = [posts.get(conn, post_id) for post_id in sent.posts]
    titles = lesson_titles(course, reader.student.language)
    chosen = DigestPosts(tuple(shown), sent.seen, more=False)
    mail = _mail(course, reader, key, chosen, message.not_before)
    talk = _talk(letters, course, reader, chosen, titles, message.not_before)
    frozen = letters.posts(mail, talk, message.not_before)
    earlier = own_posts.earlier_texts(conn, sent.posts)
    return frozen.text, html_text(frozen.html).text, *(post.text for post in shown), *earlier


def _talk(
    letters: MailWriter,
    course: Course,
    reader: Enrolment,
    chosen: DigestPosts,
    titles: dict[str, str],
    day: datetime,
) -> DiscussionContent:
    labels = letters.composer.labels(course, reader.student.language)
    footer = [labels["reply"][DIGEST.footer]]
    if course.instructors and reader.role == "student":
        footer.append(labels["private"])
    return DiscussionContent(
        subject=f"{labels['discussion']}, {local_date(day, reader.student.zone, labels)}",
        posts=chosen.posts,
        titles=titles,
        footer=(*footer, labels["pace"]) if reader.role == "student" else footer,
        more=chosen.more,
        all_files=course.files == "attached" or reader.role == "instructor",
        for_instructor=reader.role == "instructor",
    )
