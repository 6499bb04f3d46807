"""One warm process for what may hang, crash or eat memory: strangers' mail, authors' templates.

A call goes over a pipe as JSON and comes back the same way; after a time limit the process
is killed and a new one started at the next call. It has no secrets in its environment and
none of our files open. Warm, a call costs some milliseconds; a start, which does not count in
the limit, costs some tenths of a second, and more on a busy machine.
"""

import asyncio
import contextlib
import inspect
import os
import struct
import sys
from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar, cast, get_type_hints

from pydantic import TypeAdapter

from maildriver.errors import MaildriverError

P = ParamSpec("P")
T = TypeVar("T")

#: A frame: its length, then so many bytes.
LENGTH = struct.Struct(">I")

#: How a frame begins that asks for no call: only for what a call will need to be loaded.
LOAD = b"?"
_START = 60.0  # seconds that this may take

_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "VIRTUAL_ENV", "TZ", "PYTHONTZPATH")


class JailError(MaildriverError):
    """What was tried in the jail did not come to a good end; the message says how."""


class Jail:
    """Calls functions of maildriver in a process that can be killed; one call at a time."""

    def __init__(self, memory: int = 1_000_000_000) -> None:
        """Allow the process so many bytes of address space."""
        self._memory = memory
        self._child: asyncio.subprocess.Process | None = None
        self._loaded: set[bytes] = set()  # the functions that the process has at hand
        self._turn = asyncio.Lock()

    async def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `function` returns; see `call_within` for the limit."""
        return await self.call_within(2.0, function, *args, **kwargs)

    async def call_within(
        self, seconds: float, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Return what a function of a module returns; raise JailError if it does not, in time.

        Arguments and result are what its annotations say, and can be written as JSON.
        """
        given = inspect.signature(function).bind(*args, **kwargs)
        given.apply_defaults()
        arguments, result = adapters(function)
        name = f"{function.__module__}:{function.__qualname__}\n".encode()
        async with self._turn:
            await self._load(name)
            answer = await self._ask(name + arguments.dump_json(given.args), seconds)
        if answer[:1] == b"!":
            raise JailError(answer[1:].decode("utf-8", "replace"))
        return cast(T, result.validate_json(answer[1:]))

    async def close(self) -> None:
        """End the process."""
        if self._child is not None:
            await self._kill(self._child)

    async def _load(self, name: bytes) -> None:
        """Let the process get ready for a function: a slow start is no fault of a mail."""
        await self._started()
        if name not in self._loaded:
            await self._ask(LOAD + name, _START)
            self._loaded.add(name)

    async def _ask(self, frame: bytes, seconds: float) -> bytes:
        child = await self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        try:
            async with asyncio.timeout(seconds):
                child.stdin.write(LENGTH.pack(len(frame)) + frame)
                await child.stdin.drain()
                (length,) = LENGTH.unpack(await child.stdout.readexactly(LENGTH.size))
                return await child.stdout.readexactly(length)
        except TimeoutError:
            await self._kill(child)
            raise JailError(f"it took longer than {seconds:g} s") from None
        except (asyncio.IncompleteReadError, OSError):
            how = await self._end_of(child)
            raise JailError(f"it ended its process ({how})") from None
        except BaseException:  # cancelled: an answer still to come must not be taken for the next
            await self._kill(child)
            raise

    async def _started(self) -> asyncio.subprocess.Process:
        if self._child is None or self._child.returncode is not None:
            self._loaded.clear()
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "maildriver.services.jail_child",
                str(self._memory),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
                start_new_session=True,  # a Ctrl-C is for us, who end it in order
            )
        return self._child

    async def _end_of(self, child: asyncio.subprocess.Process) -> str:
        """Return how a process ended that closed its pipe, and make sure that it did."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), 1.0)
        await self._kill(child)
        code = child.returncode or 0
        return f"signal {-code}" if code < 0 else f"exit code {code}"

    async def _kill(self, child: asyncio.subprocess.Process) -> None:
        self._child = None
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
        transport = getattr(child, "_transport", None)
        if transport is not None:  # else its pipes stay open until they are collected
            transport.close()


@cache
def adapters(
    function: Callable[..., object],
) -> tuple[TypeAdapter[tuple[object, ...]], TypeAdapter[object]]:
    """Return what turns the arguments and the result of a function into JSON and back."""
    hints = dict(get_type_hints(function))
    result = hints.pop("return")
    config = {"ser_json_bytes": "base64", "val_json_bytes": "base64"}
    kinds = tuple(hints.values())
    return (
        TypeAdapter(tuple[kinds], config=config),  # type: ignore[valid-type, arg-type]
        TypeAdapter(result, config=config) if not _is_model(result) else TypeAdapter(result),  # type: ignore[arg-type]
    )


def _is_model(kind: object) -> bool:
    return hasattr(kind, "__dataclass_fields__")
