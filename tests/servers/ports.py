"""Ports that a test server may listen on."""

import random
import socket

# Below the range from which the kernel takes the near end of outgoing connections, so
# that nobody's client sits on a port between our choosing it and the server's taking it.
_RANGE = range(20_000, 32_000)

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
