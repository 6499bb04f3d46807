"""What becomes of a mail that is to be read by others: posts, or a question to a person."""

from collections.abc import Sequence

import sqlalchemy as sa

from maildriver.discussion import posting, receipt
from maildriver.domain.post import PostFile
from maildriver.enrolment import lifecycle
from maildriver.inbound.files import keep
from maildriver.inbound.understood import Case, Taken, hold_mail
from maildriver.mail.file_policy import may_be_logo
from maildriver.mail.kind.classify import may, may_be_answered
from maildriver.mail.reply.per_post import Answer
from maildriver.mail.reply.restorable import all_cut
from maildriver.moderation import confirm_sender, hold
from maildriver.store import posts

#: Below it a person decides what was quoted and what was written.
SURE_ENOUGH = 0.5


def post(conn: sa.Connection, case: Case) -> str:
    """Let a mail become posts, and tell its writer; or hold it, if there is a doubt."""
    taken, letters, now = case.taken, case.letters, case.now
    said = said_by(conn, case)
    doubt = _doubt(conn, case, said)
    if doubt:
        held = hold_post(conn, case, said, doubt)
        if case.trusted == "token":
            hold_and_ask(conn, case, doubt)
        return held
    lifecycle.learn_name(conn, case.enrolment, taken.mail.sender_name)
    made = posting.put(conn, said, now, state="accepted")
    if posting.unread(conn, made):
        posts.change_state(conn, made, "held")
        return hold_mail(conn, taken, "the course has no instructor who could read it")
    posting.pass_on(conn, letters, made, now)
    told = may_be_answered(taken.mail, taken.known) and receipt.give(
        conn, letters, said, made, taken.mail.message_id, now
    )
    what = "posted" if len(made) == 1 else f"posted as {len(made)} posts"
    return f"{what}{', and said so' if told else ''}"


def hold_post(conn: sa.Connection, case: Case, said: posting.Said, why: str) -> str:
    """Hold a mail as the posts that it would become, and ask the instructors."""
    letters, taken, now = case.letters, case.taken, case.now
    waiting = posting.put(conn, said, now, state="held")
    asked = hold.ask_instructors(conn, letters, taken.inbox, waiting, said.author, why, now)
    return hold_mail(conn, taken, why) + (f"; {asked} instructors asked" if asked else "")


def hold_and_ask(conn: sa.Connection, case: Case, why: str) -> str:
    """Hold a mail of which it is not sure who wrote it, and ask the student."""
    taken = case.taken
    asked = may_be_answered(taken.mail, taken.known) and confirm_sender.ask(
        conn, case.letters, taken.inbox, taken.mail.sender or "", case.enrolment, case.now
    )
    return hold_mail(conn, taken, why) + ("; the student was asked" if asked else "")


def said_by(conn: sa.Connection, case: Case) -> posting.Said:
    """Return what somebody has written, once its files are kept."""
    taken, author = case.taken, case.enrolment
    files = tuple(keep(conn, taken.files, taken.inbox, author.id))
    quoted = "" if _speaking_files(taken, files) else taken.mail.body.whole
    parts = [part for part in taken.parts if part.text.strip()]
    return posting.Said(
        inbox=taken.inbox,
        author=author,
        answers=taken.answers,
        about=taken.about,
        parts=parts or [Answer(None, taken.trimmed.reply or quoted)],
        elided=all_cut(taken.trimmed.elided, taken.mail.body.cut),
        files=files,
        whole=taken.whole,
    )


def _doubt(conn: sa.Connection, case: Case, said: posting.Said) -> str:
    """Return why a person must look at a post first; empty if it may go on."""
    taken = case.taken
    if may("post", case.trusted) != "do":
        return "its sender is not proven to be the student"
    if not any(part.text.strip() for part in taken.parts):
        if not _speaking_files(taken, said.files):
            return "nothing is left but what was quoted"
        if not posting.files_go_along(conn, said):
            return "it brings a file and no words, and the class would only read the file's name"
    if taken.is_cut:
        return "it is larger than is fetched; here is its beginning"
    if taken.trimmed.confidence < SURE_ENOUGH:
        return "what was quoted and what was written is not clear"
    return ""


def _speaking_files(taken: Taken, files: Sequence[PostFile]) -> list[PostFile]:
    """Return the files that say something without words: a photo does, a small logo may not."""
    logos = {each.file.sha256 for each in taken.files if may_be_logo(each.file)}
    return [each for each in files if each.state == "passed" and each.sha256 not in logos]
