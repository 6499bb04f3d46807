"""Answers to invitations: a program's words are nobody's, a person's are not lost."""

import pytest
from support.raw_mails import mail, multipart
from support.shipped_words import explain

from maildriver.mail.kind.classify import SenderFacts, classify
from maildriver.mail.message import read_mail


def ics(method: str = "REPLY", *lines: str, program: str = "-//Example//1//EN") -> str:
    """Return a calendar's answer, with these lines in its event."""
    event = [
        "BEGIN:VCALENDAR", f"PRODID:{program}", f"METHOD:{method}", "BEGIN:VEVENT", "UID:1@x",
        "SUMMARY:Moon night",
        'ATTENDEE;PARTSTAT=ACCEPTED;CN="Anna Smith":mailto:anna@example.org', *lines,
        "END:VEVENT", "END:VCALENDAR", "",
    ]  # fmt: skip
    return "\n".join(event)


def part(calendar: str, method: str = "REPLY") -> str:
    return f"Content-Type: text/calendar; charset=utf-8; method={method}\n\n{calendar}"


def google(text: str, *lines: str, method: str = "REPLY") -> bytes:
    """Return an answer as Google Calendar sends it: three forms, and the calendar as a file."""
    calendar = ics(method, *lines, program="-//Google Inc//Google Calendar 70.9054//EN")
    forms = (
        "Content-Type: multipart/alternative; boundary=in\n\n--in\n"
        f"Content-Type: text/plain; charset=utf-8; format=flowed; delsp=yes\n\n{text}\n"
        f"--in\nContent-Type: text/html\n\n<div><p>{text}</p><table><tr><td>When</table></div>\n"
        f"--in\n{part(calendar, method)}\n--in--\n"
    )
    file = f'Content-Type: application/ics; name="invite.ics"\n\n{calendar}'
    return multipart(forms, file, subject="Accepted: Moon night")


