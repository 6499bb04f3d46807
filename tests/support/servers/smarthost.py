"""How a test reaches a sink: with long patience, except where silence is what it tests."""

from typing import Any

from support.servers.sink import SILENCE, UNFINISHED, Sink

from maildriver.transport.smtp.connection import Smarthost


def smarthost_of(sink: Sink, **changes: Any) -> Smarthost:
    """Return where the sink is, with two seconds of patience if it is going to fall silent."""
    silent = {SILENCE, UNFINISHED} & {*map(str, sink.script.values())}
    seconds = 2.0 if silent else 30.0
    patience = dict.fromkeys(("timeout", "dot_timeout", "connect_timeout"), seconds)
    values = {"host": "127.0.0.1", "port": sink.port, "security": "none"}
    return Smarthost(**{**values, **patience, **changes})
