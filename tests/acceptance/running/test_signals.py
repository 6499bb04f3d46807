"""Told twice to stop: by an impatient operator, or by a service manager after a Ctrl-C."""

import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.deadlines import wait_until
from support.running_site import enrol, sent
from support.simulated_class import sink_in_thread
from support.site import TestSite

STUDENTS = 40


@pytest.mark.parametrize(
    ("first", "second"), [(signal.SIGTERM, signal.SIGTERM), (signal.SIGINT, signal.SIGINT)]
)
def test_told_twice_to_stop_it_ends_in_order_and_nothing_goes_twice(
    tmp_path: Path, first: signal.Signals, second: signal.Signals
) -> None:
    site = TestSite(tmp_path / "site")
    with sink_in_thread() as sink:
        site.write_settings("course@maildriver.test", smtp=sink.port, imap=1)
        site.write_course()
        enrol(site, [f"student{number}@class.test" for number in range(STUDENTS)])
        with site.running() as process:
            wait_until(lambda: len(sink.taken) > 5, 60, "nothing is sent")
            process.send_signal(first)
            time.sleep(0.02)  # it has heard the first, and is ending
            process.send_signal(second)
            assert process.wait(60) == 0, site.log()[-3000:]
        site.make_due(datetime.now(UTC))
        site.call("run", "--once", expect=4)  # there is no IMAP server

        assert sent(site) == len(sink.taken)
        assert len({line["message_id"] for line in sink.taken}) == len(sink.taken)
        assert len(sink.taken) >= 2 * STUDENTS, "a welcome and a packet for everyone"
