"""The next envelope goes out with the last dot: what that saves, and what it must not cost."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest
from support.servers.sink import Script, Sink
from support.servers.smarthost import smarthost_of

from maildriver.domain.delivery import Accepted, Broken, Fenced, Outcome, Refused, Unanswered
from maildriver.transport.smtp.connection import Connection, Envelope, connect

FROM = "course@example.org"
ANNA, BO, CY = (Envelope(FROM, f"{name}@example.org") for name in ("anna", "bo", "cy"))
TAKEN = Accepted(250, "2.0.0 taken")


async def may_go() -> bool:
    return True


async def must_not() -> bool:
    return False


@asynccontextmanager
async def connected(
    script: Script | None = None, **options: Any
) -> AsyncIterator[tuple[Connection, Sink]]:
    async with Sink(script, **options) as sink:
        connection = await connect(smarthost_of(sink), None)
        yield connection, sink
        await connection.close()


async def deliver(
    connection: Connection, to: Envelope, following: Envelope | None = None
) -> Outcome:
    content = [f"To: {to.rcpt_to}\r\n\r\nHello\r\n".encode()]
    return await connection.deliver(to, content, may_go, lambda: following)


def recipients(sink: Sink) -> list[str]:
    return [taken["rcpt"].partition("@")[0] for taken in sink.taken]


def written(connection: Connection) -> list[bytes]:
    """Record what the connection writes from now on."""
    record: list[bytes] = []
    transport: Any = connection._transport
    write: Callable[[bytes], None] = transport.write

    class Spy:
        def __getattr__(self, name: str) -> Any:
            return getattr(transport, name)

        def write(self, data: bytes) -> None:
            record.append(bytes(data))
            write(data)

    cast(Any, connection)._transport = Spy()
    return record


async def test_the_envelope_goes_with_the_dot_and_only_once() -> None:
    async with connected() as (connection, sink):
        record = written(connection)
        outcomes = [
            await deliver(connection, ANNA, BO),
            await deliver(connection, BO, CY),
            await deliver(connection, CY),
        ]

    assert outcomes == [TAKEN] * 3
    assert recipients(sink) == ["anna", "bo", "cy"]
    ends = [data for data in record if data.startswith(b".\r\n")]
    assert [data.partition(b"RCPT TO:<")[2][:2] for data in ends] == [b"bo", b"cy", b""]
    assert sum(data.count(b"DATA\r\n") for data in record) == 3


async def test_whoever_is_announced_and_refused_keeps_nobody_from_getting_mail() -> None:
    async with connected({"rcpt": ["250 ok", "550 5.1.1 unknown"]}) as (connection, sink):
        outcomes = [await deliver(connection, ANNA, BO), await deliver(connection, BO, CY)]
        assert connection.free
        outcomes.append(await deliver(connection, CY))

    assert outcomes == [TAKEN, Refused("rcpt", 550, "5.1.1 unknown"), TAKEN]
    assert recipients(sink) == ["anna", "cy"]


async def test_a_message_refused_at_its_dot_does_not_touch_the_announced_one() -> None:
    async with connected({"dot": ["451 4.3.0 later"]}) as (connection, sink):
        first = await deliver(connection, ANNA, BO)
        second = await deliver(connection, BO)

    assert (first, second) == (Refused("dot", 451, "4.3.0 later"), TAKEN)
    assert recipients(sink) == ["bo"]


@pytest.mark.parametrize("lost", [None, "421 4.3.2 closing", "what?"])
async def test_the_announced_one_was_not_sent_where_the_connection_ends(lost: str | None) -> None:
    async with connected({"answer": [lost]}) as (connection, sink):
        first = await deliver(connection, ANNA, BO)
        assert not connection.usable
        second = await deliver(connection, BO)

    assert isinstance(first, Unanswered | Refused)
    assert isinstance(second, Broken)
    assert second.stage == "connect"
    assert recipients(sink) == ["anna"]


async def test_a_connection_that_announced_somebody_is_not_free_and_ends_without_their_mail() -> (
    None
):
    async with connected() as (connection, sink):
        await deliver(connection, ANNA, BO)
        assert connection.usable
        assert not connection.free

    assert recipients(sink) == ["anna"]
    assert "QUIT" not in sink.commands, "in the middle of a message QUIT would be a line of it"


async def test_nobody_is_announced_where_the_server_takes_one_command_at_a_time() -> None:
    asked: list[None] = []
    async with connected(pipelining=False) as (connection, sink):
        await connection.deliver(ANNA, [b"a\r\n\r\n"], may_go, lambda: asked.append(None))
        await deliver(connection, BO)

    assert asked == []
    assert recipients(sink) == ["anna", "bo"]


async def test_nobody_is_announced_by_a_message_that_may_not_go() -> None:
    asked: list[None] = []
    async with connected() as (connection, sink):
        outcome = await connection.deliver(
            ANNA, [b"a\r\n\r\n"], must_not, lambda: asked.append(None)
        )

    assert isinstance(outcome, Fenced)
    assert asked == recipients(sink) == []


async def test_an_address_that_may_not_go_on_the_wire_is_not_announced() -> None:
    odd = Envelope(FROM, "eve@example.org>\r\nDATA")
    async with connected() as (connection, sink):
        first = await deliver(connection, ANNA, odd)
        with pytest.raises(ValueError, match="would not go on the wire"):
            await deliver(connection, odd)
        third = await deliver(connection, BO)

    assert first == third == TAKEN
    assert recipients(sink) == ["anna", "bo"]


async def test_content_that_may_not_go_ends_the_connection_that_waits_for_it() -> None:
    async with connected() as (connection, sink):
        await deliver(connection, ANNA, BO)
        with pytest.raises(ValueError, match="line end"):
            await connection.deliver(BO, [b"bare\n"], may_go)
        assert not connection.usable

    assert recipients(sink) == ["anna"]
