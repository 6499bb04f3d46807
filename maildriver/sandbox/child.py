"""Main program of the sandboxed process: reads calls, makes them, writes results."""

import importlib
import resource
import sys
from typing import BinaryIO

from maildriver.sandbox.protocol import IMPORT_ONLY, LENGTH, adapters


def main() -> None:
    """Make calls and write their results until the pipe closes."""
    memory = int(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, out = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print must not become a result
    while True:
        head = source.read(LENGTH.size)
        if len(head) < LENGTH.size:
            return
        (length,) = LENGTH.unpack(head)
        _write_result(out, _call(source.read(length)))


def _call(frame: bytes) -> bytes:
    name, _, arguments = frame.removeprefix(IMPORT_ONLY).partition(b"\n")
    try:
        module, _, function_name = name.decode().partition(":")
        function = getattr(importlib.import_module(_checked_module(module)), function_name)
        takes, gives = adapters(function)
        if frame.startswith(IMPORT_ONLY):
            return b"="
        return b"=" + gives.dump_json(function(*takes.validate_json(arguments)))
    except Exception as error:  # noqa: BLE001 - any error is reported to the caller
        return f"!it raised {type(error).__name__}: {error}"[:500].encode("utf-8", "replace")


def _checked_module(module: str) -> str:
    if not module.startswith("maildriver."):
        raise ValueError(f"{module} is not ours to call")
    return module


def _write_result(out: BinaryIO, frame: bytes) -> None:
    out.write(LENGTH.pack(len(frame)) + frame)
    out.flush()


if __name__ == "__main__":
    main()
