"""The kind of a message: machines first, by their headers; then what a person wants."""

import pytest
from support.raw_mails import mail, multipart, report
from support.shipped_words import explain

from maildriver.domain.token import SiteAddress
from maildriver.mail.authentication import AuthenticationResult
from maildriver.mail.command.join import requested_course
from maildriver.mail.explain_text import text_of
from maildriver.mail.kind.classify import Kind, SenderFacts, classify
from maildriver.mail.message import read_mail

TOKEN = "xac56tlpozke7wykwxaa4ymo"
SITE = SiteAddress("course@example.net", "+")
NOBODY = SenderFacts()
STUDENT = SenderFacts(
    site_address=SITE,
    token_kind="packet",
    token_found_in="address",
    recipient_address="anna@example.org",
    sender_enrolled=True,
    our_subjects=("3. Moons", "4. Urlaub im All"),
)
AWAY = "I am away. Please stop by."


def kind(raw: bytes, known: SenderFacts = STUDENT) -> Kind:
    return classify(read_mail(raw), known).kind


def test_an_answer_of_a_student_is_a_post() -> None:
    assert kind(mail("Io.", subject="Re: 3. Moons")) == "post"
    assert kind(mail("Io."), NOBODY) == "post"


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Auto-Submitted", "auto-replied"),
        ("Auto-Submitted", "auto-generated; owner-email=x"),
        ("Auto-Submitted", "auto-replied (vacation)"),
        ("Precedence", "bulk"),
        ("Precedence", "junk"),
        ("Precedence", "auto_reply"),
        ("X-Autoreply", "yes"),
        ("X-Autorespond", ""),
        ("X-Vacation", "1"),
        ("Return-Path", "<>"),
    ],
)
def test_a_header_of_a_machine_makes_an_auto_reply(header: str, value: str) -> None:
    raw = mail(AWAY, subject="Re: 3. Moons", **{header: value or "yes"})
    assert kind(raw) == "auto-reply"
    assert explain("x", raw).commands == ()


@pytest.mark.parametrize("value", ["no", "No", "no; because=a-person-wrote"])
def test_a_person_may_say_that_no_machine_wrote(value: str) -> None:
    assert kind(mail("Io.", subject="Re: 3. Moons", auto_submitted=value)) == "post"


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: 3. Moons", "Out of Office: 3. Moons", "Re: Out of office",
        "Automatische Antwort: 3. Moons", "Abwesenheitsnotiz", "Réponse automatique : Lunes",
        "Respuesta automática: Lunas", "Risposta automatica: Lune", "Automatisch antwoord: M",
        "Autosvar: Moons", "Автоответ: Луны", "自动回复: 卫星", "自動応答",
        "Otomatik yanıt: Aylar",
        "Vacation reply", "I am away until Monday",
    ],
)  # fmt: skip
def test_a_subject_of_a_machine_makes_an_auto_reply(subject: str) -> None:
    raw = mail(AWAY, subject=subject)
    assert kind(raw) == "auto-reply"
    assert explain("x", raw).commands == ()


def test_away_is_no_command_whatever_the_header_says() -> None:
    for text in (AWAY, "stop", "pause 2 weeks"):
        found = explain("x", mail(text, auto_submitted="auto-replied"))
        assert (found.kind, found.commands) == ("auto-reply", ())
    assert explain("x", mail(AWAY, subject="Re: 3. Moons")).commands == ()


@pytest.mark.parametrize(
    "subject",
    ["Antwort auf Frage 3", "Reply to lesson 3", "Response", "Svar på uppgift 2", "Autopsy",
     "Re: Absolute magnitude", "My answer", "Question about the automatic telescope"],
)  # fmt: skip
def test_a_subject_of_a_person_does_not(subject: str) -> None:
    assert kind(mail("Io.", subject=subject)) == "post"


def test_what_a_machine_said_in_a_quotation_makes_no_auto_reply() -> None:
    says_so = "This is an automatic reply.\nI am away."
    assert kind(mail(says_so, subject="Re: 3. Moons")) == "auto-reply"
    quoted = "".join(f"> {line}\n" for line in says_so.split("\n"))
    assert kind(mail(f"{quoted}\nSo I write to you: I saw Io.", subject="Re: 3. Moons")) == "post"


