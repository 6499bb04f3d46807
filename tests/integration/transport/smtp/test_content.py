"""That what arrives is what was given, byte for byte, and nothing else can be smuggled in."""

import asyncio
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.servers.sink import Sink
from support.servers.sink_process import SinkProcess

from maildriver.domain.delivery import Accepted, Outcome
from maildriver.transport.smtp.connection import Connection, Envelope, Smarthost, connect

FROM, TO = "course@example.org", "anna@example.org"
MEGABYTE = 2**20


async def connected(port: int, **changes: Any) -> Connection:
    return await connect(Smarthost("127.0.0.1", port, "none", **{"timeout": 30, **changes}), None)


async def may_go() -> bool:
    return True


async def deliver(port: int, *chunks: bytes, mail_from: str = FROM, rcpt_to: str = TO) -> Outcome:
    connection = await connected(port)
    try:
        return await connection.deliver(Envelope(mail_from, rcpt_to), chunks, may_go)
    finally:
        await connection.close()


# -- every byte arrives ------------------------------------------------------------

# Mostly what matters to dot-stuffing; CR and LF come as pairs, but may be cut apart.
_pieces = st.sampled_from(
    [b".", b"..", b"\r\n", b"\r\n.", b"\r\n.\r\n", b"a", b" ", b"\t", b"\x7f"]
)
_others = st.binary(max_size=8).map(
    lambda raw: bytes(each & 0x7F for each in raw if each & 0x7F not in {0, 10, 13})
)
_bodies = st.lists(_pieces | _others, max_size=30).map(b"".join)


@settings(max_examples=100)
@given(body=_bodies, cuts=st.lists(st.integers(0, 200), max_size=12))
@example(body=b".", cuts=[])
@example(body=b"\r\n.\r\n", cuts=[1, 2, 3, 4])
@example(body=b"a\r\n.b\r\n..\r\n", cuts=[*range(12)])
@example(body=b"a\r\n.\r\nMAIL FROM:<>\r\n", cuts=[2, 3, 4])
@example(body=b"a\r\n.\r\n", cuts=[2, 2, 3, 3])
def test_any_body_in_any_pieces_arrives_as_it_was(body: bytes, cuts: list[int]) -> None:
    edges = sorted([0, len(body), *(cut for cut in cuts if cut < len(body))])
    chunks = [body[start:end] for start, end in pairwise(edges)]

    async def run() -> tuple[Outcome, Sink]:
        async with Sink() as sink:
            return await deliver(sink.port, *chunks), sink

    outcome, sink = asyncio.run(run())

    assert isinstance(outcome, Accepted)
    ended = not body or body.endswith(b"\r\n")
    assert sink.accepted == [body if ended else body + b"\r\n"]
    assert sink.commands[1:] == [f"MAIL FROM:<{FROM}>", f"RCPT TO:<{TO}>", "DATA", ".", "QUIT"]


# -- nothing else is smuggled in ---------------------------------------------------


@pytest.mark.parametrize(
    "chunks",
    [
        [b"hello\n.\nMAIL FROM:<eve@example.org>\r\n"],
        [b"hello\r\n.\nMAIL FROM:<eve@example.org>\r\n"],
        [b"hello\n.\r\nMAIL FROM:<eve@example.org>\r\n"],
        [b"hello\r.\rMAIL FROM:<eve@example.org>\r\n"],
        [b"hello\r\n.\rMAIL FROM:<eve@example.org>\r\n"],
        [b"hello\r.\r\nMAIL FROM:<eve@example.org>\r\n"],
        [b"hello\r\r\n.\r\r\n"],
        [b"hello\n\r\n.\r\n"],
        [b"hello\n\r"],
        [b"hello\r"],
        [b"\n"],
        [b"hello\r", b".\r\n"],
        [b"hello", b"\n.\r\n"],
        [b"hello\r", b"", b"x\n"],
        [b"hello\r\n\x00.\r\n"],
        [b"gr\xc3\xbc\xc3\x9fe\r\n"],
        [b"\x8d\x8a.\x8d\x8a"],
    ],
)
async def test_content_that_a_server_could_read_in_two_ways_is_not_sent(
    chunks: list[bytes],
) -> None:
    async with Sink() as sink:
        with pytest.raises(ValueError, match="the message "):
            await deliver(sink.port, *chunks)

    assert [each.split(" ")[0] for each in sink.commands] == ["EHLO", "QUIT"]


