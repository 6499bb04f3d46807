"""TXT records from a real DNS server on loopback, which answers, refuses or says nothing."""

import dns.rcode
import pytest
from support.deadlines import within
from support.servers.name_server import name_server

from maildriver.transport.dns import DnsError, txt_records


async def test_records_come_whole_though_they_are_sent_in_pieces() -> None:
    zone = {"example.org": ['"v=spf1 include:a" ".example -all"', '"other text"']}
    async with name_server(zone) as server:
        found = await txt_records("example.org", server=server)

    assert sorted(found) == ["other text", "v=spf1 include:a.example -all"]


async def test_bytes_that_are_no_text_do_no_harm() -> None:
    async with name_server({"example.org": [r'"v=\255\000x"']}) as server:
        assert await txt_records("example.org", server=server) == ["v=\ufffd\0x"]


async def test_a_name_that_does_not_exist_or_has_no_texts_has_none() -> None:
    async with name_server({"empty.example": []}) as server:
        assert await txt_records("nowhere.example", server=server) == []
        assert await txt_records("empty.example", server=server) == []


@pytest.mark.parametrize("name", ["a..b", "x" * 64 + ".org", ("x" * 60 + ".") * 5 + "org"])
async def test_a_name_that_cannot_exist_is_not_asked_for(name: str) -> None:
    async with name_server({name: None}) as server:
        assert await txt_records(name, server=server) == []


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
async def test_a_failing_server_is_told_at_once(code: dns.rcode.Rcode) -> None:
    async with name_server({"example.org": code}) as server:
        with within(2), pytest.raises(DnsError, match=r"no answer about example\.org"):
            await txt_records("example.org", server=server, seconds=10)


async def test_silence_is_told_within_its_time() -> None:
    async with name_server({"example.org": None}) as server:
        with within(2), pytest.raises(DnsError, match="does not answer"):
            await txt_records("example.org", server=server, seconds=0.5)


async def test_a_port_without_a_server_is_told_within_its_time() -> None:
    async with name_server({}) as server:
        pass
    with within(2), pytest.raises(DnsError):
        await txt_records("example.org", server=server, seconds=0.5)
