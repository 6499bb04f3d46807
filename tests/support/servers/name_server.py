"""A small DNS server for TXT records, which answers, refuses or says nothing."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

#: What a name has: the pieces of each of its TXT records, or what is wrong with asking.
Zone = Mapping[str, Sequence[str] | dns.rcode.Rcode | None]


class NameServer(asyncio.DatagramProtocol):
    """Answers from a zone; None is silence, and a name that is not there does not exist."""

    def __init__(self, zone: Zone) -> None:
        self.zone = zone
        self.asked: list[str] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        name = query.question[0].name.to_text(omit_final_dot=True)
        self.asked.append(name)
        found = self.zone.get(name, dns.rcode.NXDOMAIN)
        if found is None:
            return
        response = dns.message.make_response(query)
        if isinstance(found, dns.rcode.Rcode):
            response.set_rcode(found)
        elif found:
            question = query.question[0].name
            answer = dns.rrset.from_text(question, 60, "IN", dns.rdatatype.TXT, *found)
            response.answer.append(answer)
        self.transport.sendto(response.to_wire(), addr)


@asynccontextmanager
async def name_server(zone: Zone) -> AsyncIterator[tuple[str, int]]:
    """Serve a zone on loopback; gives the address and port to ask."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: NameServer(zone), local_addr=("127.0.0.1", 0)
    )
    try:
        yield transport.get_extra_info("sockname")
    finally:
        transport.close()
