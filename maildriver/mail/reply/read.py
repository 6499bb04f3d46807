"""What a person wrote in a mail: all that is read of its words, at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.mail.boilerplate.learned_signature import Earlier
from maildriver.mail.reply.per_post import Answer, split_answers
from maildriver.mail.reply.restorable import whole
from maildriver.mail.reply.trim import Trimmed, trim


@dataclass(frozen=True, slots=True)
class Written:
    """The words of a mail."""

    trimmed: Trimmed
    parts: tuple[Answer, ...]  # by the post that each part answers
    whole: str  # see mail.whole


def written(
    text: str,
    sent: Sequence[str],
    aside: str,
    earlier: Sequence[Earlier],
    answered: str,
) -> Written:
    """Return what a mail says; see `reply.trim` for what it is told.

    `answered` is the kind of our message that it answers: a digest has several posts to answer.
    """
    trimmed = trim(text, sent, aside, earlier)
    parts: Sequence[Answer] = (Answer(None, trimmed.reply),)
    if answered == "digest":
        parts = split_answers(text, sent, aside, earlier)
    all_of_it = ""
    if trimmed.elided or aside:
        all_of_it = whole(text, sent, aside, earlier, trimmed.reply)
    return Written(trimmed, tuple(parts), all_of_it)
