"""Machines that answer, and two sites enrolled in each other: nothing goes round."""

import email.utils
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import sqlalchemy as sa
from support.servers.mailstack import MailStack
from support.simulated_class import Member, SimulatedClass, body_of, kind_of, simulated_class

from maildriver.database.partial_indexes import NOTES
from maildriver.database.schema import enrolment, inbox, outbox, post, student

AWAY = "I am away. Please stop by, or leave a note. Pause for thought: help is near."

#: What automatic answers look like: headers, subject (where it is not Re:), text.
MODELS: list[tuple[dict[str, str], str, str]] = [
    ({"Auto-Submitted": "auto-replied"}, "", AWAY),
    ({"Auto-Submitted": "auto-replied (vacation)"}, "leave", "leave"),
    ({"Auto-Submitted": "auto-generated"}, "pause", "pause"),
    ({"Auto-Submitted": "auto-notified"}, "", "stop"),
    ({"Precedence": "bulk"}, "", AWAY),
    ({"Precedence": "junk"}, "", "help"),
    ({"Precedence": "auto_reply"}, "status", ""),
    ({"X-Autoreply": "yes"}, "", AWAY),
    ({"X-Autorespond": "Re"}, "", AWAY),
    ({"X-Vacation": "true"}, "", "next"),
    ({"Return-Path": "<>"}, "", AWAY),
    ({}, "Out of Office: back on Monday", AWAY),
    ({}, "Automatic reply: packet", AWAY),
    ({}, "Abwesenheitsnotiz: im Urlaub", "Ich bin bis Montag nicht im Büro."),
    ({}, "Réponse automatique : absent", "Je suis absent."),
    ({}, "自動応答: 不在です", "来週まで不在です。"),
    ({}, "Auto: away until Monday", AWAY),
    ({}, "[Ticket #4711] received", "Your request has been received."),
    ({"Content-Type": "text/calendar; method=REPLY"}, "Accepted: lesson", "BEGIN:VCALENDAR"),
]  # fmt: skip


def answer(term: SimulatedClass, member: Member, mail: EmailMessage, number: int) -> None:
    """Let a machine answer a mail, to each of the addresses that machines choose."""
    headers, subject, text = MODELS[number] if number < len(MODELS) else ({}, "", AWAY)
    for to in (str(mail["Reply-To"]), str(mail["From"].addresses[0].addr_spec)):
        reply = EmailMessage()
        reply["From"] = member.address
        reply["To"] = to
        reply["Subject"] = subject or f"Re: {mail['Subject']}"
        reply["Date"] = email.utils.format_datetime(term.now)
        reply["Message-ID"] = f"<{len(term.seen)}.{term.random.random()}@machine.test>"
        if number < len(MODELS):  # the last one strips every header, even this
            reply["In-Reply-To"] = str(mail["Message-ID"])
        kind = headers.get("Content-Type")
        for name, value in headers.items():
            if name != "Content-Type":
                reply[name] = value
        reply.set_content(text)
        if kind:
            reply.replace_header("Content-Type", kind)
        term.deposit(reply.as_bytes())


def test_twenty_machines_that_answer_everything_are_never_answered(
    tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    count = len(MODELS) + 1
    with simulated_class(
        tmp_path, mailstack, new_address("course"), students=count, lessons=4, same_hour=True
    ) as term:
        students = [member for member in term.members.values() if "student" in member.address]
        for _ in range(5 * 8):
            term.live_for(hours=3)
            for number, member in enumerate(students):
                for mail in member.new_mails():
                    answer(term, member, mail, number)

        kinds = {member.address: Counter(map(kind_of, member.mails)) for member in students}
        for member in students:
            assert kinds[member.address]["packet"] == 4, member.address
            like_a_person = member is students[-1]
            assert kinds[member.address]["letter"] == 1 + like_a_person, "the welcome, no note"
            assert kinds[member.address]["digest"] <= 5, "one a day, at most"
        said = term.site.rows(
            sa.select(student.c.address)
            .join(enrolment, enrolment.c.student_id == student.c.id)
            .join(post, post.c.enrolment_id == enrolment.c.id)
        )
        assert {row.address for row in said} <= {students[-1].address}, "it looks like a person"
        notes = term.site.rows(sa.select(outbox.c.key).where(NOTES))
        assert [row.key.split(":")[0] for row in notes] == ["receipt"], "one, to the last, ever"
        states = term.site.rows(sa.select(enrolment.c.state).distinct())
        assert set(states) <= {("active",), ("finished",)}, "no word of a machine is a command"


def test_two_sites_enrolled_in_each_other_send_what_they_would_send_anyway(
    tmp_path: Path, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    with ExitStack() as stack:
        names = [new_address("one"), new_address("two")]
        sites = [
            stack.enter_context(
                simulated_class(
                    tmp_path / name, mailstack, name, students=1, lessons=3, same_hour=True
                )
            )
            for name in names
        ]
        for site, other in zip(sites, reversed(names), strict=True):
            site.members[other] = Member(other, "The other")
            site.enrol(same_hour=True)
        for _ in range(5 * 8):
            for here, there in zip(sites, reversed(sites), strict=True):
                here.live_until(here.now + timedelta(hours=3))
                for mail in here.members[there.site.address].new_mails():
                    there.deposit(mail.as_bytes())

        for site, other in zip(sites, reversed(names), strict=True):
            mails = site.members[other].mails
            assert len(mails) == 1 + 3, [str(mail["Subject"]) for mail in mails]
            assert site.site.rows(sa.select(post.c.id)) == []
            assert set(site.site.rows(sa.select(inbox.c.kind))) <= {("auto-reply",), ("loop",)}
        assert "leave" in body_of(sites[0].members[names[1]].mails[0])
