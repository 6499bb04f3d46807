"""The marks of a quotation: prefixes, introductions, header blocks, separators, signatures.

By evidence rather than by sentence: a line introduces a quotation if it holds two of a date
or hour, an address, and a verb of writing or a final colon, in whatever language.
"""

import re
from collections.abc import Sequence

_ADDRESS = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,128}\.\w+")


def _any_of(*groups: str) -> str:
    """Return a pattern for any of the words, which are separated by spaces or, in one, by |."""
    return "|".join(re.escape(word) for group in groups for word in group.split("|"))


_WEEKDAYS = _any_of(
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday",
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonntag",
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
    "segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira",
    "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
)
_DATE = re.compile(
    r"\b\d{1,2}[:.]\d{2}\b|\b\d{1,4}[./-]\d{1,2}[./-]\d{1,4}\b|\b(19|20)\d\d\b"
    rf"|\d{{1,2}}\s?[年月日]|\b({_WEEKDAYS})\b",
    re.IGNORECASE,
)
_VERBS = _any_of(
    "wrote|writes|said|sent|schrieb|schreef|a écrit|ecrit|escribió|escribio|escreveu|ha scritto",
    "scrisse|skrev|kirjoitti|napsal|napísal|napisał|pisze|napisao|je napisal|írta|yazdı",
    "έγραψε|написал|написа|пишет|написав|כתב|كتب|نوشت|viết|menulis|va escriure|scris|rašė",
    "rakstīja|kirjutas|het volgende geschreven",
)
_VERB = re.compile(rf"\b({_VERBS})\b|写道|寫道|のメッセージ|님이|작성|さんは書きました", re.IGNORECASE)
_LABELS = _any_of(
    "from|sent|to|subject|date|cc|reply-to|von|gesendet|an|betreff|datum|de|envoyé|à|objet",
    "enviado|enviado el|para|asunto|assunto|fecha|data|da|inviato|a|oggetto|van|verzonden|aan",
    "onderwerp|från|skickat|till|ämne|fra|sendt|til|emne|lähettäjä|lähetetty|vastaanottaja|aihe",
    "od|odesláno|komu|předmět|do|wysłano|temat|kimden|gönderilen|gönderildi|kime|konu|feladó",
    "elküldve|címzett|tárgy|от|отправлено|кому|тема|дата|від|发件人|发送时间|收件人|主题|寄件者",
    "寄件日期|收件者|主旨|差出人|送信日時|宛先|件名|보낸 사람|보낸 날짜|받는 사람|제목",
    "מאת|נשלח|אל|נושא|من|إلى|الموضوع|تاريخ",
)
_LABEL = re.compile(rf"^\W{{0,3}}({_LABELS})\W{{0,3}}[:：]", re.IGNORECASE)
_ORIGINAL = _any_of(
    "original message|original|originale|originalny|originalnachricht|ursprüngliche nachricht",
    "forwarded message|forwarded|weitergeleitete|message d'origine|mensaje original",
    "mensagem original|messaggio originale|oprindelig meddelelse|ursprungligt meddelande",
    "oorspronkelijk bericht|reply above|reply",
)
_SEPARATOR = re.compile(rf"^\W{{0,3}}[-_=* ]{{2,}}\s*({_ORIGINAL})\b.*$", re.IGNORECASE)
_RULE = re.compile(r"^\s*[_\-=*]{5,}\s*$")
_SENT_FROM = re.compile(
    r"^\W{0,3}(sent (from|via|with|using) (my (?!desk)|the|your|outlook|mail|yahoo|proton|an? )"
    r"|get outlook for|gesendet (mit|von)|von meinem .{1,30} gesendet"
    r"|diese nachricht wurde von mein|envoyé (de|depuis|à partir)|inviato (da|dal)"
    r"|enviado (desde|do|de|a partir|através)|verzonden (vanaf|met|van)|verstuurd vanaf"
    r"|skickat från|sendt fra|lähetetty|odesláno z|wysłane z|wysłano z|отправлено (с|из)"
    r"|надіслано з|iphone(から|から送信)|从我的|發自我的|发自我的|나의 .{1,20}에서 보냄|gönderildi"
    r"|.{1,20}'(ım|im)den gönderildi|trimis de pe|elküldve|στάλθηκε από|poslano z|נשלח מ"
    r"|أُرسلت من)",
    re.IGNORECASE,
)
_SIGNATURE = re.compile(r"^-- ?$|^—\s*$|^_{2,4}$")
_MOST_INTRO = 4
_FAR = 8  # lines of a signature


