"""Students as their site sees them: what is in their mailbox, and what they write."""

import email
import json
import re
import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, localtime, parseaddr
from itertools import count

import sqlalchemy as sa
from support.deadlines import wait_until
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.database.schema import enrolment, mail_account

_numbers = count(1)


@dataclass
class Correspondent:
    """Somebody with a mailbox of the mail stack, who writes to one site."""

    stack: MailStack
    site: TestSite
    address: str
    name: str = "A Student"
    _read: int = field(default=0, init=False)

    # -- what has come ---------------------------------------------------------------

    def mails(self) -> list[EmailMessage]:
        """Return all mails, when the mail system holds none back any more."""
        wait_until(self._all_delivered, 60, f"mail for {self.address} is not delivered")
        return [
            email.message_from_bytes(raw, policy=default)
            for raw in self.stack.mailbox(self.address)
        ]

    def new_mails(self) -> list[EmailMessage]:
        """Return the mails that have come since the last look."""
        mails = self.mails()
        new, self._read = mails[self._read :], len(mails)
        return new

    def the_new_mail(self) -> EmailMessage:
        """Return the one mail that has come since the last look."""
        new = self.new_mails()
        assert len(new) == 1, [str(mail["Subject"]) for mail in new]
        return new[0]

    def _all_delivered(self) -> bool:
        waiting = [json.loads(line) for line in self.stack.queued()]
        return not any(
            recipient["address"].lower() == self.address.lower()
            for message in waiting
            for recipient in message["recipients"]
        )

    # -- what is written -------------------------------------------------------------

    def reply(self, mail: EmailMessage, text: str, **more: str) -> EmailMessage:
        """Answer a mail as a mail program does, the answered mail quoted below; send it."""
        letter = self.letter(to=str(mail["Reply-To"]), subject=f"Re: {mail['Subject']}", **more)
        letter["In-Reply-To"] = letter["References"] = str(mail["Message-ID"])
        quoted = "\n".join("> " + line for line in text_of(mail).splitlines())
        letter.set_content(f"{text}\n\nOn Monday, {mail['From']} wrote:\n{quoted}\n")
        self.send(letter)
        return letter

    def write(self, subject: str, text: str = "", *, to: str = "", **more: str) -> EmailMessage:
        """Write a mail of their own, to the plain address unless `to` says another."""
        letter = self.letter(to=to or self.site.address, subject=subject, **more)
        letter.set_content(text)
        self.send(letter)
        return letter

    def letter(self, *, to: str, subject: str, **more: str) -> EmailMessage:
        """Return the header of a mail; in the names of `more` stands _ for -."""
        letter = EmailMessage()
        letter["From"] = f"{self.name} <{self.address}>"
        letter["To"] = to
        letter["Subject"] = subject
        letter["Date"] = format_datetime(localtime())
        letter["Message-ID"] = f"<{next(_numbers)}.{self.address.replace('@', '.')}@client.test>"
        for name, value in more.items():
            letter[name.replace("_", "-")] = value
        return letter

    def send(self, letter: EmailMessage) -> None:
        """Send a mail through Postfix, and return when it is in the mailbox of the site."""
        before = self._copies(letter)
        to = parseaddr(str(letter["To"]))[1]
        with smtplib.SMTP(self.stack.host, self.stack.ports.smtp) as smtp:
            smtp.sendmail(self.address, [to], letter.as_bytes(policy=SMTP))
        wait_until(lambda: self._copies(letter) > before, 60, "the mail never came to the site")

    def _copies(self, letter: EmailMessage) -> int:
        line = f"\r\nMessage-ID: {letter['Message-ID']}\r\n".encode()
        return sum(line in raw for raw in self.stack.mailbox(self.site.address))


def text_of(mail: EmailMessage) -> str:
    """Return the plain text of a mail, its lines ended by LF."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


def states(site: TestSite) -> list[tuple[str, str]]:
    """Return the state of each enrolment, and why it is paused."""
    query = sa.select(enrolment.c.state, enrolment.c.pause_why).order_by(enrolment.c.id)
    return [(row.state, row.pause_why) for row in site.rows(query)]


def smtp_goes_to(site: TestSite, port: int) -> None:
    """Send through another port from now on, whatever paused the sending before."""
    settings = site.folder / "maildriver.toml"
    text = settings.read_text()
    section = text.partition("[smtp]")[2].partition("[imap]")[0]
    settings.write_text(text.replace(section, re.sub(r"port = \d+", f"port = {port}", section)))
    with site.database() as database:
        database.write(
            lambda conn: conn.execute(sa.delete(mail_account).where(mail_account.c.name == "smtp"))
        )


def packets(student: Correspondent) -> list[str]:
    subjects = [str(mail["Subject"]) for mail in student.mails()]
    return [subject for subject in subjects if re.match(r"\d+\. ", subject)]
