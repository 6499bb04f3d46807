"""The same faults from a server that we have not written: smtp-sink of Postfix."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from support.deadlines import within
from support.servers.smtp_sink import smtp_sink

from maildriver.domain.delivery import Accepted, Broken, Outcome, Refused, Stage, Unanswered
from maildriver.errors import UnreachableError
from maildriver.transport.smtp.connection import Envelope, Smarthost, connect

MAIL = b"Message-ID: <1@example.org>\r\n\r\nGood evening.\r\n.\r\nA dot.\r\n"
LARGE = b"Look up. " * 8 + b"\r\n"
STAGES: dict[str, Stage] = {"MAIL": "mail", "RCPT": "rcpt", "DATA": "data", ".": "dot"}

Start = Callable[..., int]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts servers with the options of smtp-sink(1) and returns their ports."""
    with ExitStack() as stack:
        yield lambda *options: stack.enter_context(smtp_sink(*options))


async def may_go() -> bool:
    return True


async def deliver(port: int, *chunks: bytes, patience: float = 30) -> tuple[Outcome, bool]:
    """Return how a delivery ended, and whether the connection could go on."""
    smarthost = Smarthost("127.0.0.1", port, "none", timeout=patience, dot_timeout=patience)
    connection = await connect(smarthost, None)
    sender, recipient = "course@example.org", "anna@example.org"
    outcome = await connection.deliver(Envelope(sender, recipient), chunks or [MAIL], may_go)
    usable = connection.usable
    await connection.close()
    return outcome, usable


@pytest.mark.parametrize("options", [[], ["-p"], ["-e"], ["-f", "EHLO"], ["-E"], ["-8"]])
async def test_a_willing_server_takes_the_message(start: Start, options: list[str]) -> None:
    outcome, usable = await deliver(start(*options))

    assert isinstance(outcome, Accepted)
    assert usable


# The last one stops reading for a second, with a tiny window.
@pytest.mark.parametrize("options", [["-w", "1"], ["-W", "DATA:1"], ["-H", "1", "-T", "1024"]])
async def test_a_slow_server_takes_a_large_message(start: Start, options: list[str]) -> None:
    outcome, usable = await deliver(start(*options), *[LARGE] * 60_000)

    assert isinstance(outcome, Accepted)
    assert usable


@pytest.mark.parametrize("option", ["-f", "-r", "-q", "-Q"])
async def test_trouble_at_the_goodbye_is_none(start: Start, option: str) -> None:
    outcome, _ = await deliver(start(option, "QUIT"))

    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize("pipelining", [[], ["-p"]])
@pytest.mark.parametrize("command", STAGES)
@pytest.mark.parametrize(("option", "code"), [("-f", 500), ("-r", 450)])
async def test_a_refusal_is_told_with_its_stage(
    start: Start, option: str, code: int, command: str, pipelining: list[str]
) -> None:
    outcome, _ = await deliver(start(option, command, *pipelining))

    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.code) == (STAGES[command], code)


@pytest.mark.parametrize("pipelining", [[], ["-p"]])
@pytest.mark.parametrize("command", STAGES)
async def test_a_connection_that_is_cut_is_unsure_only_after_the_dot(
    start: Start, command: str, pipelining: list[str]
) -> None:
    outcome, usable = await deliver(start("-q", command, *pipelining))

    assert not usable
    if command == ".":
        assert isinstance(outcome, Unanswered)
    else:
        assert isinstance(outcome, Broken)
        assert outcome.stage == STAGES[command]


# Without pipelining: what is written ahead it answers before what it waits with.
@pytest.mark.parametrize("command", STAGES)
async def test_a_server_that_is_silent_is_unsure_only_after_the_dot(
    start: Start, command: str
) -> None:
    outcome, usable = await deliver(start("-p", "-W", f"{command}:30"), patience=3)

    assert not usable
    assert isinstance(outcome, Unanswered if command == "." else Broken)
    if isinstance(outcome, Broken):
        assert outcome.stage == STAGES[command]


@pytest.mark.parametrize("pipelining", [[], ["-p"]])
@pytest.mark.parametrize("command", STAGES)
async def test_a_goodbye_in_the_middle_is_a_refusal(
    start: Start, command: str, pipelining: list[str]
) -> None:
    outcome, usable = await deliver(start("-Q", command, *pipelining))

    assert not usable
    assert isinstance(outcome, Refused)
    assert (outcome.stage, outcome.code) == (STAGES[command], 421)


@pytest.mark.parametrize("option", ["-f", "-r", "-q", "-Q"])
@pytest.mark.parametrize("command", ["CONNECT", "EHLO,HELO"])
async def test_a_server_that_does_not_welcome_us_is_unreachable(
    start: Start, option: str, command: str
) -> None:
    port = start(option, command)

    with pytest.raises(UnreachableError), within(10):
        await deliver(port)


# With 0, the refusal comes in one piece with the 354.
@pytest.mark.parametrize("seconds", ["0", "1"])
async def test_a_refusal_while_the_content_goes_up_is_heard(start: Start, seconds: str) -> None:
    port = start("-A", seconds)
    for _ in range(3):
        outcome, usable = await deliver(port, *[LARGE] * 60_000)

        assert outcome == Refused("data", 550, "This violates SMTP")
        assert not usable


@pytest.mark.parametrize("seconds", ["0", "1"])
async def test_a_refusal_that_crosses_the_dot_is_heard(start: Start, seconds: str) -> None:
    port = start("-A", seconds)
    for _ in range(3):
        outcome, _ = await deliver(port)

        assert isinstance(outcome, Refused)
        assert outcome.code == 550
