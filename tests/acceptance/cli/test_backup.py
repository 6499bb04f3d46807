"""A backup is all of a site at one moment, though it sends meanwhile."""

import shutil
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.deadlines import wait_until
from support.running_site import enrol, sent
from support.simulated_class import sink_in_thread
from support.site import TestSite

from maildriver.database.schema import outbox, student

STUDENTS = 200


def test_a_site_goes_on_from_a_backup_that_was_made_while_it_sent(tmp_path: Path) -> None:
    site, copy = TestSite(tmp_path / "site"), tmp_path / "backup.db"
    with sink_in_thread() as sink:
        site.write_settings("course@maildriver.test", smtp=sink.port, imap=1)
        site.write_course()
        enrol(site, [f"student{number}@class.test" for number in range(STUDENTS)])
        with site.running():
            wait_until(lambda: sent(site) > 5, 60, "nothing is sent")
            said = site.call("backup", str(copy))
            then = len(sink.taken)
    assert str(copy) in said.stderr
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.db", "site"]

    shutil.copytree(site.folder, tmp_path / "restored", ignore=shutil.ignore_patterns("var"))
    (tmp_path / "restored" / "var").mkdir()
    shutil.copy(copy, tmp_path / "restored" / "var" / "maildriver.db")
    restored = TestSite(tmp_path / "restored")

    assert "never run" not in restored.call("status").stdout
    assert len(restored.rows(sa.select(student.c.id))) == STUDENTS
    gone = restored.rows(sa.select(outbox.c.id).where(outbox.c.state == "sent"))
    assert 0 < len(gone) <= then


@pytest.mark.parametrize("trouble", ["there", "nowhere", "postgresql", "new"])
def test_what_cannot_be_backed_up_is_told_and_nothing_is_left(
    tmp_path: Path, trouble: str
) -> None:
    site, target = TestSite(tmp_path / "site"), tmp_path / "backup.db"
    database = "postgresql+psycopg://nobody@localhost/none" if trouble == "postgresql" else ""
    site.write_settings("course@maildriver.test", smtp=1, imap=1, database=database)
    site.write_course()
    if trouble != "new" and not database:
        enrol(site, ["ada@class.test"])
    if trouble == "there":
        target.write_text("mine")
    elif trouble == "nowhere":
        target = tmp_path / "no" / "backup.db"

    told = site.call("backup", str(target), expect=1).stderr

    assert {
        "there": "already exists",
        "nowhere": "no backup was made",
        "postgresql": "Use pg_dump.",
        "new": "Nobody is enrolled here.",
    }[trouble] in told
    assert target.exists() == (trouble == "there")
    assert list(tmp_path.rglob("*.part")) == []
