"""Delivery reports, and the failed addresses in them.

The strongest evidence comes first: RFC 3464 fields, X-Failed-Recipients, and last the patterns
of flufl.bounce, which calls two in three transient failures permanent. So a failure is permanent
only where the report says that the address is bad.
"""

import email
import re
from collections.abc import Collection
from dataclasses import dataclass
from email.message import Message
from email.policy import compat32

from flufl.bounce import all_failures

from maildriver.mail.boilerplate.disclaimer import is_personal
from maildriver.mail.kind.auto_reply import bare_subject, has_reply_prefix
from maildriver.mail.kind.bounce_text import (
    ADDRESS,
    failed_addresses,
    is_machine_address,
    says_address_unknown,
)
from maildriver.mail.message import Mail, Report
from maildriver.mail.mime.lenient import LenientMessage
from maildriver.mail.prescan import prescan

_SENDER = re.compile(
    r"mailer-?daemon|post[_-]?master|mail delivery|microsoft ?exchange|mail ?administrator"
    r"|maildaemon|mail subsystem|delivery (sub)?system|^mdaemon@|\bmdaemon@"
    r"|smtp[_-]?mail[_-]?service"
    r"|antivirus_for_smtp|\bndr@",
    re.IGNORECASE,
)
#: A person by the name of Postmaster: a first name precedes it.
_CALLED_SO = re.compile(r"^\W*[A-Z][a-z]{1,20} Postmaster(?=\W)")
#: Senders of delivery reports, but of other mail as well.
_GATEWAY = re.compile(
    r"system administrator|administrat[eo]r|interscan|trend ?micro|surfcontrol|mail ?sweeper"
    r"|mail ?marshal|mail (router|gateway|server|system)|non-?_?delivery|content ?filter|mailer@"
    r"|(^|[ <])(root|daemon|bounces?|mailserver|gateway|firewall|spamfilter)@",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|delivery (status|report|failure|problem|has failed|notification)|failure notice"
    r"|returned mail|mail delivery|delivery failed|non.?deliver|message (not )?delivered"
    r"|unzustellbar|nicht zustellbar|non remis|no se (ha )?podido entregar|impossible de remettre"
    r"|nondeliverable|mail system error|user unknown|warning: could not send"
    r"|could not be delivered|permanent delivery|error during delivery|delivery notification"
    r"|onbestelbaar|niet bezorgd|kunde inte levereras|n[ãa]o (foi )?entregue|mancata consegna"
    r"|non recapitat|niedostarcz|nedoru[čc]|не доставлен|недоставлен|配信不能|退信|배달 ?실패"
    r"|mail failure|returned to sender|returning (message|mail)|\[bounce\]|unable to deliver"
    r"|(delayed|undelivered) mail|mail (was )?delayed|delivery (was )?delayed|message delay"
    r"|^ndn:|(mail|email) error\b|error mail\b|returned e-?mail|undelivered|failed recipient"
    r"|considered unsolicited bulk|a levél nem|kézbesíthet|nelze doručit|neisporuč|δεν παραδόθηκε"
    r"|не удалось доставить|发送失败|발송 ?실패|(echec|échec) de|fehlgeschlagen|levering mislykk"
    r"|error sending your mail|address(es)? (not found|unknown)|recipient (not found|unknown)"
    r"|konnte nicht (zugestellt|übermittelt)|nicht (ausgeliefert|übermittelt|zugestellt)"
    r"|(non|mancat[ao]|errore di) (consegn|recapit)|falha (na|de) entrega|devolvid[ao]"
    r"|no entregado|(fallo|error) (en la|de) entrega|échec de (la )?(remise|distribution)"
    r"|non distribu|nie można dostarczyć|zwrot wiadomo|teslim edilemedi|levering mislukt"
    r"|niet (worden )?afgeleverd|kan (inte|ikke) lever|kunne ikke lever|не может быть доставлен"
    r"|недоставк|配信できません|配信に失敗|送信できません|未送达|退回|無法(傳遞|投遞)|无法(投递|送达)",
    re.IGNORECASE,
)
#: Phrases of a report that a person who writes about one rarely uses.
_BODY = re.compile(
    r"\b[45]\d\d[ -][45]\.\d{1,3}\.\d|\b(rcpt to:|smtp error|error code)|user unknown"
    r"|unknown user|(could|can) ?not be delivered|(unable|failed) to deliver"
    r"|failed recipients|not? (be )?delivered to|delivery attempts|permanent(ly)? (fatal )?err",
    re.IGNORECASE,
)
_ARRIVED = ("deliver", "relay", "expand")  # RFC 3464 2.3.3
_DETAIL = re.compile(r"@|(?<![\d.])[45](\d\d|\.\d\.\d{1,2})(?!\d)")
#: The codes of RFC 3463 3.2 and 3.5 for a bad address.
_PERMANENT = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"}


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address that could not be reached."""

    address: str
    permanent: bool
    text: str = ""


def bounce_rule(mail: Mail) -> str:
    """Return the rule by which a message is a delivery report; empty if it is none."""
    if mail.report_type == "delivery-status" or mail.reports:
        return "delivery report"
    if mail.report_type == "disposition-notification":
        return "a rejection" if "reject" in mail.header("auto-submitted") else ""
    if mail.header("x-failed-recipients"):
        return "X-Failed-Recipients"
    sender = f"{mail.sender_name} {mail.sender or ''}"
    if _SENDER.search(_CALLED_SO.sub("", sender)):
        return "sent by a mail system"
    text = mail.body.text[:4000]
    says_so = bool(_BODY.search(text) and _DETAIL.search(text) and not is_personal(text))
    if not _SUBJECT.search(mail.subject):
        unsent = mail.header("return-path") == "<>"
        return "words of a delivery report, without a return path" if unsent and says_so else ""
    if mail.header("return-path") == "<>":
        return "subject of a delivery report, without a return path"
    if mail.sender is None:
        return "subject of a delivery report"
    # A reply to a report has its subject after "Re:"; a report puts it after our subject.
    answers_a_report = has_reply_prefix(mail.subject) and _SUBJECT.match(
        bare_subject(mail.subject)
    )
    if mail.in_reply_to or mail.references or answers_a_report:
        return ""
    if mail.returned_ids:
        return "subject of a delivery report, with what it brings back"
    if _GATEWAY.search(sender):
        return "subject of a delivery report, from a gateway"
    if says_so:
        return "subject and words of a delivery report"
    return ""


def read_bounces(mail: Mail, raw: bytes) -> tuple[Bounce, ...]:
    """Return the failed addresses in a delivery report."""
    reports = [each for each in mail.reports if not each.action.startswith(_ARRIVED)]
    if mail.reports:
        return tuple(_bounce_of_report(each, mail.body.text) for each in _distinct(reports))
    text = f"{mail.body.text}\n{mail.body.html_quote}"
    named = ADDRESS.findall(mail.header("x-failed-recipients"))
    if named:
        permanent = says_address_unknown(text)
        return tuple(Bounce(each, permanent) for each in dict.fromkeys(named))
    if prescan(raw) is not None:
        return ()
    message = email.message_from_bytes(raw.lstrip(b"\r\n"), LenientMessage, policy=compat32)
    ours = {mail.sender or "", *mail.recipients}
    found = _by_pattern(message, text, ours)
    if found:
        return found
    named = failed_addresses(text, message, mail.sender or "", mail.recipients)
    return tuple(Bounce(each, says_address_unknown(text)) for each in named)


def _bounce_of_report(report: Report, text: str) -> Bounce:
    if report.action.startswith("delay") or report.status.startswith("4"):
        return Bounce(report.address, permanent=False, text=report.text)
    permanent = report.status in _PERMANENT or says_address_unknown(report.text or text)
    return Bounce(report.address, permanent, report.text)


def _distinct(reports: list[Report]) -> list[Report]:
    return list({each.address.lower(): each for each in reversed(reports)}.values())[::-1]


def _by_pattern(message: Message, text: str, ours: Collection[str]) -> tuple[Bounce, ...]:
    """Return the bounces that flufl.bounce finds, without addresses that cannot have failed."""
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - the library raises a dozen kinds of errors on odd mail
        return ()
    hard = says_address_unknown(text)
    never = {each.lower() for each in ours}
    found = [
        Bounce(each.decode("ascii", "replace"), hard and each in permanent)
        for each in sorted({*temporary, *permanent})
    ]
    return tuple(
        each
        for each in found
        if ADDRESS.fullmatch(each.address)
        and each.address.lower() not in never
        and not is_machine_address(each.address)
    )