def test_a_lesson_whose_title_sounds_like_an_absence_can_be_answered() -> None:
    titled = SenderFacts(site_address=SITE, token_kind="packet", our_subjects=("Urlaub im All",))
    assert kind(mail("Ja.", subject="Re: Urlaub im All"), titled) == "post"
    assert kind(mail("Bin weg.", subject="Re: Urlaub bis Montag"), titled) == "auto-reply"


# -- loops and reports -------------------------------------------------------------


@pytest.mark.parametrize(
    "sender",
    ["course@example.net", "Course <COURSE@Example.NET>", f"course+{TOKEN}@example.net"],
)
def test_our_own_address_in_from_is_a_loop(sender: str) -> None:
    assert kind(mail("stop", **{"from": sender})) == "loop"


def test_a_message_id_of_ours_is_a_loop() -> None:
    assert kind(mail("x", message_id=f"<{TOKEN}@example.net>")) == "loop"
    assert kind(mail("x", message_id=f"<{TOKEN}@elsewhere.example>")) == "post"


def test_too_many_stations_are_a_loop() -> None:
    assert kind(b"Received: from a\n" * 51 + mail("x")) == "loop"
    assert kind(b"Received: from a\n" * 50 + mail("x")) == "post"


def test_a_delivery_report_is_a_bounce() -> None:
    assert kind(report(), NOBODY) == "bounce"
    assert kind(report(return_path="<>", auto_submitted="auto-replied"), NOBODY) == "bounce"
    assert kind(report(precedence="bulk"), NOBODY) == "bounce"


def test_a_report_to_a_bounce_address_is_a_bounce_whatever_it_looks_like() -> None:
    known = SenderFacts(site_address=SITE, token_kind="packet", token_found_in="bounce-address")
    raw = mail("No.", subject="Hm", return_path="<>", to=f"course+b-{TOKEN}@example.net")
    verdict = classify(read_mail(raw), known)
    assert verdict.kind == "bounce"
    assert "envelope sender" in verdict.rule


def test_a_persons_mail_to_a_bounce_address_is_no_bounce() -> None:
    known = SenderFacts(site_address=SITE, token_kind="packet", token_found_in="bounce-address")
    assert kind(mail("Io.", to=f"course+b-{TOKEN}@example.net"), known) == "post"


def test_a_read_receipt_is_one() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nIt was displayed.",
        "Content-Type: message/disposition-notification\n\n"
        "Final-Recipient: rfc822; anna@example.org\nDisposition: manual-action; displayed\n",
        kind="report; report-type=disposition-notification",
        subject="Read: 3. Moons",
    )
    assert kind(raw) == "read-receipt"


def test_a_feedback_report_is_one() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nIt is an abuse report.",
        "Content-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n",
        kind="report; report-type=feedback-report",
    )
    assert kind(raw) == "feedback-report"


def test_a_calendars_answer_is_one() -> None:
    raw = mail("BEGIN:VCALENDAR\n", content_type="text/calendar; method=REPLY")
    assert kind(raw) == "calendar"


def test_words_beside_a_calendar_are_a_post() -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nSee you at the telescope.",
        "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\n",
    )
    assert kind(raw) == "post"


@pytest.mark.parametrize(
    "headers",
    [
        {"subject": "[verify] Your message to Anna"},
        {"subject": "Sender Verification required"},
        {"from": "Anna via Boxbe <anna@boxbe.example>"},
    ],
)
def test_a_challenge_is_never_answered(headers: dict[str, str]) -> None:
    assert kind(mail("Click here.", **headers), NOBODY) == "challenge"


def test_what_is_not_safe_to_read_is_empty_and_says_why() -> None:
    verdict = classify(read_mail(b"Subject: " + b"a" * 100_000 + b"\n\nx"), STUDENT)
    assert verdict.kind == "empty"
    assert "64 KB" in verdict.rule


# -- people ------------------------------------------------------------------------


