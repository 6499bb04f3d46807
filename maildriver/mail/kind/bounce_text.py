"""Failed addresses in free-text delivery reports, and whether these exist.

Every mail system words its reports differently, but the failed address begins a line, is
alone on a line, or follows a word such as "to" or "recipient".
"""

import re
from collections.abc import Collection, Iterator
from email import message_from_string
from email.message import Message

from maildriver.mail.mime.parts import children

ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,128}@[A-Za-z0-9.-]{1,253}[A-Za-z0-9]")
#: Lines from which on a report shows the returned mail.
_COPY = re.compile(
    r"^\W{0,80}(below this line|(this|here|included) is (a|the|your) (copy|original|message)"
    r"|a copy of"
    r"|(the )?original message( headers?| header| text| follows?)*\W*$|message (text"
    r"|headers?) follow"
    r"|(returned|unsent|undelivered|your original) message( follows?| below| headers?)*\W*$"
    r"|ursprüngliche (nachricht|kopfzeilen)|en-têtes de message d'origine|return-path:|received:"
    r"|encabezados de mensajes? original|message-id:|x-[a-z-]{3,40}:|dkim-signature:"
    r"|mime-version:)",
    re.IGNORECASE,
)
_LABELS = re.compile(
    r"^\W{0,6}(from|von|de|da|van|från|fra|od|от|差出人|发件人|보낸 사람|sender|reply-to|absender"
    r"|message-id|in-reply-to|references|x-original|mail from|generating server)\s?[:：]",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"(?<!\w)(to|an|à|para|aan|till|til|do|recipients?|rcpt|address|user|account|mailbox|for"
    r"|empfänger|destinat\w+|ontvanger|mottagare|adresat\w*|кому|для|收件人|받는 사람"
    r"|宛先)[\W_]{0,12}"
    r"(mailto:)?$|(收件人|받는 사람|宛先)\W{0,6}$",
    re.IGNORECASE,
)
#: Addresses of machines and help desks, never of a student.
_SERVICE = re.compile(
    r"^(post-?master|mailer-?daemon|mdaemon|abuse|no-?_?reply|do-?not-?reply|helpdesk|support"
    r"|admin(istrator)?|root|daemon|hostmaster|webmaster|info|microsoftexchange\w*|bounces?)@",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"user unknown|unknown (user|recipient|mailbox|local part|address|account)|no such (user"
    r"|recipient|mailbox|person|address|account|domain)|does(n't| not) exist|host (unknown"
    r"|not found)"
    r"|invalid (recipient|mailbox|address|user)|no mailbox here|not a valid (user|mailbox)"
    r"|(recipient|user|mailbox|account|address)( was)? not found|address unknown|user doesn't have"
    r"|name or service not known|recip(ient)?notfound|not listed in (the )?\w{0,20} ?(domino )?"
    r"(directory|address book)|no valid recipients|unrouteable|(couldn't|could not"
    r"|wasn't) (be )?found"
    r"|user not known|(adresse|konto|empfänger|postfach|benutzer) (existiert nicht"
    r"|(ist )?unbekannt)|(adresse|destinataire|utilisateur) (inconnue?|n['’]existe pas)"
    r"|(usuario|buzón|dirección|destinatario) (desconocid[oa]|no existe)"
    r"|(usuário|endereço|destinatário) (desconhecido|não existe|inexistente)"
    r"|(utente|indirizzo|destinatario) (sconosciut[oa]|non esiste|inesistente)"
    r"|onbekende (gebruiker|ontvanger)|(adres|gebruiker|postbus) bestaat niet"
    r"|nie ma takiego|(adres|użytkownik|konto|skrzynka) nie istnieje|(пользователь|адрес|ящик"
    r"|получатель) (не найден|не существует)|(地址|用户|收件人|邮箱)[^\n]{0,60}不存在"
    r"|ユーザが?存在しません|存在しないユーザ|존재하지 않는 (사용자|메일|계정|주소)"
    r"|(?<![\d.])5\.1\.([1236]|10)(?![\d.]\d)|(?<![\d.])5\.4\.4(?!\d)",
    re.IGNORECASE,
)
#: Some reports begin with fields of the returned mail's header, and explain below.
_NAMED_FIRST = re.compile(r"^\W{0,80}(message-id|x-[a-z-]{3,40}):", re.IGNORECASE)
_NOT_YET = re.compile(
    r"warning message only|has not yet been delivered|has been delayed|will (continue|keep) "
    r"(to try|trying|to be)|still being retried|delivery attempts will continue"
    r"|do not need to resend",
    re.IGNORECASE,
)
_LONGEST = 20_000
_MOST_LINES = 400
_MOST = 50


def says_address_unknown(text: str) -> bool:
    """Return whether a report says that an address, or its host, does not exist."""
    said = "\n".join(_above_the_copy(text))
    return _UNKNOWN.search(said) is not None and not _NOT_YET.search(said)


def _above_the_copy(text: str) -> list[str]:
    """Return the lines of a report above the returned mail."""
    lines = text[:_LONGEST].split("\n")
    ends = (
        at
        for at, line in enumerate(lines)
        if at and _COPY.match(line[:1000]) and not _NAMED_FIRST.match(line)
    )
    return lines[: next(ends, None)]


def failed_addresses(
    text: str, message: Message, sender: str, recipients: Collection[str]
) -> list[str]:
    """Return the failed addresses in a report; `sender` and `recipients` are the report's."""
    ours = {each.lower() for each in (sender, *recipients)}
    told = list(_named_addresses(text, ours))
    found = [address for address, is_strong in told if is_strong] or [each for each, _ in told[:1]]
    if not found:
        domains = {each.lower().rpartition("@")[2] for each in recipients}
        returned = _returned_recipients(text, message)
        found = [each for each in returned if each.lower().rpartition("@")[2] not in domains]
    if not found:  # a report to the failed mailbox itself
        found = [each for each, is_strong in _named_addresses(text, {sender.lower()}) if is_strong]
    distinct = {address.lower(): address for address in reversed(found)}
    return list(distinct.values())[::-1][:_MOST]


def is_machine_address(address: str) -> bool:
    """Return whether an address belongs to a mail system or a help desk."""
    return _SERVICE.match(address) is not None


def _named_addresses(text: str, ours: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Yield each address above the returned mail, and whether its line calls it failed."""
    lines = text[:_LONGEST].split("\n")[:_MOST_LINES]
    for line in (each[:1000] for each in lines):
        if _COPY.match(line):
            return
        if _LABELS.match(line):
            continue
        for match in ADDRESS.finditer(line):
            address = match[0].lstrip("'=").removeprefix("mailto:")
            if address.lower() in ours or is_machine_address(address):
                continue
            before = line[: match.start()]
            alone = not before.strip(" \t<>\"'-*|([:#")
            yield address, alone or _LEADS.search(before[-60:]) is not None


def _returned_recipients(text: str, message: Message) -> Iterator[str]:
    """Yield the recipients of the returned mail."""
    for part in message.walk():
        kind = part.get_content_type()
        head: Message | None = None
        if kind == "message/rfc822":
            head = next(iter(children(part)), None)
        elif kind.endswith("rfc822-headers"):
            content = part.get_payload(decode=True)
            shown = content[:_LONGEST].decode("latin-1") if isinstance(content, bytes) else ""
            head = message_from_string(shown)
        if head is not None:
            yield from ADDRESS.findall(str(head.get("To", ""))[:1000])
            return
    for line in text[:_LONGEST].split("\n"):
        if line[:40].lower().lstrip("> ").startswith("to:"):
            yield from ADDRESS.findall(line[:1000])
            return