def marks(lines: Sequence[str]) -> tuple[list[bool], list[str]]:
    """Return for each line whether it is quoted or a signature, and what showed that."""
    reasons: list[str] = []
    cut = _prefixed(lines)
    if any(cut):
        reasons.append("lines marked with >")
    start = _block_start(lines, cut)
    if start is not None:
        reasons.append("a block of headers or a separator")
        cut[start:] = [True] * (len(lines) - start)
    before = sum(cut)
    cut = with_intros(lines, cut)
    if sum(cut) > before:
        reasons.append("a line that introduces a quotation")
    if _cut_signature(lines, cut):
        reasons.append("a signature")
    return cut, reasons


def looks_quoted(text: str) -> bool:
    """Whether a reply still holds what looks like a quotation."""
    lines = text.split("\n")
    return any(_LABEL.match(line) and _ADDRESS.search(line) for line in lines) or any(
        line.startswith(">") and not line.startswith(">>>") for line in lines[-2:]
    )


def _prefixed(lines: Sequence[str]) -> list[bool]:
    """Mark lines that begin with >, unless they are a Python prompt."""
    quoted = [line.lstrip(" \t|").startswith(">") for line in lines]
    prompts = all(
        line.lstrip().startswith(">>>")
        for line, is_quoted in zip(lines, quoted, strict=True)
        if is_quoted
    )
    return [False] * len(lines) if prompts else quoted


def _block_start(lines: Sequence[str], cut: Sequence[bool]) -> int | None:
    """Return the line on which everything below begins to be somebody else's."""
    labels = [
        bool(_LABEL.match(line)) and not is_cut for line, is_cut in zip(lines, cut, strict=True)
    ]
    own_above = False
    for number, line in enumerate(lines):
        if _SEPARATOR.match(line) and own_above:
            return number
        block = sum(labels[number : number + 6])
        if labels[number] and block >= 3 and own_above:
            while number and (not lines[number - 1].strip() or _RULE.match(lines[number - 1])):
                number -= 1  # noqa: PLW2901 - the rule above belongs to the block
            return number
        own_above = own_above or bool(line.strip())
    return None


def with_intros(lines: Sequence[str], cut: Sequence[bool]) -> list[bool]:
    """Mark the lines that introduce a quotation, right above what is marked or alone."""
    result = list(cut)
    for number in range(len(lines)):
        if result[number] or not lines[number].strip():
            continue
        size = _intro_size(lines, result, number)
        if size:
            result[number : number + size] = [True] * size
            if not _followed_by_own_quote(lines, result, number + size):
                result[number:] = [True] * (len(lines) - number)
    return result


def _intro_size(lines: Sequence[str], cut: Sequence[bool], number: int) -> int:
    """Return how many lines an introduction that begins here takes; 0 if there is none."""
    joined = ""
    for size in range(1, _MOST_INTRO + 1):
        place = number + size - 1
        if place >= len(lines) or cut[place] or not lines[place].strip():
            return 0
        joined = f"{joined} {lines[place].strip()}"
        if len(joined) > 400:
            return 0
        if _introduces(joined):
            return size
    return 0


def _introduces(text: str) -> bool:
    ends = text.rstrip(" *_").endswith((":", "：", "写道", "寫道"))
    date, address, verb = _DATE.search(text), _ADDRESS.search(text), _VERB.search(text)
    if not ends:
        return bool(date and address and verb and text.rstrip().endswith(">"))
    return bool(date and (address or verb)) or bool(address and verb)


def _followed_by_own_quote(lines: Sequence[str], cut: Sequence[bool], start: int) -> bool:
    """Whether the quotation that was introduced is marked; else all that follows is it."""
    for line, is_cut in zip(lines[start:], cut[start:], strict=True):
        if line.strip():
            return is_cut
    return True


def _cut_signature(lines: Sequence[str], cut: list[bool]) -> bool:
    """Mark the signature at the end of the writer's own lines."""
    own = [number for number, line in enumerate(lines) if not cut[number] and line.strip()]
    found = False
    for place, number in enumerate(own):
        rest = own[place:]
        if (_SENT_FROM.match(lines[number]) and len(lines[number]) < 100 and len(rest) <= 3) or (
            _SIGNATURE.match(lines[number]) and len(rest) <= _FAR + 1 and place
        ):
            found = True
        else:
            continue
        for each in rest:
            cut[each] = True
        break
    return found
