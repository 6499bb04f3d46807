"""What notices below mails speak of, in the languages we know, by the stems of its words.

Data only. No sentence stands here: a lawyer writes another one for every company, but all
of them speak of the same few things, and a person who writes rarely of three.
"""

#: By what is spoken of: stems, separated by |.
CONCEPTS: dict[str, str] = {
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
        "|الموجهة إليه|گیرنده|प्राप्तकर्ता|ผู้รับ|người nhận|penerima|受信者|宛先|受取人|名宛"
        "|收件人"
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
        "|borrar|suprim|distrug|cancell|apague|apagar|destru|verwijder|vernietig|radera|förstör"
        "|slett|sletning|poist|hävit|usunię|usuń|smaž|vymaž|zničte|töröl|ștergeți|ştergeţi"
        "|удалит|уничтож|видаліть|знищ|изтри|izbriš|obriš|unišč|kustuta|izdzēs|ištrin|διαγράψ"
        "|καταστρέψ|siliniz|imha|מחק|חذف|حذف|削除|破棄|删除|刪除|삭제|xóa|xoá|hapus|กรุณาลบ"
    ),
    "sender": (
        "notify|sender|absender|expéditeur|remitente|remetente|mittente|afzender|avsändar"
        "|avsender|afsender|lähettäj|nadawc|odesílatel|odosielateľ|feladó|expeditor|отправител"
        "|відправник|подател|pošiljatelj|pošiljaoc|saatja|sūtītāj|siuntėj|αποστολέα|gönderen"
        "|göndericiy|שולח|المرسل|فرستنده|प्रेषक|ผู้ส่ง|người gửi|pengirim|発信者|送信者|发件人"
        "|發件人"
        "|寄件人|발신인|발신자|송신자"
    ),
    "forbidden": (
        "unauthori[sz]ed|prohibited|disclosure|dissemination|distribution|unlawful|unbefugt"
        "|unzulässig|nicht gestattet|untersagt|interdite|non autorisé|divulg|diffusion|prohibid"
        "|vietat|diffusione|proibid|verboden|openbaarmak|verspreid|otillåt|förbjud|ulovlig|forbudt"
        "|kielletty|zabronion|rozpowszechni|zakázán|tilos|interzis|запрещ|заборон|забранен"
        "|zabranjen|prepovedan|keelatud|aizlieg|draudžiam|απαγορεύ|yasak|אסור|ممنوع|يحظر|禁止"
        "|禁じ|금지|nghiêm cấm|dilarang|ห้าม|copy or use it|penalidades"
    ),
    "meant for": (
        "intended|solely|sole use|exclusiv|esclusiv|bestimmt|ausschließlich|uniquement|destiné"
        "|destinad|dirigid|bestemd|uitsluitend|avsedd|avsett|ment for|bestemt|beregnet|tarkoitettu"
        "|przeznaczon|wyłącznie|určen|výhradně|kizárólag|предназнач|призначен|namijenj|namenjen"
        "|mõeldud|paredzēt|skirta|προορίζ|αποκλειστικ|özeldir|özel|מיועד|לשימוש הנמען|مخصص|专用"
        "|仅限"
        "|僅供|만을 위한|dành cho|ditujukan|เฉพาะ"
    ),
    "itself": (
        "information (transmitted|contained)|tämä sähköposti|with it are|aquest (missatge|correu)"
        "|this (e-?)?mail|this message|this communication|this transmission|attachments?\\b"
        "|(diese|dieser|dieses) (e-?mail|nachricht)|ce (message|courriel|mail)"
        "|este (mensaje|correo|e-?mail|mensagem)|esta mensagem|(questa|presente) (e-?mail"
        "|comunicaz)"
        "|(questo|presente) messaggio|(dit|deze) (e-?mail|bericht)|(detta|denna|denne"
        "|dette) (e-?post"
        "|e-?mail|meddel|melding)|tämän? viesti|t[ae]j? wiadomoś|niniejsz|tato zpráva"
        "|tento e-?mail|ez az (e-?mail|üzenet)|acest (mesaj|e-?mail)|(это|настоящ|данн)\\w{0,3}"
        " (сообщени|письм)|це[йя]? (лист|повідомлення)|(παρόν|αυτό το) μήνυμα|bu (e-?posta|mesaj"
        "|ileti)|הודעה זו|מסר זה|هذه الرسالة|هذا البريد|این (ایمیل|پیام)|このメール|本メール"
        "|本邮件|本郵件"
        "|此邮件|此郵件|본 메일|이 메일|(email|thư) này|(e-?mail|pesan) ini|อีเมลนี้"
        "|pièces jointes|anhänge"
        "|adjuntos|allegati|anexos|bijlage|vedlegg|liitteet|załącznik|příloh|melléklet|atașat"
        "|вложени|συνημμέν|ekleri|添付|附件|첨부|(tohto|této) e-?mail|ova poruka|to sporočilo"
    ),
    "risk": (
        "virus|malware|вирус|ウイルス|病毒|views or opinions|not necessarily represent|liabilit"
        "|responsibilit"
        "|haftung|responsabil|aansprakelijk|odpowiedzialno|ответственност"
    ),
    "privacy": (
        "gdpr|rgpd|dsgvo|rodo\\b|protección de datos|data protection|datenschutz|dati personali"
        "|datos personales|sus datos|données personnelles|danych osobowych|персональн\\w{1,4} данн"
        "|proteção de dados|dados pessoais|privacy (policy|statement)|personuppgift|personopplysn"
        "|personoplysn|privatlivspolitik"
        "|tratamiento|tratados|fichero|responsable del|przetwarzan|administrator\\w* (danych"
        "|państwa)"
        "|verarbeitung|behandlar|behandler|integritetspolicy|käsittel|adatkezel|zpracov|prelucr"
        "|verarbeitet|traitement|trattamento|персональн|işlen|kişisel veri|persoonsgegev"
    ),
    "fraud": (
        "cyber ?-?crime|cyber ?-?security|fraud|bank (account )?details|phishing|betrug"
        "|bankverbindung"
        "|coordonnées bancaires|datos bancarios|coordinate bancarie"
    ),
    "law": (
        "legally|protected by law|by law|rechtlich|ley orgánica|\\blegge\\b|d\\.lgs|accepts? no"
        "|not accept|décline toute|keine haftung|protegidas por lei"
        "|copyright|registered (in|office)|de conformidad con|art\\. \\d"
    ),
}
#: How the headings of such notices read.
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
#: How a line begins that speaks of trees.
GREEN = (
    "please (consider|think of) the environment|consider the environment|think before"
    "|save (a tree|paper)|before (you )?print|pensez à (l['’]environnement|la planète)"
    "|n['’]imprimez|avant d['’]imprimer|protégeons|rispetta l['’]ambiente|prima di stampare"
    "|pensa all['’]ambiente|antes de imprimir|piense? (en|antes)|pense (no|antes|bem)"
    "|cuide(mos)? (el|do)|bitte (denken|prüfen|drucken|schonen)|denken sie|schone?n? sie"
    "|denk aan het milieu|denk aan|spaar het milieu|tänk på miljön|tænk på miljøet|tenk på miljøet"
    "|ajattele ympäristöä|zanim wydrukujesz|zastanów się|pomyśl|myslete na|mějte ohled"
    "|gondoljon|protejați|подумайте|пожалуйста, подумайте|lütfen|🌱|🌳|♻"
)
PRINTING = (
    "print|druck|imprim|stamp|afdruk|uitprint|skriv|udskriv|tulost|druk|wydruk|tisk|tlač|nyomtat"
    "|tipăr|печат|распечат|yazdır|çıktı"
)
#: Who looks for viruses, and what they say they did.
SCANNERS = (
    "avast|avg|norton|kaspersky|eset|nod32|mcafee|bitdefender|mimecast|symantec|messagelabs"
    "|sophos|barracuda|trend micro|f-secure|g data|avira|malwarebytes|mailscanner|clamav"
    "|proofpoint|fortimail|forcepoint|websense|spamexperts|hornetsecurity|касперск"
)
SCANNED = (
    "virus|vírus|viren|wirus|malware|вирус|вірус|scan|checked|geprüft|vérifi|analiz|controllat"
    "|kontroll"
    "|провер|sprawdz|believed to be clean|security.?cloud|escane|taranm|skann|gescand|病毒"
)
#: What stands in the small print of a company.
COMPANY = (
    "\\bhr ?[ab]\\b ?:?\\d*|\\bhrb\\b|amtsgericht|handelsregister|registergericht|geschäftsführ"
    "|\\bust-?id|\\bsteuernummer|sitz der gesellschaft|vorstand|aufsichtsrat|registered (in"
    "|office)"
    "|company (number|no|registration)|\\bvat (no|number|reg)|\\bsiret\\b|\\brcs\\b|capital (de"
    "|social)"
    "|\\bp\\. ?iva\\b|partita iva|\\bkvk\\b|\\bbtw\\b|\\bcif\\b|\\bnif\\b|\\bkrs\\b|\\bnip\\b"
    "|\\bregon\\b"
    "|\\borg\\.? ?n[ro]\\b|\\bcvr\\b|y-tunnus|\\bičo?\\b|\\bcnpj\\b|\\bинн\\b|firmenbuch"
    "|\\bfn \\d{4,}"
)
NETWORKS = "facebook|twitter|linked ?in|instagram|you ?tube|xing|tik ?tok|mastodon|pinterest"
FOLLOW = (
    "follow|find us|like us|connect with|join us|folge|besuche|suivez|retrouvez|síguenos|seguinos"
    "|seguici|siga|segue|volg|följ|følg|seuraa|śledź|obserwuj|sledujte|kövess|urmăriți|takip"
    "|подпис|присоединяйт"
)
#: A person speaks of themselves; no notice does.
SINGULAR = (
    "i['’](m|ve|ll|d)|my|ich|mir|mich|meine?[rmns]?|j['’]\\w+|je (suis|ne|vous|te|me|le|la|les"
    "|n['’]"
    "|l['’]|m['’]|veux|peux|pense|crois|dois|vais|sais|vois)|yo|mío|io|mio|mia|meu|minha|ik|mijn"
    "|jag"
    "|jeg|minä|minun|я|мне|мой|моя|меня|мені|benim|bana|moj(a|e|ej|ego|emu|ą|ich|im|i)|mój|můj|mého"
    "|mitt|mina|minulla|nekem|vagyok|mea|μου|εγώ|אני|שלי|أنا"
)
#: The same where a language puts no space between words.
JOINED_SINGULAR = "私|僕|我(?![们們司行社院校国國所会會])|저는|제가|나는"
#: Several do so; a company does too, but not where it names its registers.
PLURAL = "we|wir|nous|nosotros|noi|nós|wij|мы|ми|my"
