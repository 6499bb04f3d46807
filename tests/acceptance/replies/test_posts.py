"""Which post a reply becomes: real Postfix and Dovecot are between the student and the site."""

from datetime import UTC, datetime

import sqlalchemy as sa
from acceptance.conftest import NewStudent
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import inbox, post


def test_the_same_reply_is_one_post_however_often_it_comes(
    mail_site: TestSite, mailstack: MailStack, new_student: NewStudent
) -> None:
    settings = mail_site.folder / "maildriver.toml"
    text = settings.read_text().replace("[imap]", '[imap]\nmailbox = ["INBOX", "Lists"]')
    settings.write_text(text)
    with mailstack.session(mail_site.address) as imap:
        assert imap.create("Lists")[0] == "OK"
    student = new_student("--confirmed")
    mail_site.call("run", "--once")
    student.the_new_mail()  # the welcome: Postfix may deliver it after the packet
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    packet = student.the_new_mail()

    letter = student.reply(packet, "I saw it rise.")
    student.send(letter)
    mailstack.append(mail_site.address, mailstack.mailbox(mail_site.address)[0], mailbox="Lists")
    mail_site.call("run", "--once")
    student.send(letter)
    mail_site.call("run", "--once")

    rows = mail_site.rows(sa.select(post.c.text, post.c.lesson))
    assert rows == [("I saw it rise.", "lesson-1")]
    settled = mail_site.rows(sa.select(inbox.c.mailbox, inbox.c.state).order_by(inbox.c.id))
    again = [("INBOX", "dropped"), ("INBOX", "dropped"), ("Lists", "dropped")]
    assert sorted(settled) == [("INBOX", "done"), *again]


def test_what_a_student_puts_below_every_mail_is_learnt_from_their_own(
    mail_site: TestSite, new_student: NewStudent
) -> None:
    student = new_student("--confirmed")
    mail_site.call("run", "--once")
    student.the_new_mail()  # the welcome: Postfix may deliver it after the packet
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    packet = student.the_new_mail()
    end = "Anna Berg\nPer aspera ad astra"

    for said in ("I saw it rise.", "And set.", "Cloud, all night.", "It is back."):
        student.reply(packet, f"{said}\n\n{end}")
        mail_site.call("run", "--once")

    texts = [row.text for row in mail_site.rows(sa.select(post.c.text).order_by(post.c.id))]
    assert texts == [
        f"I saw it rise.\n\n{end}", f"And set.\n\n{end}", "Cloud, all night.", "It is back."
    ]  # fmt: skip
