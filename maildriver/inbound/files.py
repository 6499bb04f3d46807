"""The files of a mail: extracted in the sandbox, stored by hash."""

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
    """A file of a mail with its bytes, or with those that were fetched."""

    file: MailFile
    content: bytes
    is_cut: bool = False


async def files_of_mail(
    sandbox: Sandbox, raw: bytes, *, is_cut: bool
) -> tuple[tuple[ReceivedFile, ...], bool]:
    """Return the files of a mail, and whether its text is complete.

    `is_cut`: only the beginning of the mail was fetched, so its last part is incomplete.
    """
    found = await sandbox.call_within(time_for(raw), read_files, raw)
    if not is_cut:
        return tuple(ReceivedFile(file, content) for file, content in found), True
    start = await sandbox.call_within(time_for(raw), completeness, raw)
    came = (
        ReceivedFile(file, content, file.sha256 == start.cut_part_hash) for file, content in found
    )
    return tuple(came), start.text_is_whole


def time_for(raw: bytes) -> float:
    """Return the seconds that reading a mail may take: a large mail is not yet an attack."""
    return 2.0 + len(raw) / 2_000_000


def keep(
    conn: sa.Connection, came: Sequence[ReceivedFile], mail_id: MailId, enrolment_id: EnrolmentId
) -> list[PostFile]:
    """Store the bytes of files, each content once, and return the files for a post."""
    once: dict[str, ReceivedFile] = {}
    for each in came:
        once.setdefault(each.file.sha256, each)
    pictures = [sha256 for sha256, each in once.items() if may_be_logo(each.file)]
    before = post_files.sent_before(conn, enrolment_id, mail_id, pictures)
    return [_kept(conn, each, before) for each in once.values()]


def keep_pictures(
    conn: sa.Connection, came: Sequence[ReceivedFile], mail_id: MailId, enrolment_id: EnrolmentId
) -> None:
    """Remember the pictures of a mail that becomes no post: one may be the sender's logo."""
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
