"""What somebody does who has never used it: each mistake is answered by one clear sentence."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest
from support.deadlines import wait_until
from support.require import require
from support.running_site import sent, stop
from support.servers.mailstack import MailStack
from support.site import TestSite
from support.small_disk import fill_disk, small_disk


def test_a_run_that_could_not_begin_is_not_said_to_run(site: TestSite) -> None:
    (site.folder / "mail.secret").unlink()

    done = site.call("run", "--once", expect=1)

    assert "mail.secret does not exist" in done.stderr
    assert site.call("status").stdout.startswith("not running\n")


def test_the_site_is_no_student_of_its_own(site: TestSite) -> None:
    told = site.call("enrol", "night-sky", "Course@example.org", expect=1).stderr
    assert told == (
        "maildriver: Course@example.org is the site's own address, so its mail would loop\n"
        "  Use another address.\n"
    )

    site.call("enrol", "night-sky", "ada@example.org")
    command = ("student", "ada@example.org", "--address", "course@example.org")
    assert "the site's own address" in site.call(*command, expect=1).stderr
    site.call("student", "ada@example.org")


def test_a_pause_does_not_end_in_the_past(site: TestSite) -> None:
    site.call("enrol", "night-sky", "ada@example.org", "--confirmed")
    done = site.call("student", "ada@example.org", "--pause", "2020-01-01", expect=2)
    assert "2020-01-01 is in the past" in done.stderr


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("title = Moons\n", 'put text in quotation marks: title = "Moons"'),
        ('title = "Moons\n', 'put text in quotation marks: title = "Moons"'),
        (
            'title = "Moons"\nstarts = "soon"\n',
            'starts: invalid date "soon"; write it as 2027-01-31',
        ),
        (
            'title = "Moons"\ncadence = "daily"\n',
            "put [cadence] on its own line, then days",
        ),
    ],
)
def test_a_course_toml_of_a_beginner(site: TestSite, toml: str, said: str) -> None:
    site.write("courses/night-sky/course.toml", toml)
    done = site.call("check", expect=3)
    assert said in done.stdout
    assert done.stderr == "night-sky has errors and can't be sent.\n"


def test_lessons_without_a_course_toml_are_not_passed_over(site: TestSite) -> None:
    (site.folder / "courses/night-sky/course.toml").rename(site.folder / "course.toml.old")
    assert (
        "night-sky/course.toml: error: the file is missing." in site.call("check", expect=3).stdout
    )


def test_whoever_stands_in_another_folder_is_told_so(tmp_path: Path) -> None:
    told = TestSite(tmp_path).call("check", expect=1).stderr
    assert f"no folder {tmp_path}/courses\n  Go to the folder of a site" in told


def test_settings_saved_with_a_mark_at_their_beginning_are_read(site: TestSite) -> None:
    settings = site.folder / "maildriver.toml"
    settings.write_bytes(b"\xef\xbb\xbf" + settings.read_bytes().lstrip())
    assert site.call("status").stdout.startswith("not running\n")


def test_one_is_not_said_as_if_it_were_many(site: TestSite) -> None:
    site.write_course("moons", lessons=1)
    roster = site.write("class.csv", "address,name\nada,Ada\n")

    assert site.call("check", "moons").stderr == "moons: 1 lesson, ready to send.\n"
    done = site.call("enrol", "night-sky", "--roster", str(roster), expect=1)
    assert f"maildriver: 1 fault in {roster}" in done.stderr
    done = site.call("enrol", "night-sky", "ada@example.org", "--confirmed")
    assert done.stderr.endswith(" UTC, to 1 student.\n")


def test_a_disk_that_is_full_at_the_start_is_waited_for(
    mail_site: TestSite, mailstack: MailStack, new_address: Callable[..., str]
) -> None:
    require("root")
    assert mailstack
    with small_disk(mail_site.folder / "var"):
        mail_site.call("enrol", "night-sky", new_address("student"), "--confirmed")
        ballast = mail_site.folder / "var" / "ballast"
        fill_disk(ballast)
        with mail_site.running() as process:
            wait_until(lambda: "trying again in 5 s" in mail_site.log(), 60, "it has not begun")
            time.sleep(0.5)  # for as long as it would take to end, if it did
            assert process.poll() is None, "a full disk is no reason to end"
            ballast.unlink()
            wait_until(lambda: sent(mail_site) == 1, 60, "the welcome mail never went")
            stop(process)
