"""The reply to a confirm mail."""

from maildriver.domain.hold_reason import HoldReason, Why
from maildriver.enrolment import lifecycle
from maildriver.feature import Doubtful, ExpectedReply, Settled
from maildriver.letters.writer import Turn
from maildriver.mail.command.grammar import Grammar
from maildriver.mail.kind.classify import may


def confirmation(turn: Turn, reply: ExpectedReply) -> Settled | Doubtful:
    """Confirm an enrolment, or end it; in doubt, have a person read the reply."""
    enrolment = reply.enrolment
    refused = reply.grammar.decision(reply.text) is False
    if refused or (reply.command is not None and reply.command.name == "leave"):
        lifecycle.leave(turn.conn, enrolment.id, turn.now)
        return Settled("left before confirming")
    if may("full", reply.trust) != "do":
        return Doubtful(HoldReason(Why.CONFIRMED_FROM_ELSEWHERE), ask_student=True)
    if not reply.released and _may_be_a_no(reply.text, reply.grammar):
        return Doubtful(HoldReason(Why.MAYBE_NO))
    lifecycle.learn_name(turn.conn, enrolment, reply.sender_name)
    begun = lifecycle.confirm(turn.conn, enrolment.id, turn.now)
    return Settled("confirmed" if begun else "confirmed before")


def _may_be_a_no(text: str, grammar: Grammar) -> bool:
    """Return whether a reply begins with a no and continues, so that a person must read it."""
    first = text.strip().partition(",")[0].partition("\n")[0].split()
    return bool(first) and grammar.decision(first[0]) is False