@pytest.mark.parametrize(
    "address",
    [
        "anna@example.org>\r\nDATA",
        "anna@example.org\r\n",
        "anna@example.org\n",
        "anna@example.org\x00",
        "anna@example.org> SIZE=1",
        "<anna@example.org>",
        '"anna eve"@example.org',
        "@relay.example:anna@example.org",
        "anna@EXAMPLE.org",
        "änna@example.org",
        "anna@[127.0.0.1]",
        "anna",
    ],
)
@pytest.mark.parametrize("which", ["mail_from", "rcpt_to"])
async def test_an_address_that_means_something_else_on_the_wire_is_not_sent(
    address: str, which: str
) -> None:
    async with Sink() as sink:
        with pytest.raises(ValueError, match="would not go on the wire as it stands"):
            await deliver(sink.port, b"hello\r\n", **{which: address})

    assert [each.split(" ")[0] for each in sink.commands] == ["EHLO", "QUIT"]


async def test_nobody_is_not_a_recipient() -> None:
    async with Sink() as sink:
        with pytest.raises(ValueError, match="would not go on the wire"):
            await deliver(sink.port, b"hello\r\n", rcpt_to="")


async def test_a_notice_goes_with_an_empty_sender() -> None:
    async with Sink() as sink:
        outcome = await deliver(sink.port, b"hello\r\n", mail_from="")

    assert isinstance(outcome, Accepted)
    assert sink.commands[1] == "MAIL FROM:<>"


async def test_after_a_fault_of_ours_the_connection_is_still_good() -> None:
    async with Sink() as sink:
        connection = await connected(sink.port)
        with pytest.raises(ValueError, match="line end"):
            await connection.deliver(Envelope(FROM, TO), [b"bad\n"], may_go)
        outcome = await connection.deliver(Envelope(FROM, TO), [b"good\r\n"], may_go)
        await connection.close()

    assert isinstance(outcome, Accepted)
    assert sink.accepted == [b"good\r\n"]


# -- large messages ----------------------------------------------------------------


@pytest.fixture
def other_process(tmp_path: Path) -> Iterator[SinkProcess]:
    """A server whose memory is not ours."""
    sink = SinkProcess(tmp_path)
    with sink.running():
        yield sink


@pytest.mark.parametrize(("line", "limit"), [(b"A" * 76, 2), (b"." * 76, 22)])
async def test_a_large_message_is_copied_only_for_its_dots(
    other_process: SinkProcess, line: bytes, limit: int
) -> None:
    head = b"Message-ID: <large@example.org>\r\n\r\n"
    attachment = (line + b"\r\n") * (20 * MEGABYTE // 78)
    connection = await connected(other_process.port, timeout=60)
    tracemalloc.start()
    try:
        outcome = await connection.deliver(
            Envelope(FROM, TO), [head, attachment, b"--\r\n"], may_go
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
        await connection.close()

    assert isinstance(outcome, Accepted)
    assert peak < limit * MEGABYTE
    (taken,) = other_process.taken()
    assert taken == {
        "message_id": "<large@example.org>",
        "rcpt": TO,
        "mail_from": FROM,
        "sha256": sha256(head + attachment + b"--\r\n").hexdigest(),
    }


async def test_a_server_that_stops_reading_breaks_the_connection() -> None:
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 deaf\r\n")
        for reply in (b"250 deaf\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
            await reader.readline()
            writer.write(reply)
        cast(Any, reader)._transport.pause_reading()
        await released.wait()
        writer.transport.abort()

    released = asyncio.Event()
    server = await asyncio.start_server(deaf, "127.0.0.1", 0)
    connection = await connected(server.sockets[0].getsockname()[1], timeout=2)
    outcome = await connection.deliver(Envelope(FROM, TO), [b"x\r\n" * 10 * MEGABYTE], may_go)
    released.set()
    server.close()
    await server.wait_closed()

    assert repr(outcome) == "Broken(stage='data', why='nothing more was taken in 2 s')"
    assert not connection.usable
