"""Word stems of disclaimers by topic, in many languages.

Data only, and no whole sentences: every company's lawyer writes another one, but all have the
same few topics, and a person's mail rarely has three of them.
"""

#: Word stems by topic, separated by |.
TOPICS: dict[str, str] = {
    "secret": (
        "confidential|privileged|vertraulich|confidentiel|confidencial|riservat|confidenzial"
        "|vertrouwelijk|konfidentiel|konfidensiel|fortrolig|luottamuksell|poufn|důvěrn|dôvern"
        "|bizalmas|confidențial|confidenţial|конфиденциальн|конфіденційн|поверителн|поверљив"
        "|povjerljiv|poverljiv|zaupn|konfidents|konfidenc|εμπιστευτικ|gizli|סודי|חסוי|סודיים|سرية"
        "|سريا|محرمان|गोपनीय|เป็นความลับ|bí mật|bảo mật|rahasia|sulit|機密|秘密|保密|机密|기밀"
        "|비밀"
    ),
    "recipient": (
        "recipient|addressee|individual or entity|person or entity|named above|empfänger|adressat"
        "|destinataire|destinatari|destinatári|geadresseerde|ontvanger|mottag|mottak|modtager"
        "|vastaanottaj|adresat|adresát|címzett|destinatar|адресат|получател|одержувач|отримувач"
        "|primatelj|primalac|primaoc|naslovnik|prejemnik|adressaat|saaja|adresāt|saņēmēj|gavėj"
        "|παραλήπτ|alıcı|kişi ya da kurum|kişi veya kurum|נמען|המקבל|المرسل إليه|المستلم"
        "|الموجهة إليه|گیرنده|प्राप्तकर्ता|ผู้รับ|người nhận|penerima|受信者|宛先|受取人|名宛|收件人"
        "|收信人|接收者|个人或群组|수신인|수신자|personne mentionnée|căreia îi|persoanei"
    ),
    "mistake": (
        "in error|by mistake|mistakenly|irrtümlich|versehentlich|par erreur|por error"
        "|por equivocación|per errore|por engano|por erro|ten onrechte|onterecht|per vergissing"
        "|abusievelijk|av misstag|av en feil|ved en fejl|ved en feil|vahingossa|erehdyksessä"
        "|przez pomyłkę|omyłkow|omylem|tévedés|din greșeală|din greşeală|din eroare|по ошибке"
        "|ошибочно|помилково|по погрешка|greškom|pomotoma|ekslikult|kļūdas|per klaidą|από λάθος"
        "|κατά λάθος|εκ παραδρομής|yanlışlıkla|בטעות|عن طريق الخطأ|بالخطأ|اشتباه|गलती से|nhầm"
        "|salah kirim|kesalahan|誤って|誤送|错收|误收|錯誤|误发|잘못"
    ),
    "delete": (
        "delet|destroy|löschen|vernichten|détruire|supprimer|effacer|eliminar|eliminaci|borre"
        "|borrar|suprim|distrug|cancell|apague|apagar|destru|borr|bórr|elimin|apag|verwijder"
        "|vernietig|radera|förstör|slett|sletning|poist|hävit|usunię|usuń|smaž|vymaž|zničte|töröl"
        "|ștergeți|ştergeţi|удалит|уничтож|видаліть|знищ|изтри|izbriš|obriš|unišč|kustuta|izdzēs"
        "|ištrin|διαγράψ|καταστρέψ|siliniz|imha|מחק|חذف|حذف|削除|破棄|删除|刪除|삭제|xóa|xoá"
        "|hapus|กรุณาลบ"
    ),
    "sender": (
        "notify|sender|absender|expéditeur|remitente|remetente|mittente|afzender|avsändar"
        "|avsender|afsender|lähettäj|nadawc|odesílatel|odosielateľ|feladó|expeditor|отправител"
        "|відправник|подател|pošiljatelj|pošiljaoc|saatja|sūtītāj|siuntėj|αποστολέα|gönderen"
        "|göndericiy|שולח|المرسل|فرستنده|प्रेषक|ผู้ส่ง|người gửi|pengirim|発信者|送信者|发件人|發件人"
        "|寄件人|발신인|발신자|송신자"
    ),
    "forbidden": (
        "unauthori[sz]ed|prohibited|disclosure|dissemination|distribution|unlawful|unbefugt"
        "|unzulässig|nicht gestattet|untersagt|interdite|non autorisé|divulg|diffusion|prohibid"
        "|vietat|diffusione|proibid|verboden|openbaarmak|verspreid|otillåt|förbjud|ulovlig"
        "|forbudt|kielletty|zabronion|rozpowszechni|zakázán|tilos|interzis|запрещ|заборон"
        "|забранен|zabranjen|prepovedan|keelatud|aizlieg|draudžiam|απαγορεύ|yasak|אסור|ممنوع|يحظر"
        "|禁止|禁じ|금지|금합|nghiêm cấm|dilarang|ห้าม|copy or use it|penalidades"
    ),
    "meant for": (
        "intended|solely|sole use|exclusiv|exclusif|esclusiv|bestimmt|ausschließlich|uniquement"
        "|destiné|destinad|dirigid|bestemd|uitsluitend|avsedd|avsett|ment for|bestemt|beregnet"
        "|tarkoitettu|przeznaczon|wyłącznie|určen|výhradně|kizárólag|предназнач|призначен"
        "|namijenj|namenjen|mõeldud|paredzēt|skirta|προορίζ|αποκλειστικ|özeldir|özel|מיועד"
        "|לשימוש הנמען|مخصص|专用|仅限|僅供|만을 위한|dành cho|ditujukan|เฉพาะ"
    ),
    "itself": (
        "information (transmitted|contained)|tämä sähköposti|with it are|aquest (missatge|correu)"
        "|this (e-?)?mail|this message|this communication|this transmission|attachments?\\b"
        "|(diese|dieser|dieses) (e-?mail|nachricht)|ce (message|courriel|mail)|este (mensaje"
        "|correo|e-?mail|mensagem)|esta mensagem|(questa|presente) (e-?mail|comunicaz)|(questo"
        "|presente) messaggio|(dit|deze) (e-?mail|bericht)|(detta|denna|denne|dette) (e-?post"
        "|e-?mail|meddel|melding)|tämän? viesti|t[ae]j? wiadomoś|wiadomoś\\w+ t[aeę]|niniejsz"
        "|tato zpráva|tento e-?mail|ez az (e-?mail|üzenet)|acest (mesaj|e-?mail)|(это|настоящ"
        "|данн)\\w{0,3} (сообщени|письм)|це[йя]? (лист|повідомлення)|(παρόν|αυτό το) μήνυμα"
        "|bu (e-?posta|mesaj|ileti)|הודעה זו|מסר זה|هذه الرسالة|هذا البريد|این (ایمیل|پیام)"
        "|このメール|本メール|本邮件|本郵件|此邮件|此郵件|[본이] (이?메일|전자우편)|(email"
        "|thư) này|(e-?mail|pesan) ini|อีเมลนี้|pièces jointes|anhänge|adjuntos|allegati|anexos"
        "|bijlage|vedlegg|liitteet|załącznik|příloh|melléklet|atașat|вложени|συνημμέν|ekleri|添付"
        "|附件|첨부|(tohto|této) e-?mail|t[áa]to správ|tejto správ|ova (e-?)?poruk"
        "|to (e-?)?sporočilo|presente (correo|mensaje|e-?mail|mensagem)|(това"
        "|настоящото) (съобщение|писмо)|ce mél|mesajul|ово|ова порука|see (e-?)?kiri|šis e-?past"
        "|šis (el\\. )?laišk|mezu hau|(e-?mail|meldingen|e-posten) (er|kan)|informațiile din"
    ),
    "contract": (
        "legally binding|binding contract|rechtsverbindlich|rechtswirksam|rechtsgeschäft|smlouv"
        "|zmluv|vinculant|contractuel|geen rechten|forpliktende|förbindande|zobowiąza|contrattual"
        "|bindende|ajánlat|oferta"
    ),
    "risk": (
        "virus|malware|вирус|ウイルス|病毒|views or opinions|not necessarily represent|liabilit"
        "|responsibilit|haftung|responsabil|tenue? (pour )?responsable|ne (répond|garantit)"
        "|gewährleistung|aansprakelijk|odpowiedzialno|ответственност"
    ),
    "privacy": (
        "gdpr|rgpd|dsgvo|személyes adat|informatique et libertés|données vous|droit d.accès"
        "|datenschutzgrund|personal (data|information)|rectificación|supresión|privacidad|trattat"
        "|regolamento|informativa|privacidade|rodo\\b|personenbezogen|personoplysning|dataskydd"
        "|tietosuoj|ochran\\w+ osobn|osobn\\w+ údaj|protección de datos|data protection"
        "|datenschutz|dati personali|datos personales|sus datos|données personnelles"
        "|danych osobowych|персональн\\w{1,4} данн|proteção de dados|dados pessoais"
        "|privacy (policy|statement)|personuppgift|personopplysn|personoplysn|privatlivspolitik"
        "|tratamiento|tratados|fichero|responsable del|przetwarzan|administrator\\w* (danych"
        "|państwa)|verarbeitung|behandlar|behandler|integritetspolicy|käsittel|adatkezel|zpracov"
        "|prelucr|verarbeitet|traitement|trattamento|персональн|işlen|kişisel veri|persoonsgegev"
    ),
    "fraud": (
        "cyber ?-?crime|cyber ?-?security|fraud|bank (account )?details|phishing|betrug"
        "|bankverbindung|coordonnées bancaires|datos bancarios|coordinate bancarie"
    ),
    "law": (
        "legally|protected by law|by law|rechtlich|ley orgánica|\\blegge\\b|d\\.lgs|accepts? no"
        "|not accept|décline toute|keine haftung|protegidas por lei|copyright|registered (in"
        "|office)|de conformidad con|art\\. \\d"
    ),
}
#: Headings of disclaimers.
HEADINGS = (
    "confidentiality notice|confidential(ity)? note|legal (notice|disclaimer)|privacy notice"
    "|e-?mail disclaimer|disclaimer|important notice|wichtiger hinweis|rechtlicher hinweis"
    "|vertraulichkeitshinweis|haftungsausschluss|hinweis zum datenschutz|avis de confidentialité"
    "|avis important|mention légale|mentions légales|clause de confidentialité|aviso legal"
    "|aviso de (confidencialidade|confidencialidad|privacidad)|cláusula de confidencialidad"
    "|nota de confidencial\\w+|avviso di riservatezza|nota di riservatezza|informativa privacy"
    "|avvertenza|klauzula|informacja poufna|upozornění|upozornenie|figyelmeztetés|personvern"
    "|gizlilik|免责声明|免責事項|重要提示|보안 안내|внимание"
)
#: Beginnings of requests to save paper.
SAVE_PAPER = (
    "sparen sie|please (consider|think of) the environment|consider the environment|think before"
    "|save (a tree|paper)|before (you )?print|pensez à (l['’]environnement|la planète)"
    "|n['’]imprimez|avant d['’]imprimer|protégeons|rispetta l['’]ambiente|prima di stampare"
    "|pensa all['’]ambiente|antes de imprimir|piense? (en|antes)|pense (no|antes|bem)"
    "|cuide(mos)? (el|do)|bitte (denken|prüfen|drucken|schonen)|denken sie|schone?n? sie"
    "|denk aan het milieu|denk aan|spaar het milieu|tänk på miljön|tænk på miljøet"
    "|tenk på miljøet|ajattele ympäristöä|zanim wydrukujesz|zastanów się|pomyśl|myslete na"
    "|mějte ohled|gondoljon|protejați|подумайте|пожалуйста, подумайте|lütfen|🌱|🌳|♻"
)
PRINTING = (
    "print|druck|imprim|stamp|afdruk|uitprint|skriv|udskriv|tulost|druk|wydruk|tisk|tlač|nyomtat"
    "|tipăr|печат|распечат|yazdır|çıktı|εκτυπ|プリント|印刷|打印|列印|인쇄|tipări"
)
#: Virus scanners, and their words for having scanned.
SCANNERS = (
    "avast|avg|norton|kaspersky|eset|nod32|mcafee|bitdefender|mimecast|symantec|messagelabs"
    "|sophos|barracuda|trend micro|f-secure|g data|avira|malwarebytes|mailscanner|clamav"
    "|proofpoint|fortimail|forcepoint|websense|spamexperts|hornetsecurity|касперск"
)
SCANNED = (
    "virus|vírus|viren|wirus|malware|вирус|вірус|scan|checked|geprüft|vérifi|analiz|controllat"
    "|kontroll|провер|sprawdz|believed to be clean|security.?cloud|escane|taranm|skann|gescand"
    "|病毒|ιούς|ιό\\b|bez virů|virus"
)
#: Words of a company's small print.
COMPANY = (
    "\\bhr ?[ab]\\b ?:?\\d*|\\bhrb\\b|amtsgericht|handelsregister|registergericht|geschäftsführ"
    "|\\bust-?id|\\bsteuernummer|sitz der gesellschaft|vorstand|aufsichtsrat|registered (in"
    "|office)|company (number|no|registration)|\\bvat (no|number|reg)|\\bsiret\\b|\\brcs\\b"
    "|capital (de|social)|\\bp\\. ?iva\\b|partita iva|\\bkvk\\b|\\bbtw\\b|\\bcif\\b|\\bnif\\b"
    "|\\bkrs\\b|\\bnip\\b|\\bregon\\b|\\borg\\.? ?n[ro]\\b|\\bcvr\\b|y-tunnus|\\bičo?\\b"
    "|\\bcnpj\\b|\\bинн\\b|firmenbuch|\\bfn \\d{4,}|handelsgericht|\\bsitz\\b|\\buid\\b"
    "|\\bvr ?\\d{3,}|charit(y|able body|ies act)|registration n|registered with|charity comm"
    "|registered n|authori[sz]ed by|genossenschaftsreg|authori[sz]ed and regulated|regulated by"
    "|prudential regulation|conduct authority|\\babn\\b|\\bacn\\b|\\bcompanies house|sąd rejonowy"
    "|kapitał zakładowy|iscritt\\w+ al|registro mercantil|\\bsedlo|sídlo|obchodn\\w+ rejst"
    "|cégjegyzék|adószám|orgnr|organisasjonsn|organisationsn|огрн|едрпоу"
)
SOCIAL_NETWORKS = (
    "facebook|twitter|linked ?in|instagram|you ?tube|xing|tik ?tok|mastodon|pinterest"
)
FOLLOW_US = (
    "follow|find us|like us|connect with|join us|folge|besuche|suivez|retrouvez|s[ií]g(ue|a)nos"
    "|seguinos|seguici|siga|segue|volg|följ|følg|seuraa|śledź|obserwuj|sledujte|kövess|urmăriți"
    "|takip|подпис|присоединяйт"
)
#: Phrases that nobody adds to a mail unless the employer demands it; one is enough.
FORMULAS = (
    "(views|opinions?|statements?|comments).{0,100}(solely|not necessarily|not (represent"
    "|reflect))|past performance|(our|unsere\\w*|onze|nos|nuestras|nostre|våra"
    "|vores).{0,40}(conditions|terms of|bedingungen|voorwaarden|condiciones|condizioni|villkor"
    "|betingelser)|allgemeinen .{0,30}bedingungen|(ltd|plc|llp)\\b.{0,80}(ltd|plc"
    "|llp)\\b.{0,60}registered in|solicitation|(acknowledg\\w+|respects? to).{0,80}(traditional"
    "|custodian|elders|first (nations|peoples))|(do not|don.t) (reply to|forward"
    "|copy) this (e-?mail|message|address)|circular 230|this (mailbox|inbox"
    "|e-?mail address) is (not|un)|(nicht auf diese|auf diese) e-?mail.{0,20} antworten"
)
#: The same, but only in a text that also mentions a mail.
MAIL_FORMULAS = (
    "((may|will|might) be|is|are) (subject to )?.{0,20}(monitored|recorded|intercepted|archived"
    "|scanned)|monitors?\\b|(public|open) records?|freedom of information|(not|no|nothing"
    "|without) .{0,60}(contract|binding)|rechts(verbindlich|wirksam)|besseren lesbarkeit"
    "|ohne unterschrift|überwacht|archiviert|bank (account )?details|bankverbindung"
    "|coordonnées bancaires|datos bancarios|coordinate bancarie"
)
#: Notes on the sender's working hours: all three patterns must match.
WORKING_HOURS = (
    (
        "(working|office|business|normal|usual|regular) (hours|days|week)|arbeitszeit|-zeiten"
        "|horaires de travail|horario (laboral|de trabajo)|werktijd|arbetstid|arbejdstid"
        "|arbeidstid|orario di lavoro"
    ),
    (
        "repl(y|ies)|respon[ds]|answer|antwort|répon|respuesta|responder|rispo|beantwoord"
        "|reageren|svar"
    ),
    (
        "(not?|nicht|keine?|pas|aucune?|non?|niet|geen|inte|ingen|ikke)\\b.{0,20}(feel|expect"
        "|oblig|pressur|need|verpflicht|erwart|attend|tenu|esper|aspett|verwacht|förvänt|forvent)"
    ),
)
#: Topics that weigh more than a sender's mistake, which anybody may mention.
STRONG_TOPICS = {
    "secret",
    "recipient",
    "forbidden",
    "meant for",
    "risk",
    "contract",
    "law",
    "privacy",
}
#: Words for when to print, if at all.
WHEN_TO_PRINT = (
    "\\b(not|unless|only|really|before|think|consider|necessary|nur|wirklich|muss|bevor|nötig"
    "|notwendig|zuliebe|si|que|avant|nécess\\w*|vraiment|necesari\\w*|antes|no|não|nao|se|prima"
    "|necessari\\w*|alleen|echt|nodig|voordat|innan|verkligen|før|virkelig|ennen|vain|naprawdę"
    "|zanim|než|vor|denken|bitte|please|turhaan|πριν|prego|opravdu|mielőtt|înainte|прежде|лише"
    "|только|действительно|перш|önce|gerçekten)\\b|n['’]imprim|пожалуйста|前に|之前|전에"
)
MAIL = (
    "\\bmails?\\b|e-?mails?\\b|messages?\\b|communications?\\b|correspondence|respon[ds]|\\breply"
    "|\\bcourriels?|correos?\\b|nachricht|antwort|répon"
)
#: Words for leaving a list.
UNSUBSCRIBING = (
    "unsubscri|opt.?out|leave (the|this) (list|group)|do not wish to receive"
    "|manage your (subscription|preferences)|(e-?mail|mail|notification) (settings|preferences)"
    "|abmelden|abbestell|austragen|désabonn|désinscri|d[aá]rse de baja|dar de baja|cancelar (la"
    "|su|a|sua) (suscripción|inscrição|assinatura)|desinscrev|descadastr|disiscri|disdire"
    "|annulla(re)? l.iscrizione|afmelden|uitschrijven|avprenumerera|avregistrera|afmeld"
    "|meld deg av|avmeld|peruuta|wypisa|odhlás|odhlas|leiratkoz|dezabon|отписат|відписат|отпиши"
    "|odjavi|διαγραφείτε|aboneli|הסר|إلغاء الاشتراك|配信停止|退订|取消訂閱|수신거부"
)
#: Words for nature, which count beside words for printing.
NATURE = (
    "environ(ne)?ment|umwelt|\\bmilieu|ambiente|miljö|miljø|ympäristö|luonto|środowisk|prostřed"
    "|životné prost|környezet|mediul|окружающ|природ|довкілл|околна|çevre|doğa|περιβάλλον|環境"
    "|环境|环保|okoliš|okolje|keskkon|aplink|planeta?\\b|planète|árvore a menos|a tree\\b"
)
#: Documents that a mail only links to.
DOCUMENTS = (
    "disclaimer|privacy (notice|policy|statement)|data protection (notice|policy)|terms (of|and)"
    "|datenschutz(erklärung|hinweis|information)|politique de confidentialité|mentions légales"
    "|política de privaci?dad|aviso de privacidad|aviso legal|informativa (sulla )?privacy"
    "|privacy(verklaring|beleid)|integritetspolicy|privatlivspolitik|personvernerklæring"
    "|tietosuojaseloste|polityka prywatności|zásady ochrany|adatkezelési|политик\\w* конфиденц"
    "|gizlilik politikası|プライバシーポリシー|隐私(政策|声明)|개인정보 ?처리"
)
#: Classification labels that a program adds, in brackets or capitals.
CLASSIFICATION_LABELS = (
    "^(?i:(classification|sensitivity|vertraulichkeit|classificação"
    "|klassifizierung)\\s?: \\W{0,3}[\\w -]{3,40})$|^OFFICIAL(\\W{0,3}SENSITIVE)?\\W{0,3}$"
    "|^\\W{0,2}\\[(?i:(\\w+ )?(internal|public|confidential|restricted|intern|vertraulich|interne"
    "|interno|confidencial)( use)?( only)?)\\]\\W{0,2}$"
)
#: Small print that begins with a registration number.
REGISTRATION_NUMBER = (
    "^(\\[[^\\[\\]]{1,80}\\]\\s)?\\W{0,3}(abn|acn|vat|ust-?id\\w*|kvk|siret|p\\.? ?iva|cnpj|nip"
    "|nzbn|(reg\\w*\\.? )?charity (no|number))\\b\\W{0,4}\\w{0,3}[\\d .-]{5}"
)
#: First person singular: a person's mail has it, a disclaimer never.
FIRST_PERSON_SINGULAR = (
    "i['’](m|ve|ll|d)|my|ich|mir|mich|meine?[rmns]?|j['’]\\w+|je (suis|ne|vous|te|me|le|la|les"
    "|n['’]|l['’]|m['’]|veux|peux|pense|crois|dois|vais|sais|vois)|yo|mío|io|mio|mia|meu|minha|ik"
    "|mijn|jag|jeg|minä|minun|я|мне|мой|моя|меня|мені|benim|bana|moj(a|e|ej|ego|emu|ą|ich|im|i)"
    "|mój|můj|mého|mitt|mina|minulla|nekem|vagyok|mea|μου|εγώ|אני|שלי|أنا"
)
#: The same in scripts without spaces between words.
JOINED_FIRST_PERSON_SINGULAR = "私|僕|我(?![们們司行社院校国國所会會])|저는|제가|나는"
#: First person plural: a company uses it too, but not beside its registers.
FIRST_PERSON_PLURAL = "we|wir|nous|nosotros|noi|nós|wij|мы|ми|my"
