"""Text of a reply: trimmed, by post, and in its restorable form."""

from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.mail.boilerplate.learned_signature import Earlier
from maildriver.mail.reply.per_post import Answer, split_answers
from maildriver.mail.reply.restorable import whole
from maildriver.mail.reply.trim import Trimmed, trim


@dataclass(frozen=True, slots=True)
class Written:
    """All forms of a reply's text."""

    trimmed: Trimmed
    parts: tuple[Answer, ...]  # by answered post
    whole: str  # see reply.restorable


def written(
    text: str,
    sent: Sequence[str],
    aside: str,
    earlier: Sequence[Earlier],
    answered: str,
) -> Written:
    """Return all forms of a reply's text; see `reply.trim` for the arguments.

    `answered` is the kind of our message that the reply answers: a digest has several posts.
    """
    trimmed = trim(text, sent, aside, earlier)
    parts: Sequence[Answer] = (Answer(None, trimmed.reply),)
    if answered == "digest":
        parts = split_answers(text, sent, aside, earlier)
    all_of_it = ""
    if trimmed.elided or aside:
        all_of_it = whole(text, sent, aside, earlier, trimmed.reply)
    return Written(trimmed, tuple(parts), all_of_it)