STUB = "Anna Smith has accepted this invitation.\n\nMoon night\nFriday 27 Nov 2026"
NOTED = (
    "Anna Smith has accepted this invitation with a note:\n\n"
    '"I bring the telescope."\n\nMoon night'
)
OUTLOOK = "-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN"
WITHOUT_WORDS = {
    "alone": mail(ics(), content_type="text/calendar; method=REPLY"),
    "alone, named in its lines": mail(ics(), content_type="text/calendar"),
    "Google": google(STUB),
    "Google in German": google("Anna Smith hat diese Einladung angenommen.\n\nMoon night"),
    "Outlook": multipart(
        "Content-Type: text/plain\n\n \n", part(ics(program=OUTLOOK)), kind="alternative",
        subject="Accepted: Moon night",
    ),
    "Outlook with the invitation below": multipart(
        "Content-Type: text/plain\n\n\n-----Original Appointment-----\n"
        "From: Course <course@example.net>\nSent: Tuesday, 24 November 2026 10:15\n"
        "To: Anna Smith\nSubject: Moon night\nWhen: Friday\n\nCome to the hill.\n",
        part(ics(program=OUTLOOK)), kind="alternative",
    ),
    "Apple": multipart(
        "Content-Type: text/plain\n\nAnna Smith has accepted your invitation to the event: "
        "“Moon night”, scheduled for Friday.\n",
        part(ics(program="-//Apple Inc.//iCal 4.0//EN")),
    ),
    "declined": multipart(
        "Content-Type: text/plain\n\nAnna Smith (anna@example.org) declined: Moon night\n",
        part(ics()), kind="alternative",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WITHOUT_WORDS)
def test_an_answer_without_words_is_a_calendars(name: str) -> None:
    found = read_mail(WITHOUT_WORDS[name])
    assert (found.body.text.strip(), found.calendar_method) == ("", "reply")
    assert classify(found, SenderFacts()).kind == "calendar"


WITH_WORDS = {
    "Google's note": google(NOTED, "X-NONE:1" ),
    "Google's note in the calendar": google(
        NOTED,
        'ATTENDEE;X-RESPONSE-COMMENT="I bring the tel\n escope.":mailto:a@b.example',
    ),
    "a comment alone": mail(
        ics("REPLY", "COMMENT;LANGUAGE=en:I bring the telescope."),
        content_type="text/calendar; method=REPLY",
    ),
    "Outlook's text": multipart(
        "Content-Type: text/plain\n\nI bring the telescope.\n", part(ics(program=OUTLOOK)),
        kind="alternative",
    ),
    "Outlook's text and the same comment": multipart(
        "Content-Type: text/plain\n\nI bring the telescope.\n",
        part(ics("REPLY", "COMMENT:I bring the telescope.", program=OUTLOOK)), kind="alternative",
    ),
    "Outlook's comment without a text": multipart(
        "Content-Type: text/plain\n\n\n", part(ics("REPLY", "COMMENT:I bring the telescope.")),
    ),
    "another time": mail(
        ics("COUNTER", "COMMENT:I bring the telescope."),
        content_type="text/calendar; method=COUNTER",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WITH_WORDS)
def test_what_a_person_adds_to_an_answer_is_a_post(name: str) -> None:
    found = explain("x", WITH_WORDS[name])
    assert (found.kind, found.reply.strip()) == ("post", "I bring the telescope.")


def test_a_person_who_speaks_of_accepting_is_heard() -> None:
    text = "I have accepted, but I may be late."
    raw = multipart(f"Content-Type: text/plain\n\n{text}\n", part(ics()), kind="alternative")
    assert explain("x", raw).reply == text


def test_escapes_of_a_comment_are_taken_back() -> None:
    raw = mail(ics("REPLY", r"COMMENT:One\, two\nthree\\"), content_type="text/calendar")
    assert read_mail(raw).body.text == "One, two\nthree\\"


@pytest.mark.parametrize("method", ["REQUEST", "PUBLISH", "REPLY"])
def test_an_invitation_beside_words_is_a_post_with_a_file(method: str) -> None:
    raw = multipart(
        "Content-Type: text/plain\n\nShall we meet at the telescope?\n",
        f'Content-Type: text/calendar; method={method}; name="invite.ics"\n'
        f"Content-Disposition: attachment\n\n{ics(method)}",
    )
    found = explain("x", raw)
    assert (found.kind, found.reply) == ("post", "Shall we meet at the telescope?")
    assert [each.name for each in read_mail(raw).files] == ["invite.ics"]


def test_an_invitation_that_is_attached_and_nothing_else_waits_for_a_person() -> None:
    file = f'Content-Type: text/calendar; method=REQUEST; name="a.ics"\n\n{ics("REQUEST")}'
    assert explain("x", multipart(file)).kind == "empty"
    assert explain("x", multipart(part(ics("REQUEST"), "REQUEST"))).kind == "calendar"


def test_words_beside_a_file_of_google_are_not_taken_for_its_own() -> None:
    calendar = ics(program="-//Google Inc//Google Calendar 70.9054//EN")
    raw = multipart(
        "Content-Type: text/plain\n\nThis is what Bob answered.",
        f'Content-Type: application/ics; name="invite.ics"\n\n{calendar}',
    )
    assert explain("x", raw).reply == "This is what Bob answered."


def test_a_forwarded_answer_makes_no_answer_of_the_mail() -> None:
    inner = WITHOUT_WORDS["alone"].decode()
    raw = multipart(
        "Content-Type: text/plain\n\nLook.", f"Content-Type: message/rfc822\n\n{inner}"
    )
    assert read_mail(raw).calendar_method == ""
    assert explain("x", raw).kind == "forward"


def test_a_calendar_of_any_shape_raises_nothing() -> None:
    for text in ("", ":", "BEGIN:", "ATTENDEE;CN=:", "COMMENT", "METHOD:\nCOMMENT:\\", "\n \n :"):
        read_mail(mail(text, content_type="text/calendar; method=REPLY"))
    read_mail(mail("ATTENDEE;X-RESPONSE-COMMENT=" * 20_000, content_type="text/calendar"))
