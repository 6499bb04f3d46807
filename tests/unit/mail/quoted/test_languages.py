"""Introductions and headers of quoted mail, in the languages of mail programs."""

import pytest

from maildriver.mail.reply.trim import trim

OWN = "Ganymede, I think."

INTRODUCTIONS = {
    "en gmail": "On Tue, Mar 12, 2024 at 10:15 AM Bob <b@example.org> wrote:",
    "en apple": "On Mar 12, 2024, at 10:15 AM, Bob <b@example.org>\nwrote:",
    "en wrapped": "On Tue, Mar 12, 2024 at 10:15 AM, A Very Long Name Of A Person\n"
    "<b@example.org>\nwrote:",
    "en thunderbird": "On 2024-03-12 10:15, Bob wrote:",
    "android": "---- On 12/03/2024 10:15, Bob wrote ----",
    "de": "Am 12.03.2024 um 10:15 schrieb Max Muster <max@example.org>:",
    "de gmail": "Max Muster <max@example.org> schrieb am Di., 12. März 2024, 10:15:",
    "fr": "Le mar. 12 mars 2024 à 10:15, Jean <j@example.org> a écrit :",
    "es": "El mar, 12 mar 2024 a las 10:15, Juan (<j@example.org>) escribió:",
    "pt": "Em ter., 12 de mar. de 2024 às 10:15, João <j@example.org> escreveu:",
    "it": "Il giorno mar 12 mar 2024 alle ore 10:15 Gio <g@example.org> ha scritto:",
    "nl": "Op di 12 mrt 2024 om 10:15 schreef Jan <j@example.org>:",
    "sv": "Den tis 12 mars 2024 kl 10:15 skrev Sven <s@example.org>:",
    "no": "tir. 12. mars 2024 kl. 10:15 skrev Ola <o@example.org>:",
    "fi": "ti 12. maalisk. 2024 klo 10:15 Matti <m@example.org> kirjoitti:",
    "pl": "wt., 12 mar 2024 o 10:15 Jan <j@example.org> napisał(a):",
    "cs": "út 12. 3. 2024 v 10:15 odesílatel Jan <j@example.org> napsal:",
    "ru": "вт, 12 мар. 2024 г. в 10:15, Иван <i@example.org>:",
    "uk": "вт, 12 бер. 2024 р. о 10:15 Іван <i@example.org> пише:",
    "tr": "12 Mar 2024 Sal, 10:15 tarihinde Ali <a@example.org> şunu yazdı:",
    "el": "Στις Τρί 12 Μαρ 2024 στις 10:15 π.μ., ο χρήστης N <n@example.org> έγραψε:",
    "he": "\u202bבתאריך יום ג׳, 12 במרץ 2024 ב-10:15 מאת \u202aA\u202c\u200f <a@b.example>:\u202c",
    "ja": "2024年3月12日(火) 10:15 Taro <t@example.org>:",
    "ko": "2024년 3월 12일 (화) 오전 10:15, Kim <k@example.org>님이 작성:",
    "zh": "在 2024年3月12日，10:15，Li <l@example.org> 写道：",
}

