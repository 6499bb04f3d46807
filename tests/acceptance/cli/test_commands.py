"""The operator's commands, from the outside: what they print, and what they change."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.site import TestSite

from maildriver.database.schema import enrolment, student


def test_a_new_site_is_ready_to_be_filled_in(tmp_path: Path) -> None:
    site = TestSite(tmp_path)
    made = site.folder / "school"

    done = site.call_bare("init", str(made))

    assert (made / "maildriver.toml").exists()
    assert (made / "mail.secret").stat().st_mode & 0o777 == 0o600
    assert "maildriver enrol night-sky" in done.stderr
    assert site.call_bare("check", "--site", str(made)).stderr == (
        "night-sky, teach-by-mail: 17 lessons, ready to send.\n"
    )
    again = site.call_bare("init", str(made), expect=1)
    assert again.stderr.startswith(f"maildriver: {made}/maildriver.toml already exists\n")


def test_enrolling_says_when_the_first_packets_go_and_to_how_many(site: TestSite) -> None:
    done = site.call(
        "enrol", "night-sky", "ada@example.org", "Bo@example.org", "--confirmed",
        "--timezone", "europe/lisbon", "--days", "mon,thu", "--at", "7:30",
        "--start", "2030-01-01",
    )  # fmt: skip

    assert "night-sky: 2 enrolled, 0 updated, 0 unchanged" in done.stderr
    assert "First lesson: Thursday 03 January 2030, 07:30 UTC, to 2 students." in done.stderr


def test_enrolling_again_changes_what_is_given_and_says_so(site: TestSite) -> None:
    site.call("enrol", "night-sky", "ada@example.org", "--confirmed")

    done = site.call("enrol", "night-sky", "ADA@example.org", "--at", "18:00", "--name", "Ada")

    assert done.stdout == "ADA@example.org: name Ada, hour 18:00\n"
    shown = site.json("student", "ada@example.org")
    assert (shown["name"], shown["enrolments"][0]["at"]) == ("Ada", "18:00")
    assert len(site.rows(sa.select(student.c.id))) == 1


def test_a_new_site_asks_on_a_terminal_and_takes_options_elsewhere(tmp_path: Path) -> None:
    site = TestSite(tmp_path / "elsewhere")
    done = site.call_bare(
        "init", str(tmp_path / "school"), "--address", "c@gmail.com", "--provider", "gmail"
    )
    assert "app password" in done.stderr
    assert 'host = "imap.gmail.com"' in (tmp_path / "school/maildriver.toml").read_text()
    refused = site.call_bare("init", str(tmp_path / "no"), "--provider", "nobody", expect=2)
    assert (
        "unknown provider 'nobody'; choose from gmail, microsoft, fastmail, own, other"
        in refused.stderr
    )

    terminal, keyboard = pty.openpty()
    os.write(terminal, b"course@school.test\nown\nEvening School\n")
    asked = subprocess.run(
        [sys.executable, "-m", "maildriver", "init", str(tmp_path / "asked")],
        stdin=keyboard, capture_output=True, text=True, timeout=240, check=True,
    )  # fmt: skip
    os.close(terminal)
    os.close(keyboard)
    assert "Provider of that mailbox" in asked.stderr
    text = (tmp_path / "asked/maildriver.toml").read_text()
    assert 'host = "mail.school.test"' in text
    assert 'name = "Evening School"' in text


def test_nobody_is_enrolled_in_a_course_without_lessons(site: TestSite) -> None:
    site.write("courses/bare/course.toml", 'title = "Bare"\n')

    done = site.call("enrol", "bare", "ada@example.org", expect=1)

    first, second, hint = done.stderr.splitlines()
    assert first == "maildriver: bare has errors and can't be sent:"
    assert second.startswith("bare/")
    assert second.endswith(": the course has no lessons.")
    assert hint == "  See all faults with: maildriver check bare"
    assert site.rows(sa.select(enrolment.c.id)) == []


def test_a_dry_run_changes_nothing(site: TestSite) -> None:
    done = site.call("enrol", "night-sky", "ada@example.org", "--confirmed", "--dry-run")

    assert (
        "night-sky: 1 enrolled, 0 updated, 0 unchanged (dry run, nothing was saved)" in done.stderr
    )
    assert site.rows(sa.select(student.c.id)) == []


def test_a_roster_with_bad_lines_enrols_nobody_unless_they_are_skipped(site: TestSite) -> None:
    lines = [
        "address,timezone",
        "ada@example.org,Europe/Lisbon",
        "nobody,UTC",
        "bo@example.org,Mars",
    ]
    site.write("class.csv", "\ufeff" + "\r\n".join(lines))
    roster = str(site.folder / "class.csv")

    refused = site.call("enrol", "night-sky", "--roster", roster, expect=1)
    assert f"{roster}:3: " in refused.stderr
    assert f"{roster}:4: " in refused.stderr
    assert "nobody was enrolled" in refused.stderr

    done = site.call("enrol", "night-sky", "--roster", roster, "--skip-bad")
    assert "night-sky: 1 enrolled" in done.stderr
    assert "1 student will be asked to confirm first" in done.stderr


def test_a_roster_of_many_thousands_is_enrolled(site: TestSite) -> None:
    rows = "\n".join(f"student{number}@example.org,Student {number}" for number in range(20_000))
    site.write("class.csv", f"address,name\n{rows}\n")

    site.call("enrol", "night-sky", "--roster", f"{site.folder}/class.csv", "--confirmed")

    counted = sa.select(sa.func.count()).where(enrolment.c.state == "active")
    assert site.rows(counted.select_from(enrolment)) == [(20_000,)]


def test_a_student_can_be_paused_moved_and_taken_out(site: TestSite) -> None:
    site.call("enrol", "night-sky", "ada@example.org", "--confirmed")

    paused = site.call("student", "ada@example.org", "--pause", "2w")
    moved = site.call("student", "ada@example.org", "--resume", "--address", "ada@example.net")
    left = site.call("student", "ada@example.net", "--leave", "night-sky")

    assert "Paused in night-sky until 20" in paused.stderr
    assert "Resumed in night-sky." in moved.stderr
    assert "ada@example.net" in moved.stdout
    assert "night-sky: left" in left.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["student", "nobody@example.org"], 1, "no student has the address nobody@example.org"),
        (["enrol", "no-such", "a@example.org"], 1, "no course no-such"),
        (["enrol", "night-sky", "no address"], 1, "it has no @"),
        (["enrol", "night-sky", "a@example.org", "--at", "25:00"], 2, 'invalid time "25:00"'),
        (["held", "show", "out-7"], 1, "out-7 is not held"),
        (["held", "drop", "nonsense"], 1, "invalid id nonsense"),
    ],
)
def test_bad_input_gets_one_clear_sentence(
    site: TestSite, words: list[str], code: int, said: str
) -> None:
    site.call("enrol", "night-sky", "ada@example.org")

    done = site.call(*words, expect=code)

    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_settings_are_refused_with_all_their_faults_at_once(site: TestSite) -> None:
    settings = site.folder / "maildriver.toml"
    settings.write_text(settings.read_text().replace("port = 1", "port = 99999"))

    done = site.call("status", expect=1)

    assert done.stderr.count("99999 is not a port (1 to 65535)") == 2


def test_explain_prints_one_line_of_json_a_file_in_the_order_given(tmp_path: Path) -> None:
    site = TestSite(tmp_path)
    away = site.write(
        "away.eml", "From: a@example.org\nAuto-Submitted: auto-replied\n\nI am away\n"
    )
    reply = site.write("reply.eml", "From: a@example.org\nSubject: Re: 1. x\n\nYes.\n\n> No?\n")
    leave = site.write("leave.eml", "From: a@example.org\nSubject: leave\n\n")

    done = site.call_bare("explain", str(away), str(reply), str(leave), "--json")

    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [each["kind"] for each in told] == ["auto-reply", "post", "command"]
    assert told[1]["reply"] == "Yes."
    assert told[2]["commands"] == [{"name": "leave"}]
    assert list(told[0])[:10] == [
        "file", "kind", "rule", "reply", "elided", "commands", "choices", "answers", "bounces",
        "confidence",
    ]  # fmt: skip


def test_the_version_is_printed_and_enroll_is_spelt_either_way(site: TestSite) -> None:
    assert site.call_bare("--version").stdout.startswith("maildriver ")
    done = site.call("enroll", "night-sky", "ada@example.org", "--confirmed")
    assert "night-sky: 1 enrolled" in done.stderr
    assert "enroll " not in site.call_bare("--help").stdout
