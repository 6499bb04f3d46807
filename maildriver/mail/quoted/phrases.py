"""Phrases that mail programs put around quotations and replies, in many languages.

Data only: another language is another word in these tables. Entries are separated by |.
"""

import re

#: Verbs of attribution lines.
VERBS = (
    "wrote|writes|said|sent|schrieb|schrieb folgendes|hat geschrieben|schreef|geschreven",
    "a écrit|a ecrit|écrit|escribió|escribio|ha escrito|escreveu|ha scritto|scrisse|skrev",
    "skreiv|skrifaði|kirjoitti|napsal|napsala|napísal|napísala|napisał|napisała|pisze",
    "napisao|napisala|je napisal|je napisao|írta|ezt írta|yazdı|şunları yazdı|έγραψε",
    "написал|написала|написал(а)|пишет|писал|писал(а)|написа|написав|написала|пише",
    "כתב|כתבה|كتب|كتبت|نوشت|đã viết|viết|menulis|va escriure|scris|a scris|rašė",
    "rakstīja|kirjutas|idatzi zuen|écrivait|shkroi|написао|ha escrit|escribiu|ने लिखा|تمت كتابة",
    "napísal/a|napisao/la|napsal(a)|napísal(a)|napisał(a)|je napisao/la|написав(ла)|quoting|zitat von",
    "вы писали|вы написали|citando|citace|cituji|cytat|cytowanie|citerar|citeren|idézet",
    "цитирую|цитирование",
    "מאת|wiadomość napisana|citando a|selon|hau idatzi|skrifar|napisa|napisała|kirjoittaa|skriver",
)
#: The same in scripts without spaces between words.
JOINED_VERBS = "写道|寫道|写到|さんは書きました|書きました|のメッセージ|のメール|님이 작성|작성:|쓴 글|เขียนว่า|เขียน:"

WEEKDAYS = (
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun",
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag",
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche",
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo",
    "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica",
    "segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira",
    "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag",
    "måndag|tisdag|onsdag|torsdag|fredag|lördag|söndag|mandag|tirsdag|lørdag|søndag",
    "maanantai|tiistai|keskiviikko|torstai|perjantai|lauantai|sunnuntai",
    "poniedziałek|wtorek|środa|czwartek|piątek|sobota|niedziela",
    "pondělí|úterý|středa|čtvrtek|pátek|neděle|понедельник|вторник|среда|четверг|пятница",
)
#: The first letters of the months: three identify a month.
MONTHS = (
    "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mär|mai|okt|dez|janv|févr|fév|avr|juin",
    "juil|aoû|déc|ene|abr|ago|dic|fev|set|out|gen|mag|giu|lug|ott|mrt|mei|maj|tam|hel|maa",
    "huh|tou|kes|hei|elo|syy|lok|mar|jou|sty|lut|kwi|cze|lip|sie|wrz|paź|lis|gru|led|úno",
    "bře|dub|kvě|čer|srp|zář|říj|pro|янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек",
    "січ|лют|бер|кві|тра|чер|лип|сер|вер|жов|лис|гру|oca|şub|nis|haz|tem|ağu|eyl|eki|kas|ara",
    "ιαν|φεβ|μαρ|απρ|μαΐ|ιουν|ιουλ|αυγ|σεπ|οκτ|νοε|δεκ",
    "ינו|פבר|מרץ|אפר|מאי|יונ|יול|אוג|ספט|אוק|נוב|דצמ",
)

