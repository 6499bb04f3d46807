"""Text of a reply: trimmed, by post, and in its restorable form."""

from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.reply.per_post import ReplyPart, split_by_post
from maildriver.mail.reply.restorable import restorable_text
from maildriver.mail.reply.trim import Trimmed, trim


@dataclass(frozen=True, slots=True)
class ReplyText:
    """All forms of a reply's text."""

    trimmed: Trimmed
    parts: tuple[ReplyPart, ...]  # by answered post
    restorable: str  # see reply.restorable


def read_reply(
    text: str,
    sent: Sequence[str],
    html_quote: str,
    earlier: Sequence[EarlierMail],
    answered_kind: str,
) -> ReplyText:
    """Return all forms of a reply's text; see `reply.trim` for the arguments.

    `answered_kind` is the kind of our message that the reply answers: a digest has several posts.
    """
    trimmed = trim(text, sent, html_quote, earlier)
    parts: Sequence[ReplyPart] = (ReplyPart(None, trimmed.reply),)
    if answered_kind == "digest":
        parts = split_by_post(text, sent, html_quote, earlier)
    all_of_it = ""
    if trimmed.elided or html_quote:
        all_of_it = restorable_text(text, sent, html_quote, earlier, trimmed.reply)
    return ReplyText(trimmed, tuple(parts), all_of_it)
