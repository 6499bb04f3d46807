"""Warning banners that a gateway puts above mail from outside.

A banner is recognised by its topics: the mail's origin, its sender, and what not to click.
"""

import re
from collections.abc import Sequence

from maildriver.mail.boilerplate.disclaimer import RULE, is_personal

#: Word stems, one table per topic, separated by |.
_OUTSIDE = (
    "external|outside|extern|außerhalb|extérieur|estern|fuori|fora d|fuera de|zewnętrzn|spoza"
    "|külső|внешн|зовнішн|външ|dışarıdan|harici|ulkopuol|udefra|utenfra|utifrån|van buiten|vanjsk"
    "|zunanj|extern|בחוץ|חיצוני|خارج|外部|社外|외부|bên ngoài|luar organisasi|ภายนอก|untrusted"
    "|unknown|unverified|not verified"
)
_FROM = (
    "e-?mail|\\bmail|message|sender|organi[sz]ation|\\bcompany\\b|originat|nachricht|absender"
    "|courriel|expéditeur|correo|mensaje|remitente|messaggio|mittente|organizza|mensagem"
    "|remetente|bericht|afzender|organisatie|meddelande|avsändare|besked|afsender|avsender|viesti"
    "|lähettäj|wiadomoś|nadawc|organizacj|zpráv|odesílatel|správ|odosielateľ|levél|üzenet|feladó"
    "|mesaj|expeditor|gönderen|письмо|сообщени|отправител|лист|відправник|съобщени|подател|poruk"
    "|sporočil|pošiljatelj|μήνυμα|αποστολέα|הודעה|דוא|رسالة|بريد|ایمیل|メール|送信|邮件|郵件"
    "|发件人|寄件|메일|발신|thư|pengirim|อีเมล"
)
_DO_NOT_CLICK = (
    "click|\\blinks?\\b|attachment|recogni[sz]e|content is safe|klick|anhäng"
    "|anlage|clique|pièces? jointe|\\bliens?\\b|enlace|adjunto|clic\\b|allegat|collegament"
    "|cliccare|anexo|klik|bijlage|länk|bilag|vedleg|linkkej|liit|załącznik|odkaz|příloh|mellékl"
    "|hivatkoz|ataș|tıkla|ekler|ссыл|вложен|посилан|връзк|privit|σύνδεσμ|συνημμ|קישור|קבצים|روابط"
    "|مرفق|リンク|添付|確認|链接|連結|附件|링크|첨부|liên kết|tautan|ลิงก์"
)
_WARNING = (
    "caution|warning|attention|alert|notice|achtung|vorsicht|warnung|hinweis|avertissement"
    "|attenzione|avviso|avvertenza|atención|aviso|advertencia|atenção|precaución|cuidado|let op"
    "|opgelet|waarschuwing|varning|obs|advarsel|uwaga|ostrożnie|ostrzeżenie|upozornění"
    "|upozornenie|pozor|внимание|увага|huom\\w*|varoitus|figyelem|atenție|dikkat|uyarı|προσοχή"
    "|זהירות"
    "|تنبيه|تحذير|注意|警告|주의|external"
)
_TOPICS = tuple(re.compile(each, re.IGNORECASE) for each in (_OUTSIDE, _FROM, _DO_NOT_CLICK))
_WARNS = re.compile(rf"^\W{{0,8}}({_WARNING})(?!\w)|^\W{{0,4}}[【\[]", re.IGNORECASE)
_KNOWN = re.compile(
    r"^zjqcm\w+$|^\W{0,8}external( e-?mail| sender| message)?(\W*$|\W{1,4}(this|the|do not|use"
    r"|please|be|think"
    r"|verify|caution|exercise|treat|report|if) )|^\W{0,4}(extern|externe|externo|esterno|внешнее"
    r"|外部邮件|外部メール)"
    r"\W{0,4}$|this message is from an? \w+ sender"
    r"|you have not (previously )?(corresponded|received (e-?mails?|messages) from)|think before "
    r"you click"
    r"|sender.{0,20} (is|may be|could|can)( ?not| un| external)"
    r"|^\W{0,8}(this (e-?mail|message) )?(is |was |has )?(originated|sent|comes?|came|from) (from "
    r")?"
    r"(an? )?(outside|external)|you don['’]t often get (e-?mail|mail) from|some people who "
    r"received this message don['’]t often",
    re.IGNORECASE,
)
_CONTINUATION = re.compile(
    rf"{_DO_NOT_CLICK}|absender|learnabout|content is safe|display name", re.IGNORECASE
)
_MOST_LINES = 6
_LONGEST = 400


def banner_lines(lines: Sequence[str], own: Sequence[int]) -> int:
    """Return how many of the writer's first lines are a banner; never all of them."""
    count, found = 0, False
    while count < min(len(own) - 1, _MOST_LINES):
        line = lines[own[count]]
        if len(line) > _LONGEST:
            break
        begins = _is_banner_line(line)
        goes_on = count and own[count] == own[count - 1] + 1 and _CONTINUATION.search(line)
        if not (begins or (goes_on and not is_personal(line)) or RULE.match(line)):
            break
        found = found or begins
        count += 1
    return count if found else 0


def _is_banner_line(line: str) -> bool:
    """Return whether a line warns of mail from outside, and is not a person's sentence."""
    if is_personal(line):
        return False
    outside, where, touch = (each.search(line) is not None for each in _TOPICS)
    warns = _WARNS.search(line) is not None
    return bool(_KNOWN.search(line)) or (outside and where and (touch or warns))
