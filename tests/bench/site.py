"""A site in which packets of one size wait to be sent."""

import asyncio
import csv
import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from support.site import TestSite

from maildriver.app.site import open_site, utc_now
from maildriver.database.schema import enrolment, outbox
from maildriver.database.thread import DatabaseThread
from maildriver.domain.frozen_message import split_parts
from maildriver.lessons.scheduler import Scheduler
from maildriver.store import blobs

#: Bytes of the file beside the lesson, so that the message has about this size in all.
FILES = {5: 0, 50: 33_000, 500: 363_000}
_WORDS = (
    "Go out tonight, {{ student.name }}, and look for the pole. It is the one point of the sky "
    "that stands still while all the others turn around it, an hour for fifteen degrees."
)


def planned(
    folder: Path, kilobytes: int, students: int, database: str = "", *, more: str = ""
) -> tuple[TestSite, float]:
    """Return a site with one packet for each student, and how many packets a second were made."""
    site = TestSite(folder)
    site.write_settings("course@example.org", smtp=1, imap=1, database=database)
    site.write_course(lessons=2, more=more)  # the first is not the last, as with most packets
    lesson = folder / "courses/night-sky/lessons/010-lesson-1"
    (lesson / "lesson.md").write_text(f'+++\ntitle = "The pole"\n+++\n{_WORDS}\n', "utf-8")
    if size := FILES[kilobytes]:
        (lesson / "chart.pdf").write_bytes(b"%PDF-1.4\n" + os.urandom(size))
    with (folder / "class.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["address", "name"])
        rows.writerows([f"student-{n}@example.net", f"Zoë {n}"] for n in range(students))
    site.call("enrol", "night-sky", "--roster", str(folder / "class.csv"), "--confirmed")
    return site, asyncio.run(_plan(folder, students))


async def _plan(folder: Path, students: int) -> float:
    with open_site(folder) as site:
        due_at = datetime.now(UTC) - timedelta(minutes=1)
        site.database.write(
            lambda conn: conn.execute(sa.update(enrolment).values(due_at=due_at, greet_at=None))
        )
        db = DatabaseThread(site.database)
        scheduler = Scheduler(db, site.mail_writer(), utc_now, ahead=students)
        start = time.perf_counter()
        while await scheduler.step():
            pass
        seconds = time.perf_counter() - start
        waiting = sa.select(sa.func.count()).select_from(outbox)
        assert site.database.read(lambda conn: conn.execute(waiting).scalar_one()) == students
        db.close()
    return students / seconds


def again(site: TestSite, folder: Path, smtp: int) -> TestSite:
    """Return a copy of a site that sends to another port."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(site.folder, folder)
    copy = TestSite(folder)
    copy.write_settings("course@example.org", smtp=smtp, imap=1)
    return copy


def first_packet(folder: Path) -> bytes:
    """Return the first message as it goes on the wire."""
    with open_site(folder) as site:

        def look(conn: sa.Connection) -> bytes:
            parts = conn.execute(sa.select(outbox.c.parts).limit(1)).scalar_one()
            return b"".join(
                piece
                if isinstance(piece, bytes)
                else piece.wire_bytes(blobs.get(conn, piece.sha256))
                for piece in split_parts(parts)
            )

        return site.database.read(look)
