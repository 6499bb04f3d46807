"""Splitting a reply to a digest: text below a quoted post answers that post."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.quoted.our_text import OUR_FOOTER, QUOTE_MARKS
from maildriver.mail.reply.trim import marked_lines

#: A post's label in a digest: [#37 Amina].
_ANCHOR = re.compile(rf"{QUOTE_MARKS}\[#(\d{{1,12}})\b")
_GREETING_WORDS = 4


@dataclass(frozen=True, slots=True)
class ReplyPart:
    """Text of a reply, and the number of the answered post; None if it answers no post."""

    post_number: int | None
    text: str


def split_by_post(
    text: str, sent: Sequence[str] = (), html_quote: str = "", earlier: Sequence[EarlierMail] = ()
) -> list[ReplyPart]:
    """Return the texts of a reply by the post they answer; `sent` are texts it may quote.

    Text above all quotations answers no post, and so does text below a digest that was quoted to
    its end. Only text that `reply.trim` cuts is left out.
    """
    parts: list[tuple[int | None, list[str]]] = []
    anchor: int | None = None
    anchors: set[int] = set()
    after_quotation = True
    for line, is_cut in marked_lines(text, sent, html_quote, earlier):
        if is_cut:
            after_quotation = after_quotation or bool(line.strip(" >"))
            if found := _ANCHOR.search(line):
                anchor = int(found[1])
                anchors.add(anchor)
            elif OUR_FOOTER.search(line):
                anchor = None
            continue
        if after_quotation and line.strip():
            parts.append((anchor, []))
            after_quotation = False
        if parts:
            parts[-1][1].append(line)
    if len(parts) == 1 and len(anchors) > 1 and not after_quotation:
        parts[0] = (None, parts[0][1])  # below several posts: a reply to all of these
    return _merged(parts)


def _merged(parts: list[tuple[int | None, list[str]]]) -> list[ReplyPart]:
    """Return one text for each post; a greeting is joined with the text that follows."""
    texts: dict[int | None, list[str]] = {}
    greeting = ""
    last: int | None = None
    for at, lines in parts:
        text = "\n".join(lines).strip("\n")
        if not texts and len(parts) > 1 and _is_greeting(text):
            greeting = f"{text}\n\n"
            continue
        is_end = bool(texts) and at is None and len(text.split()) <= _GREETING_WORDS
        last = last if is_end else at
        texts.setdefault(last, []).append(greeting + text)
        greeting = ""
    return [ReplyPart(number, "\n\n".join(each)) for number, each in texts.items()]


def _is_greeting(text: str) -> bool:
    return len(text.split()) <= _GREETING_WORDS and text.rstrip().endswith((",", "!", "،", "、"))
