"""The decision whether a mail becomes posts or is held."""

from collections.abc import Sequence

import sqlalchemy as sa

from maildriver.discussion import posting, receipt
from maildriver.discussion.posting import Draft, DraftPart
from maildriver.domain.hold_reason import HoldReason, Why
from maildriver.domain.post import PostFile
from maildriver.enrolment import lifecycle
from maildriver.inbound.decision import Decision, done, held
from maildriver.inbound.files import keep
from maildriver.inbound.understood import Understood
from maildriver.letters.writer import Turn
from maildriver.mail.command.grammar import Grammar
from maildriver.mail.file_policy import may_be_logo
from maildriver.mail.kind.classify import may, may_write_to_student
from maildriver.mail.reply.per_post import ReplyPart
from maildriver.mail.reply.restorable import all_cut_text
from maildriver.moderation import confirm_sender, hold
from maildriver.moderation.hold import HeldPosts
from maildriver.store import posts

#: With less confidence a person decides which lines are quoted and which are new.
SURE_ENOUGH = 0.5


def post(turn: Turn, grammar: Grammar, mail: Understood) -> Decision:
    """Make posts of a mail and write the receipt, or hold it."""
    draft = _draft(turn.conn, grammar, mail)
    if not mail.released and (doubt := _doubt(turn.conn, mail, draft)):
        if mail.trust == "token":
            _ask_student(turn, mail)
        return _hold(turn, mail, draft, doubt)
    lifecycle.learn_name(turn.conn, mail.author, mail.mail.sender_name)
    made = posting.put(turn, draft, state="accepted")
    if posting.unread(turn.conn, made):
        posts.change_state(turn.conn, made, "held")
        return held(HoldReason(Why.NO_INSTRUCTOR))
    posting.pass_on(turn, made)
    said = may_write_to_student(mail.mail, mail.facts) and receipt.put_receipt(
        turn, draft, made, mail.mail.message_id
    )
    what = "posted" if len(made) == 1 else f"posted as {len(made)} posts"
    return done(mail.verdict.rule, f"{what}{', and said so' if said else ''}")


def hold_forward(turn: Turn, grammar: Grammar, mail: Understood) -> Decision:
    """Hold a mail that passes another on, and ask the instructors."""
    draft, why = _draft(turn.conn, grammar, mail), HoldReason(Why.FORWARDED)
    return _hold(turn, mail, draft, why, rule=mail.verdict.rule)


def hold_and_ask(turn: Turn, mail: Understood, why: HoldReason) -> Decision:
    """Hold a mail of uncertain origin, and ask the student about it."""
    return held(why, "; the student was asked" if _ask_student(turn, mail) else "")


def _ask_student(turn: Turn, mail: Understood) -> bool:
    """Ask the student whether a mail is theirs; return whether they are asked."""
    return may_write_to_student(mail.mail, mail.facts) and confirm_sender.ask(
        turn, mail.mail_id, mail.mail.sender or "", mail.author
    )


def _hold(turn: Turn, mail: Understood, draft: Draft, why: HoldReason, rule: str = "") -> Decision:
    waiting = posting.put(turn, draft, state="held")
    shown = [posts.get(turn.conn, post_id) for post_id in waiting]
    asked = hold.ask_instructors(turn, HeldPosts(mail.mail_id, draft.author, shown, why))
    return held(rule or why, f"; {asked} instructors asked" if asked else "")


def _draft(conn: sa.Connection, grammar: Grammar, mail: Understood) -> Draft:
    """Return the draft that a mail contains, after storing the files of the mail."""
    body, author = mail.mail.body, mail.author
    files = tuple(keep(conn, mail.files, mail.mail_id, author.id))
    quoted = "" if _speaking_files(mail, files) else body.full_text
    whole = ReplyPart(None, mail.text.trimmed.reply or quoted)
    parts = [part for part in mail.text.parts if part.text.strip()]
    return Draft(
        mail_id=mail.mail_id,
        author=author,
        in_reply_to=mail.context.in_reply_to,
        about=mail.context.about,
        parts=[DraftPart.of(each, grammar) for each in parts or [whole]],
        elided=all_cut_text(mail.text.trimmed.elided, body.html_quote),
        files=files,
        restorable=mail.text.restorable,
    )


def _doubt(conn: sa.Connection, mail: Understood, draft: Draft) -> HoldReason | None:
    """Return why a person must see a draft first; None if it may be posted."""
    if may("full", mail.trust) != "do":
        return HoldReason(Why.UNPROVEN)
    if not any(part.text.strip() for part in mail.text.parts):
        if not _speaking_files(mail, draft.files):
            return HoldReason(Why.ONLY_QUOTED)
        if not posting.files_go_along(conn, draft):
            return HoldReason(Why.ONLY_FILE)
    if mail.is_truncated:
        return HoldReason(Why.TOO_LARGE)
    if mail.text.trimmed.confidence < SURE_ENOUGH:
        return HoldReason(Why.UNCLEAR_QUOTATION)
    return None


def _speaking_files(mail: Understood, files: Sequence[PostFile]) -> list[PostFile]:
    """Return the files that are worth a post without words: a photo is, a logo may not be."""
    logos = {each.file.sha256 for each in mail.files if may_be_logo(each.file)}
    return [each for each in files if each.state == "passed" and each.sha256 not in logos]
