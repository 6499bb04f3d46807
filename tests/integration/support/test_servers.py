"""The servers that other tests rely on do what those tests take for granted."""

import asyncio
import os
import smtplib
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
from support.deadlines import wait_until, within
from support.require import require
from support.servers.mailstack import MailStack
from support.servers.mailstack_files import FULL, GONE, GREY, NOBODY
from support.servers.proxy import Proxy

NewAddress = Callable[..., str]

RAW = b"From: ada@maildriver.test\r\nSubject: hello\r\n\r\nhello\r\n"


def refusal(stack: MailStack, recipient: str) -> tuple[int, bytes]:
    with (
        smtplib.SMTP(stack.host, stack.ports.smtp) as smtp,
        pytest.raises(smtplib.SMTPRecipientsRefused) as refused,
    ):
        smtp.sendmail("course@maildriver.test", [recipient], RAW)
    return refused.value.recipients[recipient]


def test_hundreds_of_students_have_mailboxes(
    mailstack: MailStack, new_address: NewAddress
) -> None:
    students = [new_address() for _ in range(200)]

    with smtplib.SMTP(mailstack.host, mailstack.ports.smtp) as smtp:
        for student in students:
            smtp.sendmail("course@maildriver.test", [student], RAW)

    for student in students:
        wait_until(partial(mailstack.mailbox, student), 60, f"nothing came to {student}")
        (raw,) = mailstack.mailbox(student)
        assert raw.endswith(b"\r\n\r\nhello\r\n")


def test_a_subaddress_arrives_in_the_same_mailbox_with_its_detail_kept(
    mailstack: MailStack, new_address: NewAddress
) -> None:
    course = new_address("course")
    detailed = course.replace("@", "+abc@")

    with smtplib.SMTP(mailstack.host, mailstack.ports.smtp) as smtp:
        smtp.sendmail("ada@maildriver.test", [detailed], RAW)

    wait_until(lambda: mailstack.mailbox(course), 60, "nothing came")
    assert f"Delivered-To: {detailed}\r\n".encode() in mailstack.mailbox(course)[0]


def test_a_mailbox_is_read_in_order_of_delivery(
    mailstack: MailStack, new_address: NewAddress
) -> None:
    student = new_address()

    for number in range(10):
        mailstack.deliver(student, b"Subject: %d\r\n\r\n" % number)

    found = [raw.split(b"Subject: ")[1].split(b"\r\n")[0] for raw in mailstack.mailbox(student)]
    assert found == [b"%d" % number for number in range(10)]


@pytest.mark.parametrize(
    ("recipient", "code", "status"),
    [(GREY, 451, b"4.7.1"), (FULL, 552, b"5.2.2"), (NOBODY, 550, b"5.1.1")],
)
def test_some_recipients_are_refused_as_their_names_say(
    mailstack: MailStack, recipient: str, code: int, status: bytes
) -> None:
    for address in (recipient, recipient.replace("@", "+detail@")):
        answer = refusal(mailstack, address)

        assert answer[0] == code
        assert answer[1].startswith(status)


def test_mail_to_one_who_has_gone_comes_back_as_a_real_delivery_report(
    mailstack: MailStack, new_address: NewAddress
) -> None:
    course = new_address("course")
    bounce_address = course.replace("@", "+b-abc@")

    with smtplib.SMTP(mailstack.host, mailstack.ports.smtp) as smtp:
        smtp.sendmail(bounce_address, [GONE], RAW)

    wait_until(lambda: mailstack.mailbox(course), 60, "no report came")
    (report,) = mailstack.mailbox(course)
    assert b"report-type=delivery-status" in report
    assert b"Status: 5.1.1\r\n" in report


def test_submission_asks_for_tls_and_a_login(mailstack: MailStack) -> None:
    course = "course@maildriver.test"

    with smtplib.SMTP("localhost", mailstack.ports.submission) as smtp:
        assert smtp.docmd("MAIL FROM:<course@maildriver.test>")[0] == 530
        smtp.starttls(context=mailstack.trust())
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail(course, [course], RAW)
        smtp.login(course, mailstack.password)
        smtp.sendmail(course, [course], RAW)


