"""Kind of a received message, and the permissions of its sender."""

import re
from dataclasses import dataclass
from typing import Literal

from maildriver.domain.token import SiteAddress
from maildriver.mail.authentication import AuthenticationResult as Authentication
from maildriver.mail.kind.auto_reply import autoreply_rule, bare_subject
from maildriver.mail.kind.bounce import bounce_rule
from maildriver.mail.message import Mail
from maildriver.mail.quoted.quotes import is_forward

Kind = Literal[
    "post", "command", "confirmation", "join", "bounce", "feedback-report", "auto-reply",
    "challenge", "read-receipt", "calendar", "forward", "loop", "empty", "stranger",
]  # fmt: skip

#: Subject prefixes of forwarded mail. Not VS: that is Fwd: in Danish, but Re: in Finnish.
_FORWARD = re.compile(
    r"^\s*(fwd?|wg|tr|rv|i|enc|vb|vl|pd|doorst|i̇?lt|πρθ|пер|пересл|转发|轉寄|转寄|הועבר)\s?[:：]",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"boxbe|bluebottle|spam ?arrest|sender verification|\[verify\]|antispam uol|mailinblack"
    r"|\btmda\b|-confirm-\d",
    re.IGNORECASE,
)
#: The request in the subject of a challenge, and the reason in its text.
_PROVE = re.compile(
    r"(verify|confirm|verification|automated response|authenti\w+|bestätig\w+|confirmez)",
    re.IGNORECASE,
)
_BARRED = re.compile(
    r"allowed senders|to reduce spam|spam ?(blocker|arrest|shield|protection)|\btmda\b"
    r"|await(s|ing) (your|a) confirmation|(is|are) being held|not (on|in) my (white|allow)"
    r"|verify that you are (a (person|human)|human|not a)",
    re.IGNORECASE,
)
_READ = re.compile(
    r"^\s*(read|not read|gelesen|nicht gelesen|ungelesen|lu|non lu|leído|no leído|letto|non letto"
    r"|lido|gelezen|läst|lest|læst|luettu|przeczytano|přečteno|прочитано|已读|已讀|開封済み|읽음"
    r"|return receipt \(displayed\)|lesebestätigung)\s?[:：-]?\s",
    re.IGNORECASE,
)
_WAS_READ = re.compile(
    r"this is a return receipt|(was|wurde|er|is|werd|blev|ble) .{0,40}(read|displayed|gelesen"
    r"|gelezen"
    r"|læst|lest|without being read)\b.{0,6}( on )?.{0,8}\d|wurde am .{4,40} gelesen|a été lu le"
    r"|fue leído|è stato letto|foi lid[ao]|lästes|прочитано|阅读|已讀|開封|읽",
    re.IGNORECASE,
)
_RECEIPT_WORDS = 60
_MOST_OF_TEXT = 2000
_MOST_HOPS = 50
_ASK = "ask its writer to send it again as plain text"


@dataclass(frozen=True, slots=True)
class SenderFacts:
    """Facts from the database about a message and its sender; all empty without a site."""

    site_address: SiteAddress | None = None
    token_kind: str = ""  # the kind of our message with that token, "" without a token
    expects: str = ""  # what a reply to that message is; see domain.message_kind
    token_found_in: str = ""  # where the token was found
    recipient_address: str = ""  # the address to which that message was sent, in lower case
    recipient_writes_from: tuple[str, ...] = ()  # that student's other addresses, in lower case
    sender_enrolled: bool = False
    sender_confirmed: bool = False  # the student has confirmed having written the mail
    requested_course: str = ""  # the course that the mail asks to join, if that exists
    our_subjects: tuple[str, ...] = ()  # of our mails: a student's reply repeats one
    authentication: Authentication = "none"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The kind of a message, and the deciding rule."""

    kind: Kind
    rule: str


def classify(mail: Mail, facts: SenderFacts) -> Verdict:
    """Return the kind of a message and the first rule that matched, before commands are read."""
    return _machine_verdict(mail, facts) or _person_verdict(mail, facts)


def _machine_verdict(mail: Mail, facts: SenderFacts) -> Verdict | None:
    """Return the kind of an automatic message; None for a person's."""
    if rule := _loop_rule(mail, facts):
        return Verdict("loop", rule)
    if mail.report_type == "feedback-report":
        return Verdict("feedback-report", "feedback report (RFC 5965)")
    if mail.report_type == "disposition-notification" and not bounce_rule(mail):
        return Verdict("read-receipt", "disposition notification (RFC 8098)")
    if _is_read_receipt(mail):
        return Verdict("read-receipt", "its subject and its words say so")
    if facts.token_found_in == "bounce-address" and _is_report(mail):
        return Verdict("bounce", "came to the envelope sender of one of our mails")
    if _is_challenge(mail):
        return Verdict("challenge", "asks its sender to prove that they are a person")
    if rule := bounce_rule(mail):
        return Verdict("bounce", rule)
    if mail.calendar_method and mail.calendar_method != "unknown" and not mail.body.text.strip():
        return Verdict("calendar", "a calendar's answer and nothing else")
    ours = {bare_subject(subject).lower() for subject in facts.our_subjects}
    rule = autoreply_rule(mail)
    if rule and not (rule.startswith("subject") and bare_subject(mail.subject).lower() in ours):
        return Verdict("auto-reply", rule)
    return None


