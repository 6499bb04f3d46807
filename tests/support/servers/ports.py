"""Ports that a test server may listen on."""

import os
import random
import socket

# Workers that test side by side, in one run of all tests.
_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
# Below the range from which the kernel takes the near end of outgoing connections, so
# that nobody's client sits on a port between our choosing it and the server's taking it.
# Each worker has ports of its own, so that none takes one on which a server of another is
# about to listen, or listens again when it has been stopped, or is never to listen.
_RANGE = range(20_000 + _WORKER % _WORKERS, 32_000, _WORKERS)

# Not the shared generator: a test plugin seeds it alike in every process.
_random = random.SystemRandom()


def free_ports(count: int) -> list[int]:
    """Return `count` ports of the loopback address on which nobody listens."""
    found: list[int] = []
    while len(found) < count:
        port = _random.choice(_RANGE)
        if port not in found and _is_free(port):
            found.append(port)
    return found


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