def test_smtps_asks_for_a_login(mailstack: MailStack) -> None:
    course = "course@maildriver.test"

    with smtplib.SMTP_SSL("localhost", mailstack.ports.smtps, context=mailstack.trust()) as smtp:
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            smtp.sendmail(course, [course], RAW)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            smtp.login(course, "wrong")
        smtp.login(course, mailstack.password)
        smtp.sendmail(course, [course], RAW)


def test_mail_waits_while_dovecot_is_stopped(
    mailstack: MailStack, new_address: NewAddress
) -> None:
    student = new_address()

    mailstack.stop_dovecot()
    try:
        with smtplib.SMTP(mailstack.host, mailstack.ports.smtp) as smtp:
            smtp.sendmail("course@maildriver.test", [student], RAW)
        assert mailstack.queued()
    finally:
        mailstack.start_dovecot()
    mailstack.flush()

    wait_until(lambda: mailstack.mailbox(student), 60, "nothing came")


def test_nothing_is_left_when_the_tests_are_killed() -> None:
    require("mailstack")
    begin = (
        "import sys, time; from support.servers.mailstack import MailStack; stack = MailStack();"
        "stack.up(); print(stack.folder, stack.ports.smtp, flush=True); time.sleep(99)"
    )
    tests = Path(__file__).parents[2]
    child = subprocess.Popen(
        [sys.executable, "-c", begin],
        cwd=tests,
        env={**os.environ, "PYTHONPATH": str(tests)},
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        assert child.stdout is not None
        folder, port = child.stdout.readline().split()
        assert Path(folder).exists()
        child.kill()

    wait_until(lambda: not Path(folder).exists(), 60, "the servers are still there")
    with pytest.raises(ConnectionRefusedError):
        smtplib.SMTP("127.0.0.1", int(port))


def test_a_list_of_users_admits_nobody_else() -> None:
    require("mailstack")
    stack = MailStack(["course@maildriver.test"])
    stack.up()
    try:
        assert refusal(stack, "ada@maildriver.test")[0] == 550
        stack.deliver("course@maildriver.test", RAW)
        assert len(stack.mailbox("course@maildriver.test")) == 1
    finally:
        stack.down()


# -- the proxy ---------------------------------------------------------------------


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


async def test_the_proxy_passes_stalls_and_goes_on(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"one")
    assert await reader.read(9) == b"one"

    proxy.stall()
    writer.write(b"two")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(9), 0.2)
    proxy.resume()

    assert await reader.read(9) == b"two"
    assert proxy.from_client == b"onetwo"
    writer.close()


async def test_the_proxy_cuts_off_in_the_middle_of_what_the_server_says(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    proxy.cut_after(5)
    writer.write(b"123456789")

    assert await reader.read() == b"12345"
    writer.close()


async def test_the_proxy_closes_in_an_orderly_way_or_not(proxy: Proxy) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"x")
    assert await reader.read(9) == b"x"
    proxy.cut()
    assert await reader.read() == b""
    writer.close()

    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.write(b"x")
    assert await reader.read(9) == b"x"
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    assert proxy.accepted == 2


async def test_the_proxy_throttles(proxy: Proxy) -> None:
    proxy.throttle(100_000)
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    started = time.monotonic()
    with within(5):
        writer.write(b"x" * 50_000)
        await reader.readexactly(50_000)

    assert time.monotonic() - started > 0.2
    writer.close()


# -- the rule about skipped tests --------------------------------------------------

SKIPPING = """
import pytest
from support import require

def test_one(monkeypatch):
    monkeypatch.setitem(require._CHECKS, "nothing", lambda: "nothing is missing: buy some")
    require.require("nothing")

@pytest.mark.skip(reason="no time")
def test_two():
    pass

@pytest.mark.xfail(reason="known")
def test_three():
    assert False
"""


@pytest.mark.parametrize(
    ("real", "summary"), [("0", "2 skipped, 1 xfailed"), ("1", "1 failed, 1 xfailed, 1 error")]
)
def test_no_test_may_be_skipped_where_all_must_be_real(
    tmp_path: Path, real: str, summary: str
) -> None:
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    (tmp_path / "pytest.ini").write_text("[pytest]")
    tests = str(Path(__file__).parents[2])

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "conftest", "-rsf", "-p", "no:randomly", "-q"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": tests, "MAILDRIVER_REAL": real},
        check=False,
        capture_output=True,
        text=True,
    )

    assert summary in done.stdout
    assert "nothing is missing: buy some" in done.stdout
