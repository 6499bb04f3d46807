"""A student who writes from another address: asked once, known from then on."""

import sqlalchemy as sa
from acceptance.conftest import NewPerson
from support.correspondent import Correspondent, states, text_of
from support.site import TestSite

from maildriver.database.schema import alias, inbox, post


def texts(site: TestSite) -> list[tuple[str, str]]:
    rows = site.rows(sa.select(post.c.text, post.c.state).order_by(post.c.id))
    return [(row.text, row.state) for row in rows]


def test_after_a_yes_the_other_address_is_theirs_until_the_operator_forgets_it(
    mail_site: TestSite, student: Correspondent, new_person: NewPerson
) -> None:
    packet, work = student.mails()[-1], new_person("work")
    work.name = "Buy pills at evil"
    work.reply(packet, "I write from work.")
    work.reply(packet, "And once more.")
    mail_site.call("run", "--once")
    assert texts(mail_site) == [("I write from work.", "held"), ("And once more.", "held")]
    question = student.the_new_mail()
    assert str(question["Subject"]) == "Was this you? Night-Sky"
    assert work.address in text_of(question)
    assert "from work." not in question.as_string()
    assert "pills" not in question.as_string()

    student.reply(question, "Yes\n\nAnna")
    mail_site.call("run", "--once")
    assert texts(mail_site) == [("I write from work.", "accepted"), ("And once more.", "accepted")]
    assert mail_site.json("held")["held"] == []
    assert str(student.the_new_mail()["Subject"]) == "Received: Night-Sky"

    work.reply(packet, "status")
    work.write("help")
    mail_site.call("run", "--once")
    subjects = sorted(str(mail["Subject"]) for mail in student.new_mails())
    assert subjects == ["What you can write to Night-Sky", "Where you are in Night-Sky"]
    assert work.mails() == [], "answers go to the enrolled address"

    assert mail_site.json("student", student.address)["aliases"] == [work.address]
    shown = mail_site.call("student", student.address).stdout
    assert f"writes from {work.address} as well" in shown
    done = mail_site.call("student", student.address, "--forget-alias", work.address)
    assert f"Removed the extra address {work.address}." in done.stderr
    mail_site.call("student", student.address, "--forget-alias", work.address, expect=1)
    work.reply(packet, "Do you know me?")
    mail_site.call("run", "--once")
    assert texts(mail_site)[-1] == ("Do you know me?", "held")


def test_after_a_no_nothing_is_remembered_and_the_mail_is_dropped(
    mail_site: TestSite, student: Correspondent, new_person: NewPerson
) -> None:
    packet, other = student.mails()[-1], new_person("other")
    other.reply(packet, "I am not who you think.")
    other.reply(packet, "resume")
    mail_site.call("run", "--once")
    question = student.the_new_mail()

    other.reply(question, "yes")  # whoever was forwarded the question cannot answer it
    student.reply(question, "What is this about?")
    mail_site.call("run", "--once")
    assert texts(mail_site) == [("I am not who you think.", "held")]
    assert len(mail_site.json("held")["held"]) == 4

    student.reply(question, "No, that was not me")
    mail_site.call("run", "--once")
    assert texts(mail_site) == [("I am not who you think.", "dropped")]
    assert mail_site.rows(sa.select(alias)) == []
    assert student.new_mails() == other.mails() == []
    dropped = mail_site.rows(sa.select(inbox.c.rule).where(inbox.c.state == "dropped"))
    assert dropped == [("dropped: the student did not write it",)]


def test_a_no_withdraws_what_somebody_has_let_pass_meanwhile(
    mail_site: TestSite, student: Correspondent, new_person: NewPerson
) -> None:
    new_person("other").reply(student.mails()[-1], "I am not who you think.")
    mail_site.call("run", "--once")
    question = student.the_new_mail()
    mail_site.call("held", "release", mail_site.json("held")["held"][0]["id"])
    assert texts(mail_site) == [("I am not who you think.", "accepted")]

    student.reply(question, "no")
    mail_site.call("run", "--once")
    assert texts(mail_site) == [("I am not who you think.", "withdrawn")]


def test_a_command_from_another_address_is_done_after_a_yes(
    mail_site: TestSite, student: Correspondent, new_person: NewPerson
) -> None:
    packet, work = student.mails()[-1], new_person("work")
    student.write("pause")
    mail_site.call("run", "--once")
    student.new_mails()
    work.reply(packet, "resume")
    mail_site.call("run", "--once")
    assert states(mail_site) == [("paused", "student")]

    student.reply(student.the_new_mail(), "yes")
    mail_site.call("run", "--once")
    assert states(mail_site) == [("active", "")]
    assert str(student.the_new_mail()["Subject"]) == "It goes on: Night-Sky"


def test_nobody_is_asked_about_machines_lists_and_those_who_are_students_themselves(
    mail_site: TestSite, student: Correspondent, new_person: NewPerson
) -> None:
    packet, other, mate = student.mails()[-1], new_person("other"), new_person("mate")
    mail_site.call("enrol", "night-sky", mate.address, "--confirmed")
    other.reply(packet, "I am away.", Auto_Submitted="auto-replied")
    other.reply(packet, "From a list.", List_Id="<stars.lists.test>")
    mate.reply(packet, "Forwarded to me.")
    mail_site.call("run", "--once")

    assert student.new_mails() == []
    assert other.mails() == []
    assert texts(mail_site) == [("From a list.", "held"), ("Forwarded to me.", "held")]
