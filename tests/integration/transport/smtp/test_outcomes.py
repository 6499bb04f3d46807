"""What a delivery ends in, whatever the server does at each of its stages."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from support.deadlines import within
from support.servers.sink import CUT, ENDLESS, SILENCE, UNFINISHED, Answer, Script, Sink
from support.servers.smarthost import smarthost_of

from maildriver.domain.delivery import (
    Accepted,
    Broken,
    Fenced,
    Outcome,
    Refused,
    Stage,
    Unanswered,
)
from maildriver.transport.smtp.connection import Connection, Envelope, connect

MAIL = b"Message-ID: <1@example.org>\r\n\r\nGood evening.\r\n.\r\nA dot.\r\n"
LARGE = b"Subject: stars\r\n\r\n" + b"x" * 70 + b"\r\n"
FROM, TO = "course@example.org", "anna@example.org"
STAGES: list[Stage] = ["mail", "rcpt", "data"]


@asynccontextmanager
async def connected(sink: Sink) -> AsyncIterator[Connection]:
    connection = await connect(smarthost_of(sink), None)
    try:
        yield connection
    finally:
        await connection.close()


async def may_go() -> bool:
    return True


async def deliver(connection: Connection, *chunks: bytes) -> Outcome:
    return await connection.deliver(Envelope(FROM, TO), chunks or [MAIL], may_go)


async def outcome_with(script: Script, **options: Any) -> tuple[Outcome, bool, Sink]:
    """Return how a delivery ended, whether the connection could go on, and the server."""
    async with Sink(script, **options) as sink, connected(sink) as connection:
        return await deliver(connection), connection.usable, sink


# -- the good course ---------------------------------------------------------------


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("drip", [True, False])
async def test_two_messages_go_over_one_connection(pipelining: bool, drip: bool) -> None:
    async with Sink(pipelining=pipelining, drip=drip) as sink, connected(sink) as connection:
        first = await deliver(connection)
        second = await deliver(connection, b"Subject: two\r\n", b"\r\n..\r\n")

    assert first == second == Accepted(250, "2.0.0 taken")
    assert sink.accepted == [MAIL, b"Subject: two\r\n\r\n..\r\n"]
    envelope = [f"MAIL FROM:<{FROM}>", f"RCPT TO:<{TO}>", "DATA", "."]
    assert sink.commands[1:] == [*envelope, *envelope, "QUIT"]
    assert [each["message_id"] for each in sink.taken] == ["<1@example.org>", ""]


async def test_without_pipelining_no_command_is_written_ahead() -> None:
    outcome, usable, sink = await outcome_with({"mail": "550 5.7.1 no"}, pipelining=False)

    assert outcome == Refused("mail", 550, "5.7.1 no")
    assert usable
    assert sink.commands[1:] == [f"MAIL FROM:<{FROM}>", "RSET", "QUIT"]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "answer"])
@pytest.mark.parametrize("reply", ["200 ok", "251 elsewhere", "250-first\r\n250 last", "250"])
async def test_every_reply_of_the_two_hundreds_is_a_yes(stage: str, reply: str) -> None:
    outcome, usable, sink = await outcome_with({stage: reply})

    assert isinstance(outcome, Accepted)
    assert usable
    assert sink.accepted == [MAIL]


# -- each stage, each fault --------------------------------------------------------


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("reply", ["451 4.3.0 later", "550 5.7.1 no"])
async def test_a_refusal_is_told_and_the_next_message_goes(
    stage: Stage, reply: str, pipelining: bool
) -> None:
    script: Script = {stage: [reply]}
    async with Sink(script, pipelining=pipelining) as sink, connected(sink) as connection:
        first = await deliver(connection)
        second = await deliver(connection)

    assert first == Refused(stage, int(reply[:3]), reply[4:])
    assert isinstance(second, Accepted)
    assert sink.commands.count(".") == 1
    assert sink.commands.count("RSET") == 1


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("code", [421, 554])
async def test_a_server_that_refuses_and_hangs_up_has_refused(
    stage: Stage, code: int, pipelining: bool
) -> None:
    outcome, usable, sink = await outcome_with({stage: f"{code} bye{CUT}"}, pipelining=pipelining)

    assert outcome == Refused(stage, code, "bye")
    assert not usable
    assert "." not in sink.commands


@pytest.mark.parametrize("pipelining", [True, False])
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fault", [None, SILENCE, "what?", "250what", "99 low", ENDLESS])
async def test_a_connection_that_breaks_before_the_content_has_taken_nothing(
    stage: Stage, fault: Answer, pipelining: bool
) -> None:
    with within(5):
        outcome, usable, sink = await outcome_with({stage: fault}, pipelining=pipelining)

    assert isinstance(outcome, Broken)
    assert outcome.stage == stage
    assert not usable
    assert "." not in sink.commands


@pytest.mark.parametrize("reply", ["451 4.3.0 later", "550 5.7.1 spam", "552 5.3.4 too large"])
async def test_content_that_is_refused_after_the_dot_was_not_taken(reply: str) -> None:
    async with Sink({"dot": [reply]}) as sink, connected(sink) as connection:
        first = await deliver(connection)
        second = await deliver(connection)

    assert first == Refused("dot", int(reply[:3]), reply[4:])
    assert isinstance(second, Accepted)
    assert len(sink.accepted) == 1


async def test_a_421_after_the_dot_is_a_refusal_and_the_end_of_the_connection() -> None:
    outcome, usable, sink = await outcome_with({"dot": "421 4.3.2 closing"})

    assert outcome == Refused("dot", 421, "4.3.2 closing")
    assert not usable
    assert sink.accepted == []


@pytest.mark.parametrize("stage", ["dot", "answer"])
@pytest.mark.parametrize("fault", [None, SILENCE, "what?", "354 more", UNFINISHED, ENDLESS])
async def test_without_an_answer_to_the_dot_nobody_knows(stage: str, fault: Answer) -> None:
    with within(5):
        outcome, usable, sink = await outcome_with({stage: fault})

    assert isinstance(outcome, Unanswered)
    assert not usable
    assert len(sink.accepted) == (1 if stage == "answer" else 0)


# -- replies that do not fit -------------------------------------------------------


@pytest.mark.parametrize("reply", ["550 5.1.1 unknown", "450 4.2.1 busy"])
async def test_a_server_that_wants_content_for_nobody_is_left(reply: str) -> None:
    outcome, usable, sink = await outcome_with({"rcpt": reply, "data": "354 go on"})

    assert outcome == Refused("rcpt", int(reply[:3]), reply[4:])
    assert not usable
    assert sink.accepted == []
    assert "." not in sink.commands


@pytest.mark.parametrize(("stage", "reply"), [("data", "250 ok"), ("mail", "354 go on")])
async def test_a_reply_to_another_question_ends_the_connection(stage: str, reply: str) -> None:
    outcome, usable, sink = await outcome_with({stage: reply})

    assert isinstance(outcome, Refused)
    assert outcome.code == 451
    assert not usable
    assert sink.accepted == []


async def test_a_reply_that_nobody_asked_for_makes_the_connection_unusable() -> None:
    script: Script = {"answer": "250 taken\r\n421 4.3.2 closing"}
    async with Sink(script) as sink, connected(sink) as connection:
        first = await deliver(connection)
        second = await deliver(connection)

    assert isinstance(first, Accepted)
    assert isinstance(second, Broken)
    assert second.stage == "connect"
    assert len(sink.accepted) == 1


async def test_the_lines_of_a_long_reply_are_joined() -> None:
    outcome, _, _ = await outcome_with({"rcpt": "550-5.1.1 no\r\n550-such\r\n550 person"})
    assert outcome == Refused("rcpt", 550, "5.1.1 no such person")


async def test_what_a_server_says_is_kept_as_one_short_harmless_line() -> None:
    outcome, _, _ = await outcome_with({"rcpt": "550 \x1b[31mred\x07 \N{BULLET}" + "x" * 2000})

    assert isinstance(outcome, Refused)
    assert re.fullmatch(r"\[31mred  \N{BULLET}x+", outcome.text)
    assert len(outcome.text) <= 500


# -- while the content goes up -----------------------------------------------------


@pytest.mark.parametrize("reply", ["552 5.3.4 too large", "451 4.3.0 later"])
@pytest.mark.parametrize("cut", ["", CUT])
async def test_a_refusal_while_the_content_goes_up_is_heard(reply: str, cut: str) -> None:
    async with Sink({"body": reply + cut}) as sink, connected(sink) as connection:
        outcome = await deliver(connection, *[LARGE] * 100_000)

        assert not connection.usable
    assert outcome == Refused("data", int(reply[:3]), reply[4:])
    assert "." not in sink.commands


@pytest.mark.parametrize("fault", [None, "what?", "250 taken"])
async def test_a_connection_that_breaks_in_the_content_has_taken_nothing(fault: Answer) -> None:
    async with Sink({"body": fault}) as sink, connected(sink) as connection:
        outcome = await deliver(connection, *[LARGE] * 100_000)

        assert not connection.usable
    assert isinstance(outcome, Broken)
    assert sink.accepted == []
    assert "." not in sink.commands


async def test_content_above_the_limit_of_the_server_is_not_begun() -> None:
    outcome, usable, sink = await outcome_with({}, size=len(MAIL) - 1)

    assert outcome == Refused("data", 552, f"5.3.4 the server takes {len(MAIL) - 1} bytes")
    assert usable
    assert sink.commands[1:] == ["QUIT"]


async def test_content_of_just_the_allowed_size_goes() -> None:
    outcome, _, _ = await outcome_with({}, size=len(MAIL))
    assert isinstance(outcome, Accepted)


# -- the fence ---------------------------------------------------------------------


async def test_what_the_fence_holds_back_never_gets_its_dot() -> None:
    async def must_not() -> bool:
        return False

    async with Sink() as sink, connected(sink) as connection:
        outcome = await connection.deliver(Envelope(FROM, TO), [MAIL], must_not)

        assert not connection.usable
    assert outcome == Fenced()
    assert sink.accepted == []
    assert not {".", "QUIT"} & set(sink.commands)


@pytest.mark.parametrize("error", [RuntimeError, asyncio.CancelledError])
async def test_a_fence_that_fails_lets_no_dot_through(error: type[BaseException]) -> None:
    async def fails() -> bool:
        raise error

    async with Sink() as sink, connected(sink) as connection:
        with pytest.raises(error):
            await connection.deliver(Envelope(FROM, TO), [MAIL], fails)

        assert not connection.usable
    assert sink.accepted == []
    assert "." not in sink.commands


async def test_the_fence_is_asked_when_all_but_the_dot_is_written() -> None:
    asked: list[list[str]] = []

    async with Sink() as sink, connected(sink) as connection:

        async def look() -> bool:
            asked.append(sink.commands[-1:])
            return True

        await connection.deliver(Envelope(FROM, TO), [MAIL], look)

    assert asked == [["DATA"]]


async def test_goodbye_does_not_wait_for_a_silent_server() -> None:
    async with Sink({"quit": SILENCE}) as sink, connected(sink) as connection:
        with within(4):
            await connection.close()