HEADERS = {
    "en": "From: A B\nSent: Tuesday, March 12, 2024 10:15 AM\nTo: C\nSubject: Re: Moons",
    "en bold": "*From:* A <a@example.org>\n*Sent:* March 12, 2024 10:15\n*To:* C\n*Subject:* M",
    "en one line": "From: A B Sent: Tuesday, March 12, 2024 10:15 AM To: C Subject: Re: Moons",
    "de": "Von: A B <a@example.org>\nGesendet: Dienstag, 12. März 2024 10:15\nAn: C\nBetreff: M",
    "fr": "De : A B\nEnvoyé : mardi 12 mars 2024 10:15\nÀ : C D\nObjet : Re: Lunes",
    "es": "De: A\nEnviado el: martes, 12 de marzo de 2024 10:15\nPara: B\nAsunto: Lunas",
    "pt": "De: A\nEnviada em: terça-feira, 12 de março de 2024 10:15\nPara: B\nAssunto: Luas",
    "it": "Da: A\nInviato: martedì 12 marzo 2024 10:15\nA: B\nOggetto: Lune",
    "nl": "Van: A\nVerzonden: dinsdag 12 maart 2024 10:15\nAan: B\nOnderwerp: Manen",
    "sv": "Från: A\nSkickat: den 12 mars 2024 10:15\nTill: B\nÄmne: Månar",
    "no": "Fra: A\nSendt: 12. mars 2024 10:15\nTil: B\nEmne: Måner",
    "fi": "Lähettäjä: A\nLähetetty: 12. maaliskuuta 2024 10:15\nVastaanottaja: B\nAihe: Kuut",
    "pl": "Od: A\nWysłano: wtorek, 12 marca 2024 10:15\nDo: B\nTemat: Księżyce",
    "cs": "Od: A\nOdesláno: 12. března 2024 10:15\nKomu: B\nPředmět: Měsíce",
    "ru": "От: A\nОтправлено: 12 марта 2024 г. 10:15\nКому: B\nТема: Луны",
    "tr": "Kimden: A\nGönderildi: 12 Mart 2024 10:15\nKime: B\nKonu: Aylar",
    "hu": "Feladó: A\nElküldve: 2024. március 12. 10:15\nCímzett: B\nTárgy: Holdak",
    "zh": "发件人: A\n发送时间: 2024年3月12日 10:15\n收件人: B\n主题: 卫星",
    "ja": "差出人: A\n送信日時: 2024年3月12日 10:15\n宛先: B\n件名: 衛星",
    "ko": "보낸 사람: A\n보낸 날짜: 2024년 3월 12일 10:15\n받는 사람: B\n제목: 위성",
}
RULES = ["", "________________________________\n", "-----Original Message-----\n"]


@pytest.mark.parametrize("name", INTRODUCTIONS)
@pytest.mark.parametrize("quoted", ["\n> Which was brightest?\n", "Which was\nbrightest?\n"])
def test_an_introduction_is_cut_with_what_it_introduces(name: str, quoted: str) -> None:
    found = trim(f"{OWN}\n\n{INTRODUCTIONS[name]}\n{quoted}")
    assert found.reply == OWN
    assert found.elided.startswith(INTRODUCTIONS[name][:5])


@pytest.mark.parametrize("name", INTRODUCTIONS)
def test_words_right_above_an_introduction_are_not_taken_for_it(name: str) -> None:
    assert trim(f"{OWN}\n{INTRODUCTIONS[name]}\n\n> Which?\n").reply == OWN


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("rule", RULES)
def test_a_header_of_a_quoted_mail_is_cut_with_the_mail(name: str, rule: str) -> None:
    text = f"{OWN}\n\n{rule}{HEADERS[name]}\n\nWhich was brightest?\nRegards\n"
    assert trim(text).reply == OWN


@pytest.mark.parametrize("name", HEADERS)
def test_a_reply_below_a_header_is_kept(name: str) -> None:
    assert trim(f"{HEADERS[name]}\n\n{OWN}").reply == OWN


@pytest.mark.parametrize(
    "line",
    [
        "-----Ursprüngliche Nachricht-----",
        "-------- Original-Nachricht --------",
        "-----Message d'origine-----",
        "-----Mensaje original-----",
        "-----Mensagem Original-----",
        "-----Messaggio originale-----",
        "-----Oorspronkelijk bericht-----",
        "-----Ursprungligt meddelande-----",
        "-----Opprinnelig melding-----",
        "-----Alkuperäinen viesti-----",
        "-----Исходное сообщение-----",
        "------------------ 原始邮件 ------------------",
    ],
)
def test_a_line_between_dashes_separates_what_was_quoted(line: str) -> None:
    assert trim(f"{OWN}\n\n{line}\nWhich was brightest?\n").reply == OWN