def test_a_mail_that_nobody_knows_is_a_strangers() -> None:
    assert kind(mail("Hello"), SenderFacts(site_address=SITE)) == "stranger"
    assert kind(mail("Hello"), SenderFacts(site_address=SITE, sender_enrolled=True)) == "post"


def test_an_answer_to_a_confirm_mail_is_a_confirmation() -> None:
    assert (
        kind(
            mail("yes"),
            SenderFacts(site_address=SITE, token_kind="confirm", expects="confirmation"),
        )
        == "confirmation"
    )
    away = mail("yes", auto_submitted="auto-replied")
    assert kind(away, SenderFacts(site_address=SITE, token_kind="confirm")) == "auto-reply"


@pytest.mark.parametrize("prefix", ["Fwd:", "FW:", "WG:", "Tr:"])
def test_a_forwarded_mail_is_no_post(prefix: str) -> None:
    assert kind(mail("See below.", subject=f"{prefix} 3. Moons")) == "forward"


def test_a_mail_passed_on_in_its_text_is_a_forward() -> None:
    text = (
        "Look\n\n---------- Forwarded message ---------\nFrom: Bob <b@example.org>\n"
        "Date: Tue, 12 Mar 2024 at 10:15\nSubject: Moons\nTo: Anna\n\nThey were bright."
    )
    assert kind(mail(text, subject="Moons")) == "forward"


def test_a_reply_with_nothing_of_its_own_is_empty() -> None:
    raw = mail("On Tue, 12 Mar 2024 at 10:15, Course wrote:\n> Which?\n", subject="Re: 3. Moons")
    assert explain("x", raw).kind == "empty"


def test_an_explanation_is_complete_and_readable() -> None:
    found = explain("a.eml", mail("stop\n\nOn 12.03.2024 10:15, C wrote:\n> Which?\n"))
    facts = found.facts()
    assert (facts["kind"], facts["commands"], facts["bounces"]) == (
        "command",
        [{"name": "leave"}],
        [],
    )
    assert "a command to the course" in text_of(found)
    bounced = explain("b.eml", report())
    assert bounced.facts()["bounces"] == [{"address": "anna@example.org", "permanent": True}]
    assert "anna@example.org: for good" in text_of(bounced)


@pytest.mark.parametrize(
    ("token", "authentication", "headers", "kind"),
    [
        ("", "none", {}, "join"),
        ("", "pass", {}, "join"),
        ("", "fail", {}, "stranger"),
        ("packet", "none", {}, "post"),  # who names a token answers that mail
        ("", "none", {"Auto-Submitted": "auto-replied"}, "auto-reply"),
        ("", "none", {"Precedence": "bulk"}, "auto-reply"),
    ],
)
def test_who_asks_to_join_joins_unless_forged_or_a_machine(
    token: str, authentication: AuthenticationResult, headers: dict[str, str], kind: str
) -> None:
    letter = read_mail(mail("", subject="join night-sky", **headers))
    known = SenderFacts(
        site_address=SITE,
        token_kind=token,
        recipient_address="a@b.test",
        requested_course="night-sky",
        authentication=authentication,
    )
    assert classify(letter, known).kind == kind


@pytest.mark.parametrize(
    ("to", "subject", "slug"),
    [
        ("course@example.net", "join night-sky", "night-sky"),
        ("course@example.net", "Re: JOIN Night-Sky", "night-sky"),
        ("course@example.net", "please join night-sky.", "night-sky"),
        ("course+join-night-sky@example.net", "", "night-sky"),
        ("COURSE+JOIN-NIGHT-SKY@example.net", "Hello", "night-sky"),
        ("course@example.net", "join night-sky and more", ""),
        ("course@example.net", "adjoin night-sky", ""),
        ("course@example.net", "join ../../etc", ""),
        ("elsewhere+join-night-sky@example.net", "", ""),
    ],
)
def test_the_course_to_join_stands_in_the_address_or_is_the_subject(
    to: str, subject: str, slug: str
) -> None:
    assert requested_course(read_mail(mail("", to=to, subject=subject)), SITE) == slug
