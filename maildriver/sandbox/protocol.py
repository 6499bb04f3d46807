"""How a call looks on the pipe between `sandbox.process` and its child.

It is apart from both, so that the child, which is started often, loads no event loop.
"""

import struct
from collections.abc import Callable
from functools import cache
from typing import get_type_hints

from pydantic import TypeAdapter

#: A frame: its length, then so many bytes.
LENGTH = struct.Struct(">I")

#: How a frame begins that asks for no call: only for what a call will need to be loaded.
LOAD = b"?"


@cache
def adapters(
    function: Callable[..., object],
) -> tuple[TypeAdapter[tuple[object, ...]], TypeAdapter[object]]:
    """Return what turns the arguments and the result of a function into JSON and back."""
    hints = dict(get_type_hints(function))
    result = hints.pop("return")
    config = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}
    kinds = tuple(hints.values())
    # Both types are known only now, when no type checker is there to follow them.
    return (
        TypeAdapter(tuple[kinds], config=config),  # type: ignore[valid-type, arg-type]
        TypeAdapter(result, config=config) if not _is_model(result) else TypeAdapter(result),  # type: ignore[arg-type]
    )


def _is_model(kind: object) -> bool:
    return hasattr(kind, "__dataclass_fields__")
