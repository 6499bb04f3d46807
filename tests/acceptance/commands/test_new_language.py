"""A language that a site adds: one folder of templates, and no code."""

from collections.abc import Callable

import sqlalchemy as sa
from acceptance.conftest import NewStudent
from support.correspondent import Correspondent, text_of
from support.site import TestSite

from maildriver.database.schema import enrolment, inbox

COMMANDS = """
no = ["não"]
week = ["semana", "semanas"]

[pause]
words = ["pausa"]

[leave]
words = ["sair"]
"""


def test_a_reply_in_a_language_of_the_site_is_obeyed(
    mail_site: TestSite, new_student: NewStudent
) -> None:
    mail_site.write("templates/pt/commands.toml", COMMANDS)
    mail_site.write("templates/pt/cadence.toml", 'tuesday = ["terça"]\n')
    student = new_student("--confirmed", language="pt")
    mail_site.call("run", "--once")
    first = student.new_mails()[-1]

    def states() -> set[str]:
        return {row.state for row in mail_site.rows(sa.select(enrolment.c.state))}

    student.reply(first, "Pausa 2 semanas")
    mail_site.call("run", "--once")
    assert states() == {"paused"}
    note = " ".join(text_of(student.the_new_mail()).split())
    assert "is paused until" in note, "in the course's language"

    explained = mail_site.json("explain", f"in-{mail_site.rows(sa.select(inbox.c.id))[0].id}")
    assert explained["commands"][0]["name"] == "pause"

    student.reply(first, "sair")
    mail_site.call("run", "--once")
    assert states() == {"left"}


def test_a_hold_is_explained_in_the_instructors_language(
    mail_site: TestSite,
    new_student: NewStudent,
    new_person: Callable[..., Correspondent],
) -> None:
    instructor, stranger = new_person("professor"), new_person()
    student = new_student("--confirmed")
    mail_site.call("run", "--once")
    first = student.new_mails()[-1]
    mail_site.write_course(more=f'instructors = ["{instructor.address}"]')
    settings = mail_site.folder / "courses/night-sky/course.toml"
    german = settings.read_text("utf-8").replace('language = "en"', 'language = "de"')
    settings.write_text(german, "utf-8")
    mail_site.call("run", "--once")
    instructor.new_mails()

    stranger.reply(first, "I write from elsewhere.")
    mail_site.call("run", "--once")

    (hold,) = [mail for mail in instructor.new_mails() if "Angehalten" in str(mail["Subject"])]
    words = " ".join(text_of(hold).split())
    assert "weitergegeben: es ist nicht sicher, ob sie wirklich von dieser Person kommt." in words
    assert "proven" not in words
    (item,) = mail_site.json("held")["held"]
    assert item["why"] == "its sender is not proven to be the student"
