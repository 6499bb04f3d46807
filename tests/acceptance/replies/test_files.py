"""What students attach, from their mail to the class, through real Postfix and Dovecot."""

import asyncio
import io
import random
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from hashlib import sha256

import pytest
import sqlalchemy as sa
from support.clock import Clock
from support.correspondent import Correspondent, text_of
from support.servers.mailstack import MailStack
from support.site import TestSite

from maildriver.app.loop import run_until_idle
from maildriver.app.services import open_services
from maildriver.app.site import open_site
from maildriver.database.schema import blob, inbox, mail_file, post

PHOTO = random.Random(1).randbytes(150_000)
MOON = random.Random(2).randbytes(120_000)
LOGO = b"\x89PNG\r\n\x1a\n a logo \r\n.\r\n"
PROGRAM = b"MZ\x90\x00 a program"
DAY = timedelta(days=1)


def _bomb() -> bytes:
    """Return an archive that is a thousand times as large once it is opened."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", b"\0" * 20_000_000)
    return out.getvalue()


BOMB = _bomb()


@pytest.fixture
def people(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> tuple[Correspondent, Correspondent, Correspondent]:
    """A writer, a reader and an instructor; the course only names files."""
    found = [Correspondent(mailstack, mail_site, new_address(n)) for n in ("ada", "bo", "vera")]
    ada, bo, vera = found
    settings = mail_site.folder / "courses/night-sky/course.toml"
    settings.write_text(settings.read_text() + f'instructors = ["Vera <{vera.address}>"]\n')
    mail_site.call("enrol", "night-sky", ada.address, bo.address, "--confirmed")
    return ada, bo, vera


def attach_files(site: TestSite) -> None:
    settings = site.folder / "courses/night-sky/course.toml"
    settings.write_text(settings.read_text() + 'files = "attached"\n')


def work(site: TestSite, clock: Clock) -> None:
    """Let all services work until nothing is to be done at this moment."""

    async def run() -> None:
        with open_site(site.folder) as opened:
            async with open_services(opened, clock, stopping=asyncio.Event(), idle=0) as (
                found,
                _,
            ):
                await run_until_idle(found.steps())

    asyncio.run(run())


def next_morning(site: TestSite, clock: Clock) -> None:
    """Let it be a quarter past the hour at which packets and digests go."""
    work(site, clock)
    today = clock().replace(hour=7, minute=15)
    clock.advance(today + (DAY if today <= clock() else timedelta(0)) - clock())
    work(site, clock)


def send(
    writer: Correspondent, mail: EmailMessage, text: str, *files: tuple[str, str, bytes]
) -> None:
    """Answer a mail with files, quoting it: name, media type, bytes; image001 stands inside."""
    letter = writer.letter(to=str(mail["Reply-To"]), subject=f"Re: {mail['Subject']}")
    letter["In-Reply-To"] = str(mail["Message-ID"])
    quoted = "\n".join("> " + line for line in text_of(mail).splitlines())
    letter.set_content(f"{text}\n\nOn Monday, {mail['From']} wrote:\n{quoted}\n")
    for name, media_type, content in files:
        maintype, subtype = media_type.split("/")
        letter.add_attachment(content, maintype=maintype, subtype=subtype, filename=name)
        if "image001" in name:
            part = list(letter.iter_attachments())[-1]
            part.replace_header("Content-Disposition", f"inline; filename={name}")
            part["Content-ID"] = "<logo@mail>"
    writer.send(letter)


def attached(mail: EmailMessage) -> dict[str | None, bytes]:
    return {part.get_filename(): part.get_content() for part in mail.iter_attachments()}


def the_digest(reader: Correspondent) -> EmailMessage:
    (found,) = (mail for mail in reader.new_mails() if "Discussion" in str(mail["Subject"]))
    return found


def test_the_class_gets_what_is_harmless_byte_by_byte_and_an_operator_decides_the_rest(
    mail_site: TestSite, people: tuple[Correspondent, ...]
) -> None:
    ada, bo, vera = people
    attach_files(mail_site)
    clock = Clock(datetime.now(UTC))
    next_morning(mail_site, clock)
    packet = next(mail for mail in ada.new_mails() if str(mail["Subject"]).startswith("1. "))
    bo.new_mails()
    logo = ("image001.png", "image/png", LOGO)
    harmful = [("../tool.exe", "image/jpeg", PROGRAM), ("42.zip", "application/zip", BOMB)]
    send(ada, packet, "Here it is.", ("moon.jpg", "image/jpeg", PHOTO), *harmful, logo)
    send(ada, packet, "And clouds.", logo)
    send(ada, packet, "", ("moon.jpg", "image/jpeg", MOON))
    next_morning(mail_site, clock)

    digest = the_digest(bo)
    assert attached(digest) == {"moon.jpg": PHOTO, "image001.png": LOGO, "moon (2).jpg": MOON}
    _check_what_it_says_of_files(text_of(digest))
    assert "maildriver held show file-" in text_of(the_digest(vera))
    rows = mail_site.rows(sa.select(blob.c.sha256).where(sa.func.length(blob.c.bytes) == 150_000))
    assert rows == [(sha256(PHOTO).hexdigest(),)], "however many get it, it is there once"
    states = sa.select(mail_file.c.name, mail_file.c.state).order_by(mail_file.c.id)
    assert mail_site.rows(states) == [
        ("moon.jpg", "passed"), ("tool.exe", "held"), ("42.zip", "held"),
        ("image001.png", "passed"), ("image001.png", "logo"), ("moon.jpg", "passed"),
    ]  # fmt: skip

    _decide(mail_site)
    next_morning(mail_site, clock)

    follows = the_digest(bo)
    assert attached(follows) == {"tool.exe": PROGRAM}
    (part,) = follows.iter_attachments()
    assert part.get_content_type() == "application/octet-stream"
    assert "With: tool.exe (1 KB)\n" in text_of(follows)


def _check_what_it_says_of_files(text: str) -> None:
    """A digest names the files of each post, and what became of them."""
    assert "With: moon.jpg (150 KB), tool.exe (1 KB; waits for the instructor)," in text
    assert "image001.png (1 KB)\n" in text, "the first time nobody can tell that it is a logo"
    assert "With: moon (2).jpg (120 KB)\n" in text, "a photo is an answer without a word"
    assert text.count("With: ") == 2, "the second time it is known for a logo"


def _decide(site: TestSite) -> None:
    """Let an operator look at what is held, drop the archive and release the program."""
    program, archive = (item["id"] for item in site.json("held")["held"])
    shown = site.call("held", "show", program).stdout
    assert "tool.exe of 14 bytes" in shown
    assert "it is a program" in shown
    assert "MZ" not in shown
    saved = site.folder / "saved"
    site.call("held", "save", archive, str(saved))
    assert saved.read_bytes() == BOMB
    refused = site.call("held", "save", archive, str(saved), expect=1)
    assert "cannot be written" in refused.stderr
    site.call("held", "drop", archive)
    site.call("held", "release", program)
    assert site.json("held")["held"] == []


def test_a_course_that_names_files_asks_about_a_photo_without_words(
    mail_site: TestSite, people: tuple[Correspondent, ...]
) -> None:
    ada, bo, vera = people
    clock = Clock(datetime.now(UTC))
    next_morning(mail_site, clock)
    packet = next(mail for mail in ada.new_mails() if str(mail["Subject"]).startswith("1. "))
    assert bo.new_mails()
    assert vera.new_mails()
    send(ada, packet, "", ("moon.jpg", "image/jpeg", MOON))
    send(ada, packet, "private\n\nOnly for you.", ("me.jpg", "image/jpeg", PHOTO))
    work(mail_site, clock)

    question, private = sorted(vera.new_mails(), key=lambda mail: -len(str(mail["Subject"])))
    assert attached(question) == {"moon.jpg": MOON}, "who decides can look at it"
    assert "a file and no words" in " ".join(text_of(question).split())
    assert attached(private) == {"me.jpg": PHOTO}
    vera.reply(question, "ok")
    next_morning(mail_site, clock)

    digest = the_digest(bo)
    assert "With: moon.jpg (120 KB)\n" in text_of(digest)
    assert attached(digest) == {}
    assert "me.jpg" not in text_of(digest)
    assert attached(the_digest(vera)) == {"moon.jpg": MOON}, "who teaches gets it in any case"


def test_the_text_of_a_mail_that_is_too_large_is_a_post_and_its_film_is_named(
    mail_site: TestSite, people: tuple[Correspondent, ...]
) -> None:
    ada, _, _ = people
    settings = mail_site.folder / "maildriver.toml"
    settings.write_text(settings.read_text().replace("[imap]", '[imap]\nmax_size = "300KB"'))
    mail_site.make_due(datetime.now(UTC))
    mail_site.call("run", "--once")
    packet = ada.new_mails()[-1]
    film = random.Random(3).randbytes(700_000)
    send(ada, packet, "I filmed it.", ("sky.mov", "video/quicktime", film))
    letter = ada.letter(to=str(packet["Reply-To"]), subject="Re: 1. Lesson 1")
    letter.set_content(("A very long letter. " * 2_000 + "\n") * 15)
    ada.send(letter)
    mail_site.call("run", "--once")

    whole, cut = mail_site.rows(sa.select(post.c.text, post.c.state).order_by(post.c.id))
    assert whole == ("I filmed it.", "accepted")
    assert cut.state == "held"
    rules = mail_site.rows(sa.select(inbox.c.rule).where(inbox.c.state == "held"))
    assert rules == [("it is larger than is fetched; here is its beginning",)]
    files = sa.select(mail_file.c.name, mail_file.c.state, mail_file.c.sha256)
    assert mail_site.rows(files) == [("sky.mov", "large", None)]
