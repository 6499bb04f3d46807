"""Wire format of calls between `sandbox.process` and its child.

A module of its own, so that the child, which is started often, imports no event loop.
"""

import struct
from collections.abc import Callable
from functools import cache
from typing import get_type_hints

from pydantic import TypeAdapter

#: The length that precedes each frame, in bytes.
LENGTH = struct.Struct(">I")

#: The first byte of a frame that only has a function imported, without a call.
IMPORT_ONLY = b"?"


@cache
def adapters(
    function: Callable[..., object],
) -> tuple[TypeAdapter[tuple[object, ...]], TypeAdapter[object]]:
    """Return the adapters that turn a function's arguments and result into JSON and back."""
    hints = dict(get_type_hints(function))
    result = hints.pop("return")
    config = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}
    kinds = tuple(hints.values())
    # Both types are known only at run time, which no type checker can follow.
    return (
        TypeAdapter(tuple[kinds], config=config),  # type: ignore[valid-type, arg-type]
        TypeAdapter(result, config=config) if not _is_dataclass(result) else TypeAdapter(result),  # type: ignore[arg-type]
    )


def _is_dataclass(kind: object) -> bool:
    return hasattr(kind, "__dataclass_fields__")
