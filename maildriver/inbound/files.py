"""The files of a mail: taken out of it in the jail, and kept by their hash."""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from maildriver.domain.ids import EnrolmentId, MailId
from maildriver.domain.post import PostFile
from maildriver.mail.file_policy import decide_file, may_be_logo
from maildriver.mail.message import MailFile, read_files
from maildriver.mail.truncated import completeness
from maildriver.sandbox.process import Sandbox
from maildriver.store import blobs, post_files


@dataclass(frozen=True, slots=True)
class ReceivedFile:
    """A file of a mail with its bytes, or with what was fetched of them."""

    file: MailFile
    content: bytes
    is_cut: bool = False


async def files_of_mail(
    jail: Sandbox, raw: bytes, *, is_cut: bool
) -> tuple[tuple[ReceivedFile, ...], bool]:
    """Return the files of a mail, and whether its text is whole.

    Where `is_cut`, only the beginning of the mail was fetched, and its last part is not whole.
    """
    found = await jail.call_within(time_for(raw), read_files, raw)
    if not is_cut:
        return tuple(ReceivedFile(file, content) for file, content in found), True
    start = await jail.call_within(time_for(raw), completeness, raw)
    came = (
        ReceivedFile(file, content, file.sha256 == start.cut_part_hash) for file, content in found
    )
    return tuple(came), start.text_is_whole


def time_for(raw: bytes) -> float:
    """Return the seconds within which a mail must be read: mere size is no bomb."""
    return 2.0 + len(raw) / 2_000_000


def keep(
    conn: sa.Connection, came: Sequence[ReceivedFile], mail_id: MailId, enrolment_id: EnrolmentId
) -> list[PostFile]:
    """Store the bytes of files, each content once, and return them as a post has them."""
    once: dict[str, ReceivedFile] = {}
    for each in came:
        once.setdefault(each.file.sha256, each)
    pictures = [sha256 for sha256, each in once.items() if may_be_logo(each.file)]
    before = post_files.sent_before(conn, enrolment_id, mail_id, pictures)
    return [_kept(conn, each, before) for each in once.values()]


def keep_pictures(
    conn: sa.Connection, came: Sequence[ReceivedFile], mail_id: MailId, enrolment_id: EnrolmentId
) -> None:
    """Remember what may be a writer's logo from a mail that becomes no post."""
    pictures = [each for each in came if may_be_logo(each.file) and not each.is_cut]
    kept = keep(conn, pictures, mail_id, enrolment_id)
    post_files.put(conn, kept, mail_id=mail_id, post_id=None, enrolment_id=enrolment_id)


def _kept(conn: sa.Connection, came: ReceivedFile, before: frozenset[str]) -> PostFile:
    fate = decide_file(came.file, before, is_cut=came.is_cut)
    return PostFile(
        name=fate.name,
        size=0 if came.is_cut else len(came.content),
        media_type=fate.media_type,
        sha256="" if came.is_cut else blobs.put(conn, came.content),
        state=fate.state,
        why=fate.why,
    )
