"""Postfix's own smtp-sink(1): a server that takes everything, and costs next to nothing."""

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from support.deadlines import wait_until
from support.require import program, require
from support.servers.ports import free_ports


@contextmanager
def smtp_sink(*options: str) -> Iterator[int]:
    """Run one with these options for as long as the block lasts; provide its port."""
    require("smtp-sink")
    [port] = free_ports(1)
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    command = [str(program("smtp-sink")), *user, *options, f"inet:127.0.0.1:{port}", "100"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _listens(port), 60, "smtp-sink does not start")
        yield port
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