#: Labels of a quoted header, by their role.
LABELS = {
    "from": (
        "from|von|de|da|van|från|fra|lähettäjä|od|kimden|gönderen|feladó|από|от|від|от кого",
        "发件人|寄件者|寄件人|差出人|送信者|보낸 사람|보낸사람|보낸이|발신|מאת|من|de la|expéditeur",
        "remitente|nga|sender",
        "afzender|absender|mittente|remetente|avsändare|avsender|afsender|saatja|no|nuo|dari|từ",
        "frá|از|จาก|प्रेषक|由|발신자",
    ),
    "sent": (
        "sent|posted at|date|gesendet|datum|envoyé|envoyé le|date d'envoi|enviado|enviado el",
        "enviada",
        "enviada em|enviado em|fecha|data|inviato|verzonden|skickat|sendt|dato|lähetetty",
        "päivämäärä|päiväys|odesláno|wysłano|gönderilen|gönderildi|gönderme tarihi|tarih|elküldve",
        "dátum|dátum|στάλθηκε|ημερομηνία|отправлено|дата|надіслано|发送时间|日期|寄件日期",
        "送信日時|日付|日時",
        "보낸 날짜|날짜|נשלח|תאריך|تاريخ|التاريخ|تم الإرسال|trimis|poslano|odoslané",
        "saadetud|išsiųsta",
        "nosūtīts|dikirim|tanggal|gửi|đã gửi|ngày|sendt den|изпратено|изпратено на|ارسال شده|تاریخ|ส่ง|วันที่",
        "enviat|enviat el|भेजा गया|poslato|寄送日期|发件时间|时间|date d’envoi|gesendet am|terkirim",
        "日 期|日　期",
    ),
    "to": (
        "to|posted to|an|à|a|para|aan|till|til|vastaanottaja|komu|do|kime|alıcı|címzett|προς|кому",
        "до",
        "收件人|收件者|宛先|받는 사람|받는사람|받는이|אל|إلى|către|pre|za|kepada|kam|saaja|destinataire",
        "destinatario|destinatário|empfänger|mottagare|mottaker|modtager|به|ถึง|per a|प्रति|prima",
        "adressaat|받은 사람|수신|đến|ke",
    ),
    "subject": (
        "subject|betreff|betr|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|předmět|temat",
        "predmet|konu|tárgy|θέμα|тема|主题|主旨|件名|题目|標題|제목|נושא|الموضوع|موضوع",
        "subiect|teema",
        "tema|temats|tēma|subjek|perihal|chủ đề|sujet|efni|относно|เรื่อง|विषय|zadeva|主　题|主 题|thema",
    ),
    "other": (
        "cc|kopie|copie à|kopia|kopio|cópia|copia|копия|копія|抄送|副本|참조|bcc|reply-to|conversation",
        "attachments|importance|priority|wichtigkeit|priorität|anlagen|importancia|adjuntos",
        "importanza",
        "priorità|importância|pièces jointes|bijlagen|ważność|důležitost|важность|重要性|附件|添付ファイル",
        "antwort an",
    ),
}

