"""What a message says about mail that did not arrive.

The order is that of evidence: delivery reports (RFC 3464), X-Failed-Recipients, and
last the patterns of flufl.bounce, which calls two in three passing troubles permanent.
So a failure counts as permanent only where the report says that the address is no good.
"""

import email
import re
from dataclasses import dataclass
from email.policy import compat32

from flufl.bounce import all_failures

from maildriver.domain.autoreply import bare_subject, is_answer
from maildriver.domain.mail import Mail, Report
from maildriver.domain.prescan import prescan

_SENDER = re.compile(
    r"mailer-?daemon|post[_-]?master|mail delivery|microsoft ?exchange|mail ?administrator"
    r"|maildaemon|mail subsystem|delivery (sub)?system|^mdaemon@|\bmdaemon@"
    r"|smtp[_-]?mail[_-]?service"
    r"|antivirus_for_smtp|\bndr@",
    re.IGNORECASE,
)
#: These write about other things too.
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
    r"|error sending your mail|address(es)? (not found|unknown)|recipient (not found|unknown)"
    r"|konnte nicht (zugestellt|übermittelt)|nicht (ausgeliefert|übermittelt|zugestellt)"
    r"|(non|mancat[ao]|errore di) (consegn|recapit)|falha (na|de) entrega|devolvid[ao]"
    r"|no entregado|(fallo|error) (en la|de) entrega|échec de (la )?(remise|distribution)"
    r"|non distribu|nie można dostarczyć|zwrot wiadomo|teslim edilemedi|levering mislukt"
    r"|niet (worden )?afgeleverd|kan (inte|ikke) lever|kunne ikke lever|не может быть доставлен"
    r"|недоставк|配信できません|配信に失敗|送信できません|未送达|退回|無法(傳遞|投遞)|无法(投递|送达)",
    re.IGNORECASE,
)
#: What a report says and a person who writes about one rarely does.
_BODY = re.compile(
    r"\b[45]\d\d[ -][45]\.\d{1,3}\.\d|\b(rcpt to:|smtp error|error code)|user unknown"
    r"|unknown user|(could|can) ?not be delivered|(unable|failed) to deliver"
    r"|failed recipients|not? (be )?delivered to|delivery attempts|permanent(ly)? (fatal )?err",
    re.IGNORECASE,
)
#: RFC 3463 3.2 and 3.5, as far as they say that the address is no good.
_PERMANENT = {"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.4.4"}
_UNKNOWN = re.compile(
    r"user unknown|unknown (user|recipient|mailbox|local part)|no such (user|recipient|mailbox"
    r"|person|address|account)|does(n't| not) exist|host (unknown|not found)|invalid (recipient"
    r"|mailbox|address|user)|no mailbox here|not a valid (user|mailbox)|recipient not found"
    r"|address unknown|name or service not known",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,128}@[A-Za-z0-9.-]{1,253}")


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address that could not be reached."""

    address: str
    permanent: bool
    text: str = ""


def looks_like_a_bounce(mail: Mail) -> str:
    """Return the rule by which a message is a delivery report, or nothing."""
    if mail.report_type == "delivery-status" or mail.reports:
        return "delivery report"
    if mail.report_type == "disposition-notification":
        return "a rejection" if "reject" in mail.header("auto-submitted") else ""
    if mail.header("x-failed-recipients"):
        return "X-Failed-Recipients"
    sender = f"{mail.sender_name} {mail.sender or ''}"
    if _SENDER.search(sender):
        return "sent by a mail system"
    if not _SUBJECT.search(mail.subject):
        return ""
    if mail.header("return-path") == "<>":
        return "subject of a delivery report, without a return path"
    if mail.sender is None:
        return "subject of a delivery report"
    # Who answers a report has its subject behind "Re:"; who reports puts it behind ours.
    answers_a_report = is_answer(mail.subject) and _SUBJECT.match(bare_subject(mail.subject))
    if mail.in_reply_to or mail.references or answers_a_report:
        return ""
    if mail.returned_ids:
        return "subject of a delivery report, with what it brings back"
    if _GATEWAY.search(sender):
        return "subject of a delivery report, from a gateway"
    if _BODY.search(mail.body.text[:4000]):
        return "subject and words of a delivery report"
    return ""


def read_bounces(mail: Mail, raw: bytes) -> tuple[Bounce, ...]:
    """Return the addresses that a delivery report speaks of."""
    reports = [each for each in mail.reports if each.action in {"failed", "", "delayed"}]
    if mail.reports:
        return tuple(_of_report(each, mail.body.text) for each in _distinct(reports))
    named = _ADDRESS.findall(mail.header("x-failed-recipients"))
    if named:
        permanent = bool(_UNKNOWN.search(mail.body.text))
        return tuple(Bounce(each, permanent) for each in dict.fromkeys(named))
    return _by_pattern(raw, mail.body.text)


def _of_report(report: Report, text: str) -> Bounce:
    if report.action == "delayed" or report.status.startswith("4"):
        return Bounce(report.address, permanent=False, text=report.text)
    permanent = report.status in _PERMANENT or bool(_UNKNOWN.search(report.text or text))
    return Bounce(report.address, permanent, report.text)


def _distinct(reports: list[Report]) -> list[Report]:
    return list({each.address.lower(): each for each in reversed(reports)}.values())[::-1]


def _by_pattern(raw: bytes, text: str) -> tuple[Bounce, ...]:
    if prescan(raw) is not None:
        return ()
    try:
        message = email.message_from_bytes(raw.lstrip(b"\r\n"), policy=compat32)
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001 - it raises a dozen kinds of errors on odd mail
        return ()
    hard = bool(_UNKNOWN.search(text))
    found = [
        Bounce(each.decode("ascii", "replace"), hard and each in permanent)
        for each in sorted({*temporary, *permanent})
    ]
    return tuple(found)
