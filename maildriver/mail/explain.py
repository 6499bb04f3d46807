"""Explanation of a message: its kind, its reply text, and every rule that fired."""

from collections.abc import Iterator, Sequence

from maildriver.mail.boilerplate.learned_signature import EarlierMail
from maildriver.mail.command.grammar import Command, Grammar, as_facts
from maildriver.mail.explanation import Explanation, Rule
from maildriver.mail.kind.bounce import read_bounces
from maildriver.mail.kind.classify import SenderFacts, Verdict, classify, trust
from maildriver.mail.message import Mail, read_mail
from maildriver.mail.reply.cut_reasons import Cut, cuts_of
from maildriver.mail.reply.trim import Trimmed, marked_lines, trim

#: The rights of a mail by the trust in its sender: see `classify.may`.
TRUST = {
    "full": "it answers a mail of ours, from the address that had it: it may do everything",
    "token": "it answers a mail of ours, from another address: it may pause or leave, and all "
    "else is held",
    "sender": "its sender is enrolled, but it answers none of our mails: it may command, and a "
    "post is held",
    "none": "it answers none of our mails, and its sender is not enrolled: it may ask to join",
}


def explain(
    file: str,
    raw: bytes,
    grammar: Grammar,
    facts: SenderFacts | None = None,
    sent: tuple[str, ...] = (),
    earlier: tuple[EarlierMail, ...] = (),
) -> Explanation:
    """Return the kind of a raw message, the text to keep, and the rules that fired.

    Without a site, `facts` is None; `sent` and `earlier` are as in `reply.trim`.
    """
    mail = read_mail(raw)
    verdict = classify(mail, facts or SenderFacts())
    body = mail.body
    # With `sent`, answers are sought within HTML's quotation; otherwise that is cut whole.
    trimmed = trim(body.full_text, sent, body.html_quote, earlier)
    kind, rule = verdict.kind, verdict.rule
    command = grammar.read(mail.subject, trimmed.reply) if kind == "post" else None
    if command is not None:
        kind, rule = "command", f"the word {command.name}"
    elif kind == "post" and not trimmed.reply.strip():
        kind, rule = "empty", "nothing is left but what was quoted"
    marked = marked_lines(body.full_text, sent, body.html_quote, earlier)
    cuts = cuts_of(marked, trimmed.reasons, sent)
    return Explanation(
        file=file,
        kind=kind,
        rule=rule,
        reply=trimmed.reply,
        elided=_elided(mail, trimmed),
        commands=() if command is None else (as_facts(command),),
        bounces=read_bounces(mail, raw) if kind == "bounce" else (),
        confidence=trimmed.confidence,
        rules=tuple(_rules(mail, verdict, trimmed, cuts, command, facts)),
        files=mail.files,
    )


def _elided(mail: Mail, trimmed: Trimmed) -> str:
    """Return all cut text, with HTML's quotation unless `trim` has already included that."""
    cut = mail.body.html_quote
    read_too = cut and cut.strip() in f"{trimmed.reply}\n{trimmed.elided}"
    return "\n".join(each for each in (trimmed.elided, "" if read_too else cut) if each)


def _rules(
    mail: Mail,
    verdict: Verdict,
    trimmed: Trimmed,
    cuts: Sequence[Cut],
    command: Command | None,
    facts: SenderFacts | None,
) -> Iterator[Rule]:
    """Yield every rule that fired, in the order in which the intake applies them."""
    yield Rule("kind", verdict.rule)
    yield from (Rule("text", each) for each in mail.body.chosen_parts)
    if mail.unreadable:
        yield Rule("text", f"nothing can be read: {mail.unreadable}")
    if mail.body.forwarded:
        yield Rule("text", "the mails that are attached, below the rest")
    yield from (Rule("oddity", each) for each in mail.oddities)
    if mail.body.html_quote:
        lines = sum(1 for line in mail.body.html_quote.splitlines() if line.strip())
        yield Rule("cut", "a part that its program marks as no words of the writer", lines)
    for cut in cuts:
        yield Rule("cut", f"{cut.why}: {cut.first}", cut.lines)
    told = {why for cut in cuts for why in cut.why.split(" or ")}
    yield from (Rule("trimming", each) for each in trimmed.reasons if each not in told)
    if command is not None:
        length = f" for {command.duration.days} days" if command.duration else ""
        yield Rule("command", f"the word {command.name}{length}")
    yield Rule("trust", _trust_in_words(mail, facts))


def _trust_in_words(mail: Mail, facts: SenderFacts | None) -> str:
    """Return the trust in the sender, in words."""
    if facts is not None:
        return TRUST[trust(mail, facts)]
    if mail.sender is None:
        return "From is not one address, so it is nobody's"
    told = "authentication-results" in mail.headers
    checked = "Authentication-Results are there, for a site that knows its server" if told else (
        "nothing says whether that is true"
    )  # fmt: skip
    return f"From is {mail.sender}; {checked}"