#: Separators above a quoted mail, between dashes.
ORIGINAL = (
    "original message|original|originalmail|originale|original-nachricht|originalnachricht",
    "ursprüngliche nachricht|originální zpráva|původní zpráva|pôvodná správa|message d'origine",
    "message original|message initial|mensaje original|mensagem original|messaggio originale",
    "oprindelig meddelelse|oprindelig besked|ursprungligt meddelande|originalmeddelande",
    "opprinnelig melding|original melding|oorspronkelijk bericht|alkuperäinen viesti",
    "wiadomość oryginalna|oryginalna wiadomość|özgün ileti|orijinal mesaj|eredeti üzenet",
    "αρχικό μήνυμα|исходное сообщение|оригинальное сообщение|початкове повідомлення",
    "mesaj original",
    "izvorna poruka|izvirno sporočilo|originalna poruka|原始邮件|原始郵件|邮件原件",
    "元のメッセージ|원본 메시지|回复的原邮件|原邮件|轉寄的郵件|原始訊息",
    "mail original|ursprüngliche mail|původní e-mail|원본 이메일|받은 메일 내용|原始信息|original e-mail",
    "original appointment|ursprünglicher termin|rendez-vous d'origine|cita original",
    "appuntamento originale|oorspronkelijke afspraak|compromisso original",
    "оригинално писмо|оригинално съобщение|оригинална порука|thư ban đầu|izvorno sporočilo",
    "original email|originale mail|originale nachricht|הודעה מקורית|الرسالة الأصلية|thư gốc|pesan asli|antwort nachricht|reply message|reply above",
    "reply above this line|please reply above|bitte oberhalb|response above|vorherige nachricht",
)
FORWARDED = (
    "forwarded message|forwarded|weitergeleitete nachricht|weitergeleitet|message transféré",
    "message transmis|mensaje reenviado|mensagem encaminhada|messaggio inoltrato",
    "doorgestuurd bericht|vidarebefordrat meddelande|videresendt|videresendt melding",
    "välitetty viesti|wiadomość przekazana|przekazana wiadomość|přeposlaná zpráva",
    "пересылаемое сообщение|пересланное сообщение|iletilen ileti|továbbított üzenet",
    "转发的邮件|轉寄郵件|videresendt meddelelse|προωθημένο μήνυμα|mesaj redirecționat",
    "препратено съобщение|הודעה שהועברה|رسالة محوّلة|رسالة معاد توجيهها|proslijeđena poruka",
    "posredovano sporočilo|転送メッセージ|전달된 메시지|전달 메시지|thư đã chuyển tiếp|missatge reenviat",
    "preposlaná správa|iletilen mesaj|пересланий лист|пересылаемое письмо|pesan terusan",
)
#: Lines above a forwarded mail without dashes, as Apple's programs write them.
FORWARD_BEGINS = (
    "begin forwarded message|anfang der weitergeleiteten nachricht|anfang der weitergeleiteten e-mail",
    "début du message transféré|début du message réexpédié|inicio del mensaje reenviado",
    "inizio messaggio inoltrato|begin doorgestuurd bericht|vidarebefordrat brev",
    "vidarebefordrat mejl|start på videresendt besked|videresendt melding|välitetty viesti alkaa",
    "início da mensagem encaminhada|início da mensagem reencaminhada|inici del missatge reenviat",
    "początek przekazywanej wiadomości|początek przekazanej wiadomości|začátek přeposílané zprávy",
    "začiatok preposlanej správy|továbbított levél kezdete|începutul mesajului redirecționat",
    "начало переадресованного сообщения|початок листа, що пересилається|iletilen ileti başlangıcı",
    "αρχή προωθημένου μηνύματος|תחילת ההודעה שהועברה|بدء الرسالة المعاد توجيهها",
    "početak proslijeđene poruke|下面是被转发的邮件|开始转发的邮件|開始轉寄郵件|転送されたメッセージ|전달된 메시지",
    "bắt đầu thư được chuyển tiếp|mulai meneruskan pesan|เริ่มต้นข้อความที่ส่งต่อ",
)
#: Beginnings of a line that a phone or a program adds below a mail.
SENT_FROM = (
    "sent from|sent via|sent with|sent using|sent on|sent by|from my|sender notified by|secured with|this message was sent",
    "this email was sent|sent securely|gesendet von|gesendet vom|gesendet mit|gesendet aus",
    "gesendet über|gesendet per|versendet mit",
    "versendet von|diese nachricht wurde|diese e-mail wurde|mobil gesendet|von meinem|von meiner",
    "von mein|von unterwegs|von yahoo|von samsung|envoyé de|envoyé depuis|envoyé à partir",
    "envoyé avec|envoyé par|envoyé via|message envoyé|provenance|enviado desde|enviado con",
    "enviado de|enviado a través|enviado por|enviat des|enviat amb|inviato da|inviato dal",
    "inviato dallo|inviato dall|inviato con|inviato tramite|inviata da|inviata dal|enviado do",
    "enviado da|enviada do|enviado a partir|enviado através|enviado via|enviado pelo|enviado com",
    "verzonden vanaf|verzonden met|verzonden via|verzonden van|verzonden vanuit",
    "verstuurd vanaf|verstuurd met|verstuurd via|skickat från|skickat med|skickades från",
    "skickat via|sendt fra|sendt med|sendt via|lähetetty|saadetud|nosūtīts no|išsiųsta iš",
    "wysłane z|wysłane ze|wysłano z|wysłano ze|wysłany z|wysłane przez|odesláno z|odesláno ze",
    "odoslané z|odoslané zo|poslano s|poslano sa|poslano z|poslano iz|poslato sa|отправлено с",
    "отправлено со|отправлено из|отправлено от|отправлено через|надіслано з|надіслано із",
    "надіслано зі|відправлено з|изпратено от|изпратено с|trimis de|trimis din|trimis cu",
    "elküldve|küldve|feladó|στάλθηκε από|στάλθηκε με|εστάλη από|נשלח באמצעות|تم الإرسال من",
    "أرسلت من|أُرسلت من|مرسل من|ارسال شده از|được gửi từ|đã gửi từ|gửi từ|dikirim dari",
    "dikirim melalui|dihantar daripada|dihantar dari|מטלפון|נשלח מ|נשלח דרך|भेजा गया",
)
#: The same in scripts without spaces between words.
JOINED_SENT_FROM = "ส่งจาก|发自|發自|发送自|發送自|来自|來自|从我|從我|从 ?windows|从.{1,8}手机发送|נשלח מ|通过.{1,20}发送"
#: Endings of such a line in languages that put the verb last.
SENT_AT_THE_END = (
    "gönderildi|gönderilmiştir|से भेजा गया|(から|より|で)送信(しました|されました|しています)?"
    "|에서 보냄|küldve|에서 보냈습니다|에서 (전송|발송|작성)(됨|되었습니다)?|에서 보낸 (메일"
    "|메시지)(입니다)?|发送"
)
#: Devices and programs that such a line names.
DEVICES = (
    "iphone|ipad|ipod|android|galaxy|samsung|huawei|honor|xiaomi|redmi|oppo|vivo|pixel|oneplus",
    "nokia|motorola|blackberry|windows|outlook|yahoo|aol|gmail|gmx|web.de|telekom|proton",
    "protonmail|tutanota|tuta|spark|sparrow|airmail|mailbird|mailspring|postbox|superhuman",
    "mailtrack|mailsuite|mixmax|unibox|streak|yesware|boomerang|hubspot|mailmate|mimestream",
    "icloud|canary|edison|boxer|nine|newton|polymail|thunderbird|fastmail|em client|hey|missive",
    "vivaldi|roundcube|horde|tiscali|sfr|laposte|seznam|qq|naver|daum|rediffmail|webmail",
    "fairphone",
    "mymail|mailbox|libero|orange|zoho|aquamail|bluemail|k-9|smartphone|phone|handy|mobile",
    "telemóvel|mobil|mobilen|mobiltelefon|mobitel|mobilu|telefon|telefonu|telefoon|telefono",
    "teléfono",
    "téléphone|portable|móvil|movil|celular|cellulare|tablet|tablette|mail|mail.ru|unterwegs",
    "яндекс|почты|пошти|poczta|pošta|pošty|e-post|courrier|correo|correio|posta",
)
#: The same as stems, for languages with inflected or joined words.
JOINED_DEVICES = (
    "iphon|ipad|android|galaxy|courrier|posta|手机|手機|携帯|网易|邮箱|邮件|メール|windows|vivo"
    "|oppo|sähköposti|мобильн|мобільн|мобилен|телефон|смартфон|планшет|устройств|пристро|κινητ"
    "|τηλέφων|smartphone|telefon|urządzeni|komórk|zařízen|zariaden|laitte|puhelim|készülék"
    "|dispozitiv|cihaz|טלפון|נייד|הסלולרי|هاتف|جوال|موبايل|گوشی|मोबाइल|फ़ोन|điện thoại|ponsel"
    "|スマホ|スマートフォン|휴대폰|스마트폰|핸드폰|มือถือ|โทรศัพท์|สมาร์ท"
)
#: Stems of "sent", for lines with any order of words.
SENT_STEMS = (
    "gesendet|versendet|versandt|envoyé|enviad|enviat|inviat|verzonden|verstuurd|skicka|sendt"
    "|send úr|lähetet|saadetud|wysłan|odeslán|odoslan|poslan|poslat|отправл|надісл|відправл"
    "|изпрат|послат|trimis|expediat|sūtīt|sent úr|küld|στάλθηκε|εστάλη|gönder|נשלח|ارسال|إرسال"
    "|مرسل|أرسل|भेजा|ส่งจาก|gửi từ|dikirim|dihantar|送信|发送|發送|傳送|보냄|전송|보낸|nosūtī"
    "|išsiųst|bidali|dërguar|wedi'i anfon"
)
BRANDS = (
    "iphone|ipad|macbook|apple watch|android|galaxy|samsung|huawei|xiaomi|redmi|oppo|oneplus"
    "|motorola|moto\\b|pixel|kindle|blackberry|outlook|mail[ -]app|mobile app|gmail|yahoo|windows"
    "|aquamail|bluemail|protonmail|proton mail|web\\.de|gmx"
)
#: Apologies for typing on a phone.
APOLOGIES = (
    r"(excuse|pardon|forgive|entschuldig\w+|verzeih\w+|excuse[zr]|pardonnez|disculp\w+|perdon\w+"
    r"|scus\w+|desculp\w+|excus[oe]\w*|ursäkta|undskyld|beklager).{0,40}(typos?\b|typing|brevity"
    r"|terse|auto-?correct|tippfehler|kürze|fautes de frappe|brièveté|brevità|brevedad|brevidade)"
    r"|^\W{0,3}typed (with|on|by) .{0,30}(thumb|screen|phone|keyboard|finger)"
)
#: Beginnings or endings of a line that advertises an app.
APP_ADVERTS = (
    "get|download|try|beziehen|herunterladen|herunter|holen sie|laden sie|télécharger",
    "téléchargez|obtenir|obtener|descargar|descarga|obter|baixar|scarica|ottieni|downloaden",
    "ophalen|skaffa|hämta|hent|få|hanki|pobierz|získat|získať|stáhnout|получить|скачать",
    "отримати|изтегляне|edinin|λήψη|descărcați|obțineți|letöltése|قم بتنزيل|を入手|获取|取得",
    "下载|下載|다운로드",
)
#: Complimentary closes, which below a quotation are no reply to it.
CLOSING = re.compile(
    r"^\W{0,3}((best|kind|warm|many|with)( (best|kind|warm))? (regards|wishes)|regards|cheers"
    r"|thanks|thank you|thx|best|sincerely|yours|greetings|mit (freundlichen|besten|lieben) "
    r"|(viele|liebe|beste|schöne|freundliche) grü(ß|ss)e|gru(ß|ss)|lg\b|mfg\b|vg\b|danke"
    r"|cordialement|bien à (vous|toi)|merci|salutations|saludos|un saludo|atentamente|gracias"
    r"|(cordiali |distinti )?saluti|grazie|atenciosamente|obrigad[oa]|abraços|groet(en|jes)?"
    r"|met vriendelijke|mvg\b|bedankt|(med )?(vänliga?|vennlige?|venlige?) h|mvh\b|tack|takk"
    r"|hilsen|hälsningar|terveisin|kiitos|pozdrawiam|z poważaniem|s pozdravem|díky|с уважением"
    r"|спасибо|з повагою|saygılar|teşekkür|üdvözlettel)",
    re.IGNORECASE,
)
#: Beginnings of disclaimers by companies and virus scanners.
DISCLAIMER_BEGINNING = re.compile(
    r"^\W{0,6}((this|the (content|information)s?( (contained )?in|of) this) (e-?mail|message"
    r"|communication|transmission)( \(?and any [\w ]{1,40}\)?,?)? (is|are|was|may|has|contains?)\b"
    r"|the information (contained )?in this (e-?mail|message|communication)|confidential(ity)? "
    r"?(notice|note|:)|disclaimer\b|if you (are not|have received this).{0,30}(recipient|in error)"
    r"|diese (e-?mail|nachricht)( und .{1,40})? (enthält|kann|ist|wurde)|der inhalt dieser e-?mail"
    r"|ce (message|courriel|e-?mail)( et .{1,60})? (est|sont|contient|peut)|este (mensaje|correo"
    r"|mensagem|e-?mail).{0,60} (es|son|contiene|puede|contém|é|pode|está|va dirigido)"
    r"|(questo|il presente) (messaggio|e-?mail).{0,60} (è|contiene|sono|può)"
    r"|dit (bericht|e-?mail(bericht)?).{0,60} (is|bevat|kan)|(det(te|ta)|denna) (e-?post"
    r"|meddelande"
    r"|mail).{0,40} (är|er|kan|innehåll)|ta wiadomość|niniejsz[aey] |настоящее (сообщение|письмо)"
    r"|please consider the environment|before printing|virus-?free|virenfrei|sans virus|avast "
    r"|scanned by|checked by|geprüft (von|mit)|click here to report this (e-?mail|message) as spam"
    r"|you (are receiv|received this).{0,30}because)",
    re.IGNORECASE,
)


def any_of(groups: tuple[str, ...]) -> str:
    """Return a pattern that matches any of the words, the longest first."""
    words = {word for group in groups for word in group.split("|")}
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