def _person_verdict(mail: Mail, facts: SenderFacts) -> Verdict:
    """Return the kind of a person's message."""
    if mail.danger:
        return Verdict("empty", f"it is not safe to read: {mail.danger}")
    if facts.requested_course and not facts.token_kind:
        if facts.authentication == "fail":
            return Verdict("stranger", "asks to join, and its sender is forged")
        return Verdict("join", f"asks to join {facts.requested_course}")
    if facts.site_address is not None and not facts.token_kind and not facts.sender_enrolled:
        return Verdict("stranger", "no token of ours, and nobody who is enrolled")
    if mail.unreadable:
        return Verdict("empty", f"{mail.unreadable}; {_ASK}")
    if facts.expects == "confirmation":
        return Verdict("confirmation", "answers a confirm mail")
    if _FORWARD.match(mail.subject):
        return Verdict("forward", "its subject says so")
    if mail.body.forwarded:
        return Verdict("forward", "a mail is attached to it")
    if is_forward(mail.body.text):
        return Verdict("forward", "it passes a mail on")
    return Verdict("post", "a person's mail")


def _loop_rule(mail: Mail, facts: SenderFacts) -> str:
    own = facts.site_address
    if own is not None:
        if mail.sender is not None and own.is_ours(mail.sender):
            return "our own address in From"
        if own.token_of(mail.message_id):
            return "a Message-ID of ours"
    if len(mail.headers.get("received", ())) > _MOST_HOPS:
        return "more than 50 stations on its way"
    return ""


def _is_report(mail: Mail) -> bool:
    return bool(bounce_rule(mail)) or mail.header("return-path") == "<>"


def _is_challenge(mail: Mail) -> bool:
    named = _CHALLENGE.search(f"{mail.subject} {mail.sender_name} {mail.sender or ''}")
    asks = _PROVE.search(mail.subject) and _BARRED.search(mail.body.text[:_MOST_OF_TEXT])
    return bool(named or asks or _CHALLENGE.search(mail.body.text[:100]))


def _is_read_receipt(mail: Mail) -> bool:
    """Return whether a message is a read receipt in words, without the part of RFC 8098."""
    text = mail.body.text[:_MOST_OF_TEXT]
    few = len(text.split()) <= _RECEIPT_WORDS
    return bool(few and _READ.match(mail.subject) and _WAS_READ.search(text))


# -- who may do what ---------------------------------------------------------------

Trust = Literal["full", "token", "sender", "none"]


def trust(mail: Mail, facts: SenderFacts) -> Trust:
    """Return how far the sender is known; `may` has the table of permissions."""
    sender = (mail.sender or "").lower()
    genuine = bool(sender) and facts.authentication != "fail"
    if facts.sender_confirmed:
        return "full"
    if facts.token_kind:
        theirs = sender == facts.recipient_address or sender in facts.recipient_writes_from
        return "full" if genuine and theirs else "token"
    return "sender" if genuine and facts.sender_enrolled else "none"


#: What must be known of a sender before something is done: that they answer one of our mails,
#: that their address is enrolled, or both. Others see a post, and a decision is about others, so
#: these need both.
Needs = Literal["token", "sender", "full"]
Permission = Literal["do", "do-and-tell", "hold", "ignore"]


def may(needs: Needs, trusted: Trust) -> Permission:
    """Return whether somebody may do what needs so much; `tell` is a note to the enrolled address.

    A token alone proves which mail is answered, not who answers: a forwarded mail has it too.
    So it is enough for what does no harm and can be undone.
    """
    match trusted:
        case "full":
            return "do"
        case "token":
            return "do-and-tell" if needs == "token" else "hold"
        case "sender":
            return "hold" if needs == "full" else "do-and-tell"
        case "none":
            return "ignore"


def may_write_to_student(mail: Mail, facts: SenderFacts) -> bool:
    """Return whether we may write, unasked, to the student whom a mail names as its sender.

    Not if a server has called the mail forged, and not if a list has sent it (RFC 3834 2).
    """
    lists = any(mail.header(name) for name in ("list-id", "list-unsubscribe", "precedence"))
    return bool(mail.sender) and facts.authentication != "fail" and not lists
