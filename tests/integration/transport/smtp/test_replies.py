"""What a server says with its last breath."""

import asyncio
import socket
import struct

from support.deadlines import within

from maildriver.transport.smtp.replies import Reply, ReplyReader


async def test_a_refusal_is_heard_though_a_write_is_the_first_to_find_the_connection_gone() -> (
    None
):
    with socket.create_server(("127.0.0.1", 0)) as server:
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, "127.0.0.1", server.getsockname()[1]
        )
        far, _ = server.accept()
    replies = ReplyReader(transport)
    replies.expect(1)
    far.sendall(b"550 5.7.1 no such content here\r\n")
    far.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    far.close()  # with a reset

    transport.write(b"x" * 1_000)  # before the loop has read what came

    with within(5):
        assert await replies.next(5) == Reply(550, "5.7.1 no such content here")
    assert replies.lost is not None
